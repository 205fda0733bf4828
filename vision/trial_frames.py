"""Frames that put a recipe to the test: good pictures with flaws planted until they score near a limit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.preprocess import WHOLE_FRAME_ROWS
from vision.texture import picture_fault
from vision.trial_flaws import MOST_CONTRAST_GREY, Shape, TrialFlaw, find_cloth, plant, random_flaw

NEAR_SHARE: Final = 0.01  # of the card's range: 0.3 for a learnt recipe, where UNSURE is some 0.5 to 1 wide
CLOSE_SHARE: Final = 0.002  # 0.06: near enough to stop searching
FRAME_ROWS: Final = 32
TALL_ROWS: Final = 2 * WHOLE_FRAME_ROWS  # cut into tiles and stitched, as the line does
FIRST_CONTRAST_GREY: Final = 4.0
GROWTH: Final = 1.6
USUAL_DEPTH_SHARE: Final = 0.05  # of the range: how far good cloth lies below a threshold, to begin with
MOST_STEPS: Final = 12
TRIES_PER_FRAME: Final = 3

Score = Callable[[NDArray[np.uint8], tuple[int, int]], float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialFrame:
    """A frame and where its material lies."""

    pixels: NDArray[np.uint8]  # (rows, columns) or (rows, columns, 3), read-only
    cloth_px: tuple[int, int]


def distance_to_threshold(score: float, card: ModelCard) -> float:
    """Return how far a score lies from the nearer threshold, as a share of the card's range."""
    limits = card.thresholds
    distance = min(abs(score - limits.unsure), abs(score - limits.defective))
    return distance / (card.score_ceiling - card.score_floor)


def trial_frames(
    good: Sequence[NDArray[np.uint8]],
    card: ModelCard,
    score: Score,
    *,
    near: int,
    others: int,
    rng: np.random.Generator,
) -> Iterator[TrialFrame]:
    """Give a tall frame, `others` of any contrast, and up to `near` whose flaw scores near a threshold."""
    yield _frame(_tall(good, card, rng), card)
    for _ in range(others):
        yield _frame(_flawed(good, card, rng), card)
    usual = dict.fromkeys(Shape, FIRST_CONTRAST_GREY)  # the contrast that the last flaw of a shape needed
    found = 0
    for number in range(near * TRIES_PER_FRAME):
        wanted = (card.thresholds.unsure, card.thresholds.defective)[number % 2]
        band = _band(good, rng)
        flaw = random_flaw(band, find_cloth(band, card), card, rng)
        near_one = _near(band, flaw, card, score, wanted, usual[flaw.shape])
        if near_one is not None:
            usual[flaw.shape], frame = near_one
            yield frame
            found += 1
        if found == near:
            return


def _near(
    band: NDArray[np.uint8],
    flaw: TrialFlaw,
    card: ModelCard,
    score: Score,
    wanted: float,
    contrast: float,
) -> tuple[float, TrialFrame] | None:
    """Plant a flaw with the contrast at which the frame scores as wanted; None where none does."""
    span = card.score_ceiling - card.score_floor
    below, above = (0.0, -USUAL_DEPTH_SHARE * span), None  # contrast, and the score less what is wanted
    for _ in range(MOST_STEPS):
        frame = _frame(plant(band, flaw, contrast), card)
        over = score(frame.pixels, frame.cloth_px) - wanted
        if abs(over) <= CLOSE_SHARE * span:
            return None if picture_fault(frame.pixels) else (contrast, frame)
        if over < 0:
            below = contrast, over
        else:
            above = contrast, over
        if above is None:
            if contrast >= MOST_CONTRAST_GREY:
                return None
            contrast = min(contrast * GROWTH, MOST_CONTRAST_GREY)
        else:  # where a straight line crosses what is wanted
            share = float(np.clip(-below[1] / (above[1] - below[1]), 0.1, 0.9))
            contrast = below[0] + (above[0] - below[0]) * share
    return None


def _flawed(
    good: Sequence[NDArray[np.uint8]], card: ModelCard, rng: np.random.Generator
) -> NDArray[np.uint8]:
    band = _band(good, rng)
    flaw: TrialFlaw = random_flaw(band, find_cloth(band, card), card, rng)
    return plant(band, flaw, rng.uniform(0.0, 1.0) ** 2 * MOST_CONTRAST_GREY)


def _band(good: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A few rows of a good picture."""
    picture = good[int(rng.integers(len(good)))]
    top = int(rng.integers(max(picture.shape[0] - FRAME_ROWS, 0) + 1))
    return picture[top : top + FRAME_ROWS]


def _tall(good: Sequence[NDArray[np.uint8]], card: ModelCard, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A good picture below itself until it is cut into tiles, with a flaw near a seam and one at its end."""
    picture = good[int(rng.integers(len(good)))]
    tall = np.concatenate([picture] * -(-TALL_ROWS // picture.shape[0]))[:TALL_ROWS]
    for row in (TALL_ROWS // 2, TALL_ROWS - FRAME_ROWS):
        band = tall[row : row + FRAME_ROWS]
        flaw = random_flaw(band, find_cloth(band, card), card, rng)
        band[:] = plant(band, flaw, MOST_CONTRAST_GREY / 4)
    return tall


def _frame(pixels: NDArray[np.uint8], card: ModelCard) -> TrialFrame:
    pixels.flags.writeable = False
    return TrialFrame(pixels=pixels, cloth_px=find_cloth(pixels, card))
