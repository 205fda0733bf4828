"""The flaws of a cloth scene: planned by seed, drawn once each, known to the pixel."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.flaw import Gauge
from datasets.synthesis.flaw_table import FLAWS
from datasets.synthesis.planting import Footprint, Planting, Plot
from datasets.synthesis.scene import COVER_SEEN, PlantedDefect, tight_box
from datasets.synthesis.selvedge import Edges, Selvedge, cut_depth
from datasets.synthesis.style import ClothStyle
from vision.taxonomy import DefectKind
from vision.types import PxBox

_BEFORE_SELVEDGE = list(FLAWS).index(DefectKind.FOREIGN_FIBRE) + 1
# The order is that of the base's kind logits: kinds are added at the end.
CLOTH_KINDS: tuple[DefectKind, ...] = (
    *list(FLAWS)[:_BEFORE_SELVEDGE],
    DefectKind.SELVEDGE,
    *list(FLAWS)[_BEFORE_SELVEDGE:],
)

GoodCloth = Callable[[int, int], NDArray[np.float32]]  # first row, rows -> (rows, columns) reflectance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlawPatch:
    """One drawn flaw: its truth, the reflectance of its box, and which pixels of the box it takes."""

    truth: PlantedDefect
    box: PxBox  # of the patch; the truth's box is as tight as its mask
    reflectance: NDArray[np.float32]
    mask: NDArray[np.bool_]
    cover: NDArray[np.float32] | None = None  # how much of each pixel is foreign colour; None: nothing is


class ClothFlaws:
    """Plans, draws and masks the flaws of one endless cloth."""

    def __init__(
        self,
        *,
        style: ClothStyle,
        gauge: Gauge,
        edges: Edges,
        sides: tuple[Selvedge, ...],
        good: GoodCloth,
        mm_per_px: float,
        kinds: tuple[DefectKind, ...],
        rate_per_m2: float,
        seed: int,
    ) -> None:
        self._fibre_bgr = style.fibre_bgr
        self._mean_grey, self._gauge, self._good = style.mean_grey, gauge, good
        self._edges, self._sides, self._mm_per_px, self._kinds = edges, sides, mm_per_px, kinds
        x0, x1 = _body(edges, sides, round(style.selvedge_mm / mm_per_px))
        self._planting = Planting(
            seed=seed,
            rate_per_m2=rate_per_m2,
            mm_per_px=mm_per_px,
            x0=x0,
            x1=x1,
            kinds=tuple(kind for kind in kinds if sides or kind is not DefectKind.SELVEDGE),
            measure=self._measure,
        )
        self._drawn = lru_cache(maxsize=64)(self._draw)

    def touching(self, start_row: int, rows: int) -> tuple[FlawPatch, ...]:
        """Draw the flaws that touch a window."""
        return tuple(self._drawn(plot) for plot in self._planting.touching(start_row, rows))

    def lay_in(self, cloth: NDArray[np.float32], first_row: int) -> None:
        """Put the flaws of the body into a window of good cloth, in place."""
        rows = cloth.shape[0]
        for flaw in self.touching(first_row, rows):
            box = flaw.box
            low, high = max(first_row, box.y0), min(first_row + rows, box.y1)
            if flaw.truth.kind is not DefectKind.SELVEDGE and low < high:
                patch = flaw.reflectance[low - box.y0 : high - box.y0]
                cloth[low - first_row : high - first_row, box.x0 : box.x1] = patch

    def tint(self, picture: NDArray[np.uint8], first_row: int) -> None:
        """Give foreign fibres their colour in a window (rows, columns, 3) of the web, in place."""
        if self._fibre_bgr is None:
            return
        bgr = np.array(self._fibre_bgr, np.float32)
        for flaw in self.touching(first_row, picture.shape[0]):
            box = flaw.box
            low, high = max(first_row, box.y0), min(first_row + picture.shape[0], box.y1)
            if flaw.cover is None or low >= high:
                continue
            near = picture[low - first_row : high - first_row, box.x0 : box.x1]
            share = flaw.cover[low - box.y0 : high - box.y0, :, None]
            fibre = np.minimum(near.mean(axis=2, keepdims=True) * (bgr / bgr.mean()), 255)
            near[:] = np.round(near * (1 - share) + fibre * share).astype(np.uint8)

    def cut_in(self, side: Selvedge, start_row: int, rows: int) -> NDArray[np.float32]:
        """Give how far cuts reach into one selvedge on each row (rows,)."""
        inward = np.zeros(rows, np.float32)
        for plot in self._planting.touching(start_row, rows):
            if plot.kind is DefectKind.SELVEDGE and self._side_of(plot) is side:
                inward = np.maximum(inward, cut_depth(plot, self._depth_px(plot, side), start_row, rows))
        return inward

    def mask(self, start_row: int, rows: int, columns: int) -> NDArray[np.uint8]:
        """Mark flawed pixels of a window: 0 good, else 1 + place of the kind."""
        out = np.zeros((rows, columns), np.uint8)
        for flaw in self.touching(start_row, rows):
            box = flaw.box
            low, high = max(start_row, box.y0), min(start_row + rows, box.y1)
            if low < high:
                window = out[low - start_row : high - start_row, box.x0 : box.x1]
                inside = flaw.mask[low - box.y0 : high - box.y0]
                window[inside] = 1 + self._kinds.index(flaw.truth.kind)
        return out

    def _measure(self, kind: DefectKind, rng: np.random.Generator) -> Footprint:
        if kind is not DefectKind.SELVEDGE:
            return FLAWS[kind].size(rng, self._gauge)
        side = self._sides[int(rng.integers(len(self._sides)))]
        rows, depth_px = int(rng.integers(40, 240)), int(rng.integers(8, 48))
        x0 = self._edges.x1 - depth_px if side.right else self._edges.x0
        return Footprint(rows=rows, columns=depth_px + round(side.reach_px), x0=x0)

    def _side_of(self, plot: Plot) -> Selvedge:
        at_right = plot.box.x0 > (self._edges.x0 + self._edges.x1) / 2
        return next((side for side in self._sides if side.right == at_right), self._sides[0])

    @staticmethod
    def _depth_px(plot: Plot, side: Selvedge) -> int:
        return max(2, plot.box.x1 - plot.box.x0 - round(side.reach_px))

    def _draw(self, plot: Plot) -> FlawPatch:
        if plot.kind is DefectKind.SELVEDGE:
            return self._draw_cut(plot)
        box = plot.box
        good = self._good(box.y0, box.y1 - box.y0)[:, box.x0 : box.x1]
        drawn = FLAWS[plot.kind].draw(good, np.random.default_rng(plot.seed), self._gauge)
        seen = min(COVER_SEEN, float(drawn.cover.max()) / 2)
        mask = drawn.cover > seen
        if self._fibre_bgr is None or plot.kind is not DefectKind.FOREIGN_FIBRE:
            return self._patch(plot.kind, box, drawn.patch, mask, np.abs(drawn.patch - good))
        colour = np.clip(drawn.cover, 0, 1)  # of another hue and as light as the cloth: no change in grey
        return replace(self._patch(plot.kind, box, good, mask, 0.3 * colour), cover=colour)

    def _draw_cut(self, plot: Plot) -> FlawPatch:
        side = self._side_of(plot)
        depth_px = self._depth_px(plot, side)
        box = side.cut_box(plot.box, depth_px)
        rows = box.y1 - box.y0
        edge, depth = side.place(box.y0, rows), cut_depth(plot, depth_px, box.y0, rows)
        low, high = (edge - depth, edge) if side.right else (edge, edge + depth)
        x = np.arange(box.x0, box.x1, dtype=np.float32)[None, :]
        mask = (x >= low[:, None]) & (x < high[:, None])
        good = self._good(box.y0, rows)[:, box.x0 : box.x1]
        return self._patch(plot.kind, box, good, mask, np.abs(good - self._gauge.behind))

    def _patch(
        self,
        kind: DefectKind,
        box: PxBox,
        reflectance: NDArray[np.float32],
        mask: NDArray[np.bool_],
        change: NDArray[np.float32],
    ) -> FlawPatch:
        contrast_grey = float(change[mask].mean()) * self._mean_grey if mask.any() else 0.0
        area_mm2 = float(mask.sum()) * self._mm_per_px**2
        truth = PlantedDefect(
            kind=kind, box=tight_box(box, mask), area_mm2=area_mm2, contrast_grey=contrast_grey
        )
        return FlawPatch(truth=truth, box=box, reflectance=reflectance, mask=mask)


def _body(edges: Edges, sides: tuple[Selvedge, ...], selvedge_px: int) -> tuple[int, int]:
    """Columns where flaws of the body may lie: clear of the selvedges where the cloth has room."""
    inset = max((round(side.reach_px) for side in sides), default=0) + (selvedge_px if sides else 0)
    x0, x1 = edges.x0 + inset * edges.left, edges.x1 - inset * edges.right
    return (x0, x1) if x1 - x0 >= 64 else (edges.x0, edges.x1)
