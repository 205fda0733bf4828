"""Does the camera still see well? Black, saturated, frozen, blurred, soiled and flickering pictures.

Good cloth of any kind must raise nothing, so a picture is held against its own article: sharpness and light
against the recipe's golden tile, stains and flicker against the first frames of the run. What is there from
the first frame on can therefore not be told as a stain or as flicker; the focus figures show it (`maqta
camera focus`).
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
import numpy.ma  # noqa: F401  np.median loads it at its first call: not while a frame waits
from numpy.typing import NDArray

from vision.images import to_channels
from vision.picture_figures import PictureFigures, measure_picture
from vision.types import Frame

BLACK_SHARE: Final = 0.2  # of the article's usual grey; below, the light or the lens cap is the cause
BLACK_MEAN_GREY: Final = 4.0  # whatever the article is
SATURATED_MORE: Final = 0.4  # of the pixels, more than the article has
BLURRED_SHARE: Final = 0.45  # of the article's sharpness; another camera session differs by less than a third
BLURRED_FRAMES: Final = 16  # in a row: a plain stripe of the cloth is no blur
LEARN_FRAMES: Final = 48  # of a run: what is usual here
CELL_PX: Final = 16  # stains are looked for in squares of this side
SOIL_SHARE: Final = 0.88  # of a cell's usual light, its darkest neighbour's taken: less is a stain
SOIL_FRAMES: Final = 32  # it must stay so long in one place
SOIL_MEMORY: Final = 1 / 16  # how much a new frame changes the running picture of the cells
PATCHY_MEMORY: Final = 1 / 2048  # the same where lint is patchy: a stain shows after some 260 frames
LINT_SHARE: Final = 0.8  # of the usual light: a frame with less has too little lint to tell a stain by
EDGE_STEP: Final = 0.25  # neighbouring cells that usually differ by more hold an edge of the cloth
FLICKER_FRAMES: Final = 16
FLICKER_PCT: Final = 4.0  # of the mean light, from frame to frame and more than the article's own pattern
FLICKER_TIMES: Final = 3.0  # as much as in the first frames


class PictureFault(StrEnum):
    """What can be wrong with what a camera shows. Codes of alarms, after "picture_"."""

    BLACK = "black"
    SATURATED = "saturated"
    FROZEN = "frozen"
    BLURRED = "blurred"
    SOILED = "soiled"
    FLICKER = "flicker"


UNFIT: Final = (PictureFault.BLACK, PictureFault.SATURATED, PictureFault.FROZEN, PictureFault.BLURRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHealth:
    """What was found in a frame: faults with what to do, and the figures."""

    faults: dict[PictureFault, str]
    figures: PictureFigures

    @property
    def unfit(self) -> str:
        """Why the frame must not be judged; empty: it may."""
        return "; ".join(why for fault, why in self.faults.items() if fault in UNFIT)


class PictureWatch:
    """Looks at every frame of one camera; used by one thread."""

    def __init__(self, usual: PictureFigures | None, *, patchy: bool = False) -> None:
        """Watch against an article's usual figures; None: only what no article can look like is told.

        `patchy` material, lint on a belt, may thin out or be gone for a while: then a picture without it is
        no fault, so neither blur nor flicker nor a darker picture is told; stains take longer.
        """
        self._patchy = patchy
        self._usual = None if patchy else usual
        self._before: Frame | None = None
        self._blurred = 0
        self._stains = StainWatch(patchy=patchy)
        self._flicker = FlickerWatch()

    def restart(self, usual: PictureFigures | None) -> None:
        """Another article runs, or the camera was cleaned or adjusted: learn anew what is usual."""
        self._usual, self._blurred = None if self._patchy else usual, 0
        self._stains, self._flicker = StainWatch(patchy=self._patchy), FlickerWatch()

    def look(self, frame: Frame) -> PictureHealth:
        """Say what is wrong with a frame; frames come in their order."""
        figures = measure_picture(frame.pixels)
        faults = self._light(figures)
        if frozen := self._frozen(frame):
            faults[PictureFault.FROZEN] = frozen
        if not faults:
            faults |= self._sharp(figures)
        if not faults:  # what can't be judged teaches nothing either
            cells = cell_means(frame.pixels)
            if stain := self._stains.look(cells):
                faults[PictureFault.SOILED] = stain
            if not self._patchy and (flicker := self._flicker.look(float(np.median(cells)))):
                faults[PictureFault.FLICKER] = flicker
        return PictureHealth(faults=faults, figures=figures)

    def _light(self, figures: PictureFigures) -> dict[PictureFault, str]:
        usual_grey = self._usual.mean_grey if self._usual else 0.0
        least = max(BLACK_MEAN_GREY, BLACK_SHARE * usual_grey)
        if figures.mean_grey < least:
            return {
                PictureFault.BLACK: f"the picture is black: mean grey {figures.mean_grey:.1f}, at least "
                f"{least:.1f} is needed; check light, lens cap and exposure"
            }
        most = min(0.9, SATURATED_MORE + (self._usual.saturated_share if self._usual else 0.5))
        if figures.saturated_share > most:
            return {
                PictureFault.SATURATED: f"{figures.saturated_share:.0%} of the picture is saturated, at most "
                f"{most:.0%} may be; lower exposure or gain, look for stray light"
            }
        return {}

    def _frozen(self, frame: Frame) -> str:
        before, self._before = self._before, frame
        if before is None or before.pixels.shape != frame.pixels.shape:
            return ""
        if frame.source and frame.source == before.source:
            return ""  # one picture replayed again and again is what was asked for
        rows = slice(None, None, max(1, frame.pixels.shape[0] // 8))
        if not np.array_equal(frame.pixels[rows], before.pixels[rows]):
            return ""
        if not np.array_equal(frame.pixels, before.pixels):
            return ""
        return (
            f"frame {frame.seq} is frame {before.seq} to the last pixel, a sensor never repeats its noise: "
            "the picture "
            "is frozen; restart the camera"
        )

    def _sharp(self, figures: PictureFigures) -> dict[PictureFault, str]:
        if self._usual is None or figures.sharpness >= BLURRED_SHARE * self._usual.sharpness:
            self._blurred = 0
            return {}
        self._blurred += 1
        if self._blurred < BLURRED_FRAMES:
            return {}
        return {
            PictureFault.BLURRED: f"the picture is blurred: sharpness {figures.sharpness:.2f} for "
            f"{self._blurred} frames, the recipe was learnt at {self._usual.sharpness:.2f} and at least "
            f"{BLURRED_SHARE * self._usual.sharpness:.2f} is needed; clean the window, check focus and light"
        }


class StainWatch:
    """Finds what stays dark in one place while the material moves: dirt on a window, lens or lamp.

    On cloth each place is held against its mean. Where lint is patchy, against the brightest it gets: lint
    that passes a clean place lights it up now and then, a stained one never; frames without lint say nothing.
    """

    def __init__(self, *, patchy: bool = False) -> None:
        self._patchy = patchy
        self._usual_median = 0.0
        self._sum: NDArray[np.float32] | None = None
        self._frames = 0
        self._floor: NDArray[np.float32] | None = None  # darkest usual light around each cell
        self._edge: NDArray[np.bool_] | None = None
        self._running: NDArray[np.float32] | None = None
        self._dark_for: NDArray[np.int32] | None = None

    def look(self, cells: NDArray[np.float32]) -> str:
        """Take a frame's cells (rows, columns); return what to do when there is a stain."""
        median = float(np.median(cells))
        if self._patchy and self._floor is not None and median < LINT_SHARE * self._usual_median:
            return ""
        light = cells if self._patchy else cells / max(median, 1.0)
        if self._sum is None or self._sum.shape != light.shape:
            self._sum, self._frames, self._floor, self._usual_median = np.zeros_like(light), 0, None, 0.0
        if self._floor is None:
            self._learn(light)
            return ""
        return self._compare(light, self._floor)

    def _learn(self, light: NDArray[np.float32]) -> None:
        if self._sum is None:
            self._sum = np.zeros_like(light)
        self._sum = np.maximum(self._sum, light) if self._patchy else self._sum + light
        self._usual_median += float(np.median(light)) / LEARN_FRAMES
        self._frames += 1
        if self._frames < LEARN_FRAMES:
            return
        usual = np.asarray(self._sum if self._patchy else self._sum / self._frames, np.float32)
        self._floor = np.asarray(cv2.erode(usual, np.ones((3, 3), np.uint8)), np.float32)
        ceiling = cv2.dilate(usual, np.ones((3, 3), np.uint8))
        edge = (ceiling - self._floor > EDGE_STEP * np.maximum(ceiling, 1e-3)).astype(np.uint8)
        self._edge = np.asarray(cv2.dilate(edge, np.ones((1, 3), np.uint8)), np.bool_)
        self._running = usual
        self._dark_for = np.zeros(usual.shape, np.int32)

    def _compare(self, light: NDArray[np.float32], floor: NDArray[np.float32]) -> str:
        if self._running is None or self._dark_for is None or self._edge is None:
            return ""
        if self._patchy:
            self._running = np.maximum(self._running * (1 - PATCHY_MEMORY), light)
        else:
            self._running += SOIL_MEMORY * (light - self._running)
        dark = (self._running < SOIL_SHARE * floor) & ~self._edge
        self._dark_for = np.where(dark, self._dark_for + 1, 0)
        stained = self._without_sides(self._dark_for >= SOIL_FRAMES)
        if not stained.any():
            return ""
        columns = np.flatnonzero(stained.any(axis=0))
        worst = float((1 - self._running[stained] / floor[stained]).max())
        return (
            f"columns {columns[0] * CELL_PX} to {(columns[-1] + 1) * CELL_PX} have stayed up to {worst:.0%} "
            "darker for "
            f"{SOIL_FRAMES} frames than when the run began: clean window, lens and lamp; if it stays, look "
            "for a "
            "streak in the material"
        )

    def _without_sides(self, stained: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Leave out what reaches the picture's side or an edge of the cloth: there the web has moved."""
        if self._edge is None or not stained.any():
            return stained
        count, labels = cv2.connectedComponents(stained.astype(np.uint8), connectivity=8)
        beside = np.asarray(cv2.dilate(self._edge.astype(np.uint8), np.ones((3, 3), np.uint8)), np.bool_)
        beside[:, 0] = beside[:, -1] = True
        moved = np.unique(labels[beside & stained])
        kept = np.ones(count, np.bool_)
        kept[moved] = False
        kept[0] = False
        return np.asarray(kept[labels], np.bool_)


class FlickerWatch:
    """Finds light that changes from frame to frame more than the material's own pattern does."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=FLICKER_FRAMES)
        self._learnt: list[float] = []

    def look(self, level: float) -> str:
        """Take a frame's light; return what to do when it flickers."""
        self._levels.append(level)
        if len(self._levels) < FLICKER_FRAMES:
            return ""
        levels = np.array(self._levels)
        swing = levels[1:-1] - (levels[:-2] + levels[2:]) / 2  # a slow change is no flicker
        share = 100.0 * float(np.sqrt(np.mean(swing**2))) / max(float(levels.mean()), 1.0)
        if len(self._learnt) < LEARN_FRAMES:
            self._learnt.append(share)
            return ""
        limit = max(FLICKER_PCT, FLICKER_TIMES * max(self._learnt))
        if share <= limit:
            return ""
        return (
            f"the light swings by {share:.1f} % from frame to frame, usual here are {max(self._learnt):.1f} "
            "%, the limit "
            f"is {limit:.1f} %; check lamp and supply, or an exposure that is no multiple of the mains' "
            "period"
        )


def cell_means(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean grey of squares of 16 px (rows, columns); one quick shrinking of the frame."""
    grey = to_channels(pixels, 1)
    size = max(1, grey.shape[1] // CELL_PX), max(1, grey.shape[0] // CELL_PX)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)
