"""Lint for evaluation: the second generator, with other assumptions than `lint.py`. FROZEN: see `VERSION`.

What learns (the classifier of foreign matter, its thresholds) learns on the first generator only; what is
reported is measured here. The looks were fixed before anything was trained; changing them raises `VERSION`
and makes every older figure incomparable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

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
from datasets.synthesis.strand_mat import StrandStyle, strand_mat
from datasets.synthesis.strand_matter import LOOKS, STRAND_KINDS, footprint
from datasets.types import DatasetError
from vision.taxonomy import DefectKind
from vision.types import PxBox

VERSION: Final = 1
BLOCK_ROWS: Final = 64
Extra = Literal["none", "uv", "polarised"]  # what the camera's blue plane shows instead of blue
UV_LINT: Final = 85.0  # lint's faint glow under ultraviolet light
POLARISED_LINT: Final = 110.0  # lint scatters: half the light passes the crossed filter
EXTRA_SPREAD: Final = 0.5  # strands show in the extra plane half as strongly as in light
_CLOUD_ROWS: Final = 1500.0  # the lamp breathes over so many rows
_CLOUD: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    truth: PlantedDefect
    box: PxBox
    bgr: NDArray[np.float32]  # (rows, columns, 3)
    cover: NDArray[np.float32]
    mask: NDArray[np.bool_]


class StrandLintScene:
    """An endless belt of strand-drawn lint; a `Scene`."""

    def __init__(
        self,
        style: StrandStyle,
        *,
        columns: int,
        mm_per_px: float,
        seed: int,
        defect_rate_per_m2: float = 0.0,
        defect_kinds: Sequence[DefectKind] = STRAND_KINDS,
        long_mm: tuple[float, float] = (1.0, 40.0),
        contrast: tuple[float, float] = (0.15, 1.0),
        extra: Extra = "none",
        mat_rows: int = 1024,
    ) -> None:
        """Plan a belt; `contrast` scales how far a piece's colour lies from the lint's, drawn per piece."""
        check_scene(columns, mm_per_px, defect_rate_per_m2, defect_kinds, STRAND_KINDS)
        if not 0 < long_mm[0] <= long_mm[1] or not 0 < contrast[0] <= contrast[1] <= 1:
            raise DatasetError(
                f"scene: sizes {long_mm} mm, contrasts {contrast}; give lower and upper limit, contrast to 1"
            )
        self.style, self.columns, self.mm_per_px, self.channels = style, columns, mm_per_px, 3
        self.kinds, self.extra = tuple(defect_kinds), extra
        self.feed_kg_m2 = style.feed_kg_m2
        self._long_mm, self._contrast = long_mm, contrast
        self._mat = strand_mat(style, mat_rows, columns, mm_per_px, np.random.default_rng([seed, 21]))
        self._lint_bgr = _with_extra(self._mat.bgr, style, extra)
        self._light = (1 + style.lamp_slope * np.linspace(-0.5, 0.5, columns)).astype(np.float32)
        self._phase = float(np.random.default_rng([seed, 22]).uniform(0, 6.28))
        self._noise = NoiseBank(
            spread_grey=style.noise_grey, rows=BLOCK_ROWS, columns=columns * 3, seed=seed + 77
        )
        self._planting = Planting(
            seed=seed + 1_000_003,
            rate_per_m2=defect_rate_per_m2,
            mm_per_px=mm_per_px,
            x0=0,
            x1=columns,
            kinds=self.kinds,
            measure=self._measure,
        )
        self._piece = lru_cache(maxsize=128)(self._paint)
        self._block = lru_cache(maxsize=12)(self._draw)

    @property
    def trash_g_m2(self) -> float:
        """True mass of the natural trash on the belt."""
        rows = self._mat.bgr.shape[0]
        m2 = rows * self.columns * self.mm_per_px**2 / 1e6
        return float(self._mat.trash_mg / 1e3 / m2)

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

    def crumb_mask(self, start_row: int, rows: int) -> NDArray[np.bool_]:
        """Say where natural crumbs lie (rows, columns); they belong to the lint and are no truth."""
        check_window(start_row, rows)
        return self._mat.crumbs.take(np.arange(start_row, start_row + rows), axis=0, mode="wrap")

    def _measure(self, kind: DefectKind, rng: np.random.Generator) -> Footprint:
        return footprint(kind, rng, self.mm_per_px, self._long_mm)

    def _draw(self, block: int) -> NDArray[np.uint8]:
        first = block * BLOCK_ROWS
        lint = self._lint(first, BLOCK_ROWS)
        for plot in self._planting.touching(first, BLOCK_ROWS):
            piece = self._piece(plot)
            low, high = max(first, piece.box.y0), min(first + BLOCK_ROWS, piece.box.y1)
            of = slice(low - piece.box.y0, high - piece.box.y0)
            under = lint[low - first : high - first, piece.box.x0 : piece.box.x1]
            under += piece.cover[of][..., None] * (piece.bgr[of] - under)
        breath = 1 + _CLOUD * np.sin(
            np.arange(first, first + BLOCK_ROWS) / _CLOUD_ROWS * 6.2832 + self._phase
        )
        lint *= (breath.astype(np.float32)[:, None] * self._light)[..., None]
        lint += self._noise.block(block).reshape(lint.shape)
        return to_uint8(lint)

    def _lint(self, first: int, rows: int) -> NDArray[np.float32]:
        return self._lint_bgr.take(np.arange(first, first + rows), axis=0, mode="wrap")

    def _paint(self, plot: Plot) -> _Piece:
        look, box = LOOKS[plot.kind], plot.box
        rng = np.random.default_rng(plot.seed)
        rows, columns = box.y1 - box.y0, box.x1 - box.x0
        shape = look.shape(rng, rows, columns)
        lint = self._lint(box.y0, rows)[:, box.x0 : box.x1]
        colour = np.array(look.colours[int(rng.integers(len(look.colours)))], np.float32)
        strength = float(rng.uniform(*self._contrast))
        if self.extra != "none":
            colour[0] = self._extra_light(plot.kind, rng)
        gloss = 1 + 0.12 * np.sin(np.linspace(0, rng.uniform(2, 9), columns))[None, :, None]
        bgr = lint + strength * ((lint / 205 * colour if look.stain else colour * gloss) - lint)
        place = np.arange(box.y0, box.y1)
        over = self._mat.over.take(place, axis=0, mode="wrap")[:, box.x0 : box.x1]
        cover = shape * (1 - rng.uniform(0.0, 0.7) * over)
        mask = shape > min(COVER_SEEN, float(shape.max()) / 2)
        change = np.abs(cover[..., None] * (bgr - lint)).mean(2)
        truth = PlantedDefect(
            kind=plot.kind,
            box=tight_box(box, mask),
            area_mm2=float(mask.sum()) * self.mm_per_px**2,
            contrast_grey=float(change[mask].mean()) if mask.any() else 0.0,
        )
        look_bgr = np.asarray(bgr, np.float32)
        return _Piece(truth=truth, box=box, bgr=look_bgr, cover=np.asarray(cover, np.float32), mask=mask)

    def _extra_light(self, kind: DefectKind, rng: np.random.Generator) -> float:
        look = LOOKS[kind]
        if self.extra == "uv":
            return look.uv[int(rng.integers(len(look.uv)))]
        low, high = look.polarised
        return low + (high - low) * float(np.sin(2 * rng.uniform(0, np.pi)) ** 2)


def _with_extra(bgr: NDArray[np.float32], style: StrandStyle, extra: Extra) -> NDArray[np.float32]:
    if extra == "none":
        return bgr
    level = UV_LINT if extra == "uv" else POLARISED_LINT
    relative = bgr[..., 1] / style.lint_bgr[1]
    plane = level * (1 + EXTRA_SPREAD * (relative - float(relative.mean())))
    return np.concatenate([plane[..., None], bgr[..., 1:]], axis=2)
