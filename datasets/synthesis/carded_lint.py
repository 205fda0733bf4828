"""Lint for the last word: the third generator, of which nothing was ever tuned. FROZEN: see `VERSION`.

The first teaches, the second is what constants are set on, this one is rendered to report figures and for
nothing else. Its looks were fixed before a figure was read; changing them raises `VERSION`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.carded_mat import CardedStyle, carded_mat
from datasets.synthesis.carded_matter import CARDED_KINDS, CARDED_LOOKS, carded_footprint
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
from datasets.synthesis.strand_lint import POLARISED_LINT, UV_LINT, Extra
from datasets.types import DatasetError
from vision.taxonomy import DefectKind
from vision.types import PxBox

VERSION: Final = 1
BLOCK_ROWS: Final = 64
_BREATHS: Final = ((2300.0, 0.012), (611.0, 0.008))  # rows of a period, share: the lamps' mains and their age


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    truth: PlantedDefect
    box: PxBox
    bgr: NDArray[np.float32]  # (rows, columns, 3)
    cover: NDArray[np.float32]
    mask: NDArray[np.bool_]


class CardedLintScene:
    """An endless belt of carded lint; a `Scene`."""

    def __init__(
        self,
        style: CardedStyle,
        *,
        columns: int,
        mm_per_px: float,
        seed: int,
        defect_rate_per_m2: float = 0.0,
        defect_kinds: Sequence[DefectKind] = CARDED_KINDS,
        long_mm: tuple[float, float] = (1.0, 40.0),
        contrast: tuple[float, float] = (0.15, 1.0),
        extra: Extra = "none",
        mat_rows: int = 1024,
    ) -> None:
        """Plan a belt; `contrast` scales how far a piece's colour lies from the lint's, drawn per piece."""
        check_scene(columns, mm_per_px, defect_rate_per_m2, defect_kinds, CARDED_KINDS)
        if not 0 < long_mm[0] <= long_mm[1] or not 0 < contrast[0] <= contrast[1] <= 1:
            raise DatasetError(
                f"scene: sizes {long_mm} mm, contrasts {contrast}; give lower and upper limit, contrast to 1"
            )
        self.style, self.columns, self.mm_per_px, self.channels = style, columns, mm_per_px, 3
        self.kinds, self.extra = tuple(defect_kinds), extra
        self.feed_kg_m2 = style.feed_kg_m2
        self._long_mm, self._contrast = long_mm, contrast
        self._mat = carded_mat(style, mat_rows, columns, mm_per_px, np.random.default_rng([seed, 31]))
        self._lint_bgr = self._mat.bgr
        if extra != "none":
            level = UV_LINT if extra == "uv" else POLARISED_LINT
            plane = level * (0.4 + 0.6 * self._mat.bgr[..., 1:2] / style.lint_bgr[1])
            self._lint_bgr = np.concatenate([plane, self._mat.bgr[..., 1:]], axis=2)
        self._light = _lamp(style, columns)
        self._noise = NoiseBank(
            spread_grey=style.shot_noise, rows=BLOCK_ROWS, columns=columns * 3, seed=seed + 191
        )
        self._planting = Planting(
            seed=seed + 2_000_003,
            rate_per_m2=defect_rate_per_m2,
            mm_per_px=mm_per_px,
            x0=0,
            x1=columns,
            kinds=self.kinds,
            measure=self._measure,
        )
        self._piece = lru_cache(maxsize=128)(self._paint)
        self._block = lru_cache(maxsize=12)(self._draw)

    def render(self, start_row: int, rows: int) -> NDArray[np.uint8]:
        """Draw a window of the belt; see `Scene.render`."""
        return joined_blocks(self._block, start_row, rows, BLOCK_ROWS)

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
            low, high = max(start_row, piece.box.y0), min(start_row + rows, piece.box.y1)
            part = piece.mask[low - piece.box.y0 : high - piece.box.y0]
            out[low - start_row : high - start_row, piece.box.x0 : piece.box.x1][part] = 1 + self.kinds.index(
                plot.kind
            )
        return out

    def _measure(self, kind: DefectKind, rng: np.random.Generator) -> Footprint:
        return carded_footprint(kind, rng, self.mm_per_px, self._long_mm)

    def _draw(self, block: int) -> NDArray[np.uint8]:
        margin = self.style.motion_px  # rows that smear into the block
        first, rows = block * BLOCK_ROWS, BLOCK_ROWS + margin
        lint = self._lint(first, rows)
        for plot in self._planting.touching(first, rows):
            piece = self._piece(plot)
            low, high = max(first, piece.box.y0), min(first + rows, piece.box.y1)
            of = slice(low - piece.box.y0, high - piece.box.y0)
            under = lint[low - first : high - first, piece.box.x0 : piece.box.x1]
            under += piece.cover[of][..., None] * (piece.bgr[of] - under)
        lint = np.mean(
            [lint[shift : shift + BLOCK_ROWS] for shift in range(margin)], axis=0, dtype=np.float32
        )
        place = np.arange(first, first + BLOCK_ROWS)
        breath = 1 + sum(share * np.sin(place / period * 6.2832) for period, share in _BREATHS)
        lint *= np.asarray(breath, np.float32)[:, None, None] * self._light
        lint += self._noise.block(block).reshape(lint.shape) * np.sqrt(np.maximum(lint, 1))
        return to_uint8(lint)

    def _lint(self, first: int, rows: int) -> NDArray[np.float32]:
        return self._lint_bgr.take(np.arange(first, first + rows), axis=0, mode="wrap")

    def _paint(self, plot: Plot) -> _Piece:
        look, box = CARDED_LOOKS[plot.kind], plot.box
        rng = np.random.default_rng(plot.seed)
        rows, columns = box.y1 - box.y0, box.x1 - box.x0
        shape = look.shape(rng, rows, columns)
        lint = self._lint(box.y0, rows)[:, box.x0 : box.x1]
        one, other = look.colours[int(rng.integers(len(look.colours)))]
        mix = float(rng.uniform())
        colour = np.array(one, np.float32) * mix + np.array(other, np.float32) * (1 - mix)
        strength = float(rng.uniform(*self._contrast)) * (1 - look.see_through)
        if self.extra != "none":
            colour[0] = rng.uniform(*(look.uv if self.extra == "uv" else look.polarised))
        grain = 1 + 0.08 * cv2.resize(
            rng.standard_normal((3, 3)).astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR
        )
        bgr = lint + strength * (colour * grain[..., None] - lint)
        over = self._mat.over.take(np.arange(box.y0, box.y1), axis=0, mode="wrap")[:, box.x0 : box.x1]
        cover = shape * (1 - rng.uniform(0.0, 0.7) * over)
        mask = shape > min(COVER_SEEN, float(shape.max()) / 2)
        change = np.abs(cover[..., None] * (bgr - lint)).mean(2)
        truth = PlantedDefect(
            kind=plot.kind,
            box=tight_box(box, mask),
            area_mm2=float(mask.sum()) * self.mm_per_px**2,
            contrast_grey=float(change[mask].mean()) if mask.any() else 0.0,
        )
        look_bgr, cover32 = np.asarray(bgr, np.float32), np.asarray(cover, np.float32)
        return _Piece(truth=truth, box=box, bgr=look_bgr, cover=cover32, mask=mask)


def _lamp(style: CardedStyle, columns: int) -> NDArray[np.float32]:
    """Light over the width (columns, 3): a lamp off the middle, bluer at one side."""
    x = np.linspace(0, 1, columns)
    light = 1 - style.lamp_falloff * (x - style.lamp_centre) ** 2 / 0.38
    blue = 1 + style.lamp_tint * (x - 0.5)
    return np.stack([light * blue, light, light], axis=1).astype(np.float32)
