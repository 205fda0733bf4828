"""A woven cloth without end, with flaws of known truth, as a line-scan camera sees it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.cloth_flaws import CLOTH_KINDS, ClothFlaws
from datasets.synthesis.endless import Blend, EndlessNoise
from datasets.synthesis.flaw import LEAST_YARN_PX, Gauge
from datasets.synthesis.optics import NoiseBank, coloured, compressed, light_across, out_of_focus, to_uint8
from datasets.synthesis.scene import BLOCK_ROWS, PlantedDefect, check_scene, check_window, joined_blocks
from datasets.synthesis.selvedge import TABLE_GREY, Edges, Selvedge, edges_of, weave_selvedge
from datasets.synthesis.style import ClothStyle, Weave
from datasets.synthesis.weave import Panel, weave_panel
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

_CLOUD_PITCH = 64  # px between the knots of the cloth's cloudiness
_LEAST_CLOTH_PX = 64
_LAMP_FLICKER = 0.004  # spread of light from row to row


def _edges_with_cloth(style: ClothStyle, columns: int, mm_per_px: float) -> Edges:
    edges = edges_of(style, columns, mm_per_px)
    if edges.x1 - edges.x0 < _LEAST_CLOTH_PX:
        raise DatasetError(
            f"cloth scene: {edges.x1 - edges.x0} px of cloth between the margins; leave at least "
            f"{_LEAST_CLOTH_PX} px: lower left_margin_mm and right_margin_mm or add columns"
        )
    return edges


class ClothScene:
    """An endless cloth of one style; a `Scene`."""

    def __init__(
        self,
        style: ClothStyle,
        *,
        columns: int,
        mm_per_px: float,
        seed: int,
        defect_rate_per_m2: float = 0.0,
        defect_kinds: Sequence[DefectKind] = CLOTH_KINDS,
        panel_rows: int = 1024,
        loom_seed: int | None = None,
        session_seed: int | None = None,
    ) -> None:
        """Weave the cloth.

        Args:
            style: look of cloth, lamp and camera.
            columns: width of the picture.
            mm_per_px: size of a pixel on the cloth.
            seed: of the piece of cloth and its flaws.
            defect_rate_per_m2: flaws planted on a m2 of cloth on average.
            defect_kinds: what may be planted.
            panel_rows: rows after which yarns (not light, clouds, noise or flaws) repeat.
            loom_seed: of the warp and the sensor; pieces of one warp, seen by one camera, share it.
            session_seed: of the sensor alone, where another camera looks at the same warp.
        """
        check_scene(columns, mm_per_px, defect_rate_per_m2, defect_kinds, CLOTH_KINDS)
        self.style, self.columns, self.mm_per_px = style, columns, mm_per_px
        self.channels = 1 if style.colour_bgr is None else 3
        self.kinds = tuple(defect_kinds)
        self._edges = _edges_with_cloth(style, columns, mm_per_px)
        loom_seed = seed if loom_seed is None else loom_seed
        panel = self._woven(panel_rows, seed, loom_seed)
        self._panel, self._dyed = panel.reflectance, panel.dyed
        session_seed = loom_seed if session_seed is None else session_seed
        self._light = light_across(style, columns, np.random.default_rng([session_seed, 7]))
        self._noise = NoiseBank(spread_grey=style.noise_grey, rows=BLOCK_ROWS, columns=columns, seed=seed)
        self._lamp = EndlessNoise(seed, 2)
        knots = max(2, columns // _CLOUD_PITCH)
        self._cloud = EndlessNoise(seed, 3, width=knots)
        self._cloud_across = Blend(columns, knots)
        self._sides = self._selvedges(seed)
        self._flaws = self._flawed(panel, defect_rate_per_m2, seed)
        self._block = lru_cache(maxsize=6)(self._draw_block)

    def _flawed(self, panel: Panel, rate_per_m2: float, seed: int) -> ClothFlaws:
        """The flaws of the cloth, in the measure of its yarns."""
        return ClothFlaws(
            style=self.style,
            gauge=self._gauge(panel.end_px, panel.pick_px),
            edges=self._edges,
            sides=self._sides,
            good=self._good,
            mm_per_px=self.mm_per_px,
            kinds=self.kinds,
            rate_per_m2=rate_per_m2,
            seed=seed,
        )

    def _woven(self, rows: int, seed: int, loom_seed: int) -> Panel:
        """Weave the panel as the lens sees it, selvedges included."""
        panel = weave_panel(
            self.style,
            self.columns,
            rows,
            self.mm_per_px,
            rng=np.random.default_rng([seed, 1]),
            warp_rng=np.random.default_rng([loom_seed, 6]),
            first_px=self._edges.x0,
        )
        seen = out_of_focus(panel.reflectance, self.style)
        weave_selvedge(seen, self.style, self._edges, self.mm_per_px)
        return replace(panel, reflectance=seen)

    @property
    def cloth_px(self) -> tuple[int, int]:
        """Give the columns of the cloth at rest: first one, and the one behind the last."""
        return self._edges.x0, self._edges.x1

    def render(self, start_row: int, rows: int) -> NDArray[np.uint8]:
        """Draw a window of the web; see `Scene.render`."""
        return joined_blocks(self._block, start_row, rows)

    def truth(self, start_row: int, rows: int) -> tuple[PlantedDefect, ...]:
        """Name every flaw that touches the window; see `Scene.truth`."""
        check_window(start_row, rows)
        known = [flaw.truth for flaw in self._flaws.touching(start_row, rows)]
        return tuple(flaw for flaw in known if flaw.box.y0 < start_row + rows and flaw.box.y1 > start_row)

    def mask(self, start_row: int, rows: int) -> NDArray[np.uint8]:
        """Mark flawed pixels; see `Scene.mask`."""
        check_window(start_row, rows)
        return self._flaws.mask(start_row, rows, self.columns)

    def _gauge(self, end_px: float, pick_px: float) -> Gauge:
        return Gauge(
            end_px=max(end_px, LEAST_YARN_PX),
            pick_px=max(pick_px, LEAST_YARN_PX),
            contrast=self.style.contrast,
            blur_px=self.style.blur_px,
            knitted=self.style.weave is Weave.KNIT,
            behind=TABLE_GREY[self.style.table] / self.style.mean_grey,
        )

    def _selvedges(self, seed: int) -> tuple[Selvedge, ...]:
        places = ((self._edges.left, self._edges.x0, False), (self._edges.right, self._edges.x1, True))
        return tuple(
            Selvedge(
                style=self.style,
                rest_px=rest_px,
                right=right,
                columns=self.columns,
                mm_per_px=self.mm_per_px,
                seed=seed,
            )
            for seen, rest_px, right in places
            if seen
        )

    def _draw_block(self, block: int) -> NDArray[np.uint8]:
        first_row = block * BLOCK_ROWS
        cloth = self._good(first_row, BLOCK_ROWS)
        self._flaws.lay_in(cloth, first_row)
        cloth *= self._light
        cloth *= self._tone(first_row)
        self._beside(cloth, first_row)
        cloth += self._noise.block(block)
        dyed = None if self._dyed is None else self._rows_of(self._dyed, first_row, BLOCK_ROWS)
        picture = coloured(to_uint8(cloth), self.style, dyed)
        self._flaws.tint(picture, first_row)
        quality = self.style.jpeg_quality
        return picture if quality is None else compressed(picture, quality)

    def _good(self, first_row: int, rows: int) -> NDArray[np.float32]:
        """Cut good cloth (rows, columns) from the panel, laid end to end."""
        return self._rows_of(self._panel, first_row, rows)

    @staticmethod
    def _rows_of(panel: NDArray[np.float32], first_row: int, rows: int) -> NDArray[np.float32]:
        low = first_row % panel.shape[0]
        if low + rows <= panel.shape[0]:
            return panel[low : low + rows].copy()
        return panel.take(np.arange(low, low + rows), axis=0, mode="wrap")

    def _tone(self, first_row: int) -> NDArray[np.float32]:
        """Cloudiness of the cloth and flicker of the lamp (rows, columns)."""
        tone = self._cloud.smooth(first_row, BLOCK_ROWS, _CLOUD_PITCH, across=self._cloud_across)
        tone *= self.style.clouding
        tone += 1 + _LAMP_FLICKER * self._lamp.at(first_row, BLOCK_ROWS)
        return tone

    def _beside(self, cloth: NDArray[np.float32], first_row: int) -> None:
        """Put the table beside the cloth, in place; cuts of the selvedge show it too."""
        for side in self._sides:
            where, share, table = side.beyond(first_row, self._flaws.cut_in(side, first_row, cloth.shape[0]))
            near = cloth[:, where]
            near -= table
            near *= share
            near += table
