"""Lint on a belt without end, with foreign matter of known truth, as a colour camera sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.endless import Blend, EndlessNoise
from datasets.synthesis.foreign import LINT_KINDS, MATTER
from datasets.synthesis.lint_mat import LintStyle, lay_mat
from datasets.synthesis.optics import NoiseBank, to_uint8
from datasets.synthesis.planting import Footprint, Planting, Plot
from datasets.synthesis.scene import (
    COVER_SEEN,
    PlantedDefect,
    check_scene,
    check_window,
    joined_blocks,
    tight_box,
)
from vision.taxonomy import DefectKind
from vision.types import PxBox

__all__ = ["LINT_KINDS", "LintScene", "LintStyle"]

LINT_BLOCK_ROWS = 64  # belts are watched in short strips: there is little time to fire

_CLOUD_PITCH = 96


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    truth: PlantedDefect
    box: PxBox
    bgr: NDArray[np.float32]
    cover: NDArray[np.float32]
    mask: NDArray[np.bool_]


class LintScene:
    """An endless belt of lint of one style; a `Scene`. Its mass per area is constant and known."""

    def __init__(
        self,
        style: LintStyle,
        *,
        columns: int,
        mm_per_px: float,
        seed: int,
        defect_rate_per_m2: float = 0.0,
        defect_kinds: Sequence[DefectKind] = LINT_KINDS,
        mat_rows: int = 1024,
    ) -> None:
        check_scene(columns, mm_per_px, defect_rate_per_m2, defect_kinds, LINT_KINDS)
        self.style, self.columns, self.mm_per_px, self.channels = style, columns, mm_per_px, 3
        self.kinds = tuple(defect_kinds)
        self.feed_kg_m2 = style.feed_kg_m2
        self._mat = lay_mat(style, mat_rows, columns, mm_per_px, np.random.default_rng([seed, 11]))
        light = 1 - style.vignette * np.linspace(-1, 1, columns) ** 2
        self._light = light.astype(np.float32)
        self._noise = NoiseBank(
            spread_grey=style.noise_grey, rows=LINT_BLOCK_ROWS, columns=columns * 3, seed=seed
        )
        knots = max(2, columns // _CLOUD_PITCH)
        self._cloud = EndlessNoise(seed, 13, width=knots)
        self._cloud_across = Blend(columns, knots)
        self._planting = Planting(
            seed=seed,
            rate_per_m2=defect_rate_per_m2,
            mm_per_px=mm_per_px,
            x0=0,
            x1=columns,
            kinds=self.kinds,
            measure=self._measure,
        )
        self._piece = lru_cache(maxsize=128)(self._paint_piece)
        self._block = lru_cache(maxsize=12)(self._draw_block)

    def render(self, start_row: int, rows: int) -> NDArray[np.uint8]:
        """Draw a window of the belt; see `Scene.render`."""
        return joined_blocks(self._block, start_row, rows, LINT_BLOCK_ROWS)

    def truth(self, start_row: int, rows: int) -> tuple[PlantedDefect, ...]:
        """Name every piece of foreign matter that touches the window; see `Scene.truth`."""
        check_window(start_row, rows)
        known = [self._piece(plot).truth for plot in self._planting.touching(start_row, rows)]
        return tuple(piece for piece in known if piece.box.y0 < start_row + rows and piece.box.y1 > start_row)

    def mask(self, start_row: int, rows: int) -> NDArray[np.uint8]:
        """Mark pixels of foreign matter; see `Scene.mask`."""
        check_window(start_row, rows)
        out = np.zeros((rows, self.columns), np.uint8)
        for plot in self._planting.touching(start_row, rows):
            piece = self._piece(plot)
            into, of = _overlap(piece.box, start_row, rows)
            out[into, piece.box.x0 : piece.box.x1][piece.mask[of]] = 1 + self.kinds.index(plot.kind)
        return out

    def fleck_mask(self, start_row: int, rows: int) -> NDArray[np.bool_]:
        """Say where natural leaf crumbs lie (rows, columns); they belong to the lint and are no truth."""
        check_window(start_row, rows)
        return self._mat.flecks.take(np.arange(start_row, start_row + rows), axis=0, mode="wrap")

    def _measure(self, kind: DefectKind, rng: np.random.Generator) -> Footprint:
        return MATTER[kind].footprint(rng, self.mm_per_px)

    def _draw_block(self, block: int) -> NDArray[np.uint8]:
        first_row = block * LINT_BLOCK_ROWS
        lint = self._lint(first_row, LINT_BLOCK_ROWS)
        for plot in self._planting.touching(first_row, LINT_BLOCK_ROWS):
            piece = self._piece(plot)
            into, of = _overlap(piece.box, first_row, LINT_BLOCK_ROWS)
            under = lint[into, piece.box.x0 : piece.box.x1]
            under += piece.cover[of][..., None] * (piece.bgr[of] - under)
        cloud = self._cloud.smooth(first_row, LINT_BLOCK_ROWS, _CLOUD_PITCH, across=self._cloud_across)
        lint *= ((1 + self.style.clouding * cloud) * self._light)[..., None]
        lint += self._noise.block(block).reshape(lint.shape)
        return to_uint8(lint)

    def _lint(self, first_row: int, rows: int) -> NDArray[np.float32]:
        return self._mat.bgr.take(np.arange(first_row, first_row + rows), axis=0, mode="wrap")

    def _paint_piece(self, plot: Plot) -> _Piece:
        box = plot.box
        rows, columns = box.y1 - box.y0, box.x1 - box.x0
        rng = np.random.default_rng(plot.seed)
        sprite = MATTER[plot.kind].paint(rng, rows, columns, self.mm_per_px)
        place = np.arange(box.y0, box.y1)
        above = self._mat.above.take(place, axis=0, mode="wrap")[:, box.x0 : box.x1]
        cover = sprite.cover * (1 - rng.uniform(0.2, 1.0) * above)
        mask = sprite.cover > min(COVER_SEEN, float(sprite.cover.max()) / 2)
        lint = self._lint(box.y0, rows)[:, box.x0 : box.x1]
        change = np.abs(cover[..., None] * (sprite.bgr - lint)).mean(2)
        truth = PlantedDefect(
            kind=plot.kind,
            box=tight_box(box, mask),
            area_mm2=float(mask.sum()) * self.mm_per_px**2,
            contrast_grey=float(change[mask].mean()) if mask.any() else 0.0,
        )
        return _Piece(truth=truth, box=box, bgr=sprite.bgr, cover=cover, mask=mask)


def _overlap(box: PxBox, start_row: int, rows: int) -> tuple[slice, slice]:
    low, high = max(start_row, box.y0), min(start_row + rows, box.y1)
    return slice(low - start_row, high - start_row), slice(low - box.y0, high - box.y0)
