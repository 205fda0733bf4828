"""The table beside the cloth, the cloth's edge that wanders along the web, and its selvedge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.endless import EndlessNoise, smooth_map
from datasets.synthesis.planting import Plot
from datasets.synthesis.style import ClothStyle, Table
from vision.types import PxBox

TABLE_GREY = {Table.WHITE: 252.0, Table.GREY: 120.0, Table.DARK: 28.0, Table.STEEL: 125.0}
_WANDER_PITCH = 180  # rows between the knots of an edge


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Columns of the cloth at rest: [x0, x1), and whether each edge is in the picture."""

    x0: int
    x1: int
    left: bool
    right: bool


def edges_of(style: ClothStyle, columns: int, mm_per_px: float) -> Edges:
    """Place the cloth in the picture."""
    left, right = style.left_margin_mm > 0, style.right_margin_mm > 0
    x0 = round(style.left_margin_mm / mm_per_px) if left else 0
    x1 = columns - (round(style.right_margin_mm / mm_per_px) if right else 0)
    return Edges(x0=x0, x1=x1, left=left, right=right)


def weave_selvedge(
    reflectance: NDArray[np.float32], style: ClothStyle, edges: Edges, mm_per_px: float
) -> None:
    """Weave the selvedges into a panel, in place: denser, of another brightness, with cords."""
    width = round(style.selvedge_mm / mm_per_px)
    width = min(width, (edges.x1 - edges.x0) // 4)
    if width < 4:
        return
    place = np.arange(width, dtype=np.float32) / width
    cords = 1 + 0.22 * np.sin(2 * np.pi * style.selvedge_bands * place) if style.selvedge_bands else 1.0
    profile = (style.selvedge_gain * cords * np.ones(width)).astype(np.float32)
    if edges.left:
        body = reflectance[:, edges.x0 : edges.x0 + width]
        body[:] = (1 + 0.6 * (body - 1)) * profile
    if edges.right:
        body = reflectance[:, edges.x1 - width : edges.x1]
        body[:] = (1 + 0.6 * (body - 1)) * profile[::-1]
    if style.selvedge_thread > 0:
        pick_px = style.pick_px(mm_per_px)
        for seen, column in ((edges.left, edges.x0 + width), (edges.right, edges.x1 - width - 3)):
            if seen:
                _lay_thread(reflectance[:, column : column + 3], style.selvedge_thread, pick_px)


def _lay_thread(cloth: NDArray[np.float32], brightness: float, pick_px: float) -> None:
    """Lay a thread along the warp into columns of cloth, in place; picks pass over it one by one."""
    repeats = max(1, round(cloth.shape[0] / (4 * pick_px)))  # whole repeats: the panel joins its own start
    turns = np.arange(cloth.shape[0]) * (2 * np.pi * repeats / cloth.shape[0])
    seen = np.clip(0.6 + 0.6 * np.sin(turns), 0, 1).astype(np.float32)[:, None]
    cloth += seen * np.array([0.5, 0.95, 0.5], np.float32) * (np.float32(brightness) - cloth)


class Selvedge:
    """One edge of an endless cloth: where it is on each row, and the table beyond it."""

    def __init__(
        self, *, style: ClothStyle, rest_px: int, right: bool, columns: int, mm_per_px: float, seed: int
    ) -> None:
        self.right, self._rest_px, self._columns = right, rest_px, columns
        self._style, self._pick_px = style, style.pick_px(mm_per_px)
        self._wander_px = style.edge_wander_mm / mm_per_px
        self._track = EndlessNoise(seed, 301 + right)
        self.reach_px = 3.2 * self._wander_px + 2 + 0.5 * self._pick_px
        room = columns - rest_px if right else rest_px
        width = min(columns, round(room + self.reach_px) + 1)
        rng = np.random.default_rng([seed, 303, int(right)])
        self._table = _table_top(style.table, width, rng)

    def place(self, start_row: int, rows: int) -> NDArray[np.float32]:
        """Give the column (rows,) at which cloth meets table, without cuts."""
        wander = np.clip(self._track.smooth(start_row, rows, _WANDER_PITCH)[:, 0], -3, 3) * self._wander_px
        loops = (
            0.15 * self._pick_px * np.sin(np.arange(start_row, start_row + rows) * 2 * np.pi / self._pick_px)
        )
        return np.asarray(np.clip(self._rest_px + wander + loops, 0, self._columns), np.float32)

    def cut_box(self, plot_rows: PxBox, depth_px: int) -> PxBox:
        """Give the box of a cut that takes `depth_px` from the edge on the given rows."""
        edge = self.place(plot_rows.y0, plot_rows.y1 - plot_rows.y0)
        low, high = int(np.floor(edge.min())), int(np.ceil(edge.max()))
        x0, x1 = (low - depth_px, high) if self.right else (low, high + depth_px)
        return PxBox(x0=max(0, x0), y0=plot_rows.y0, x1=min(self._columns, x1), y1=plot_rows.y1)

    def beyond(
        self, start_row: int, inward: NDArray[np.float32]
    ) -> tuple[slice, NDArray[np.float32], NDArray[np.float32]]:
        """Give columns, share of cloth (rows, n) and table grey (rows, n) where this edge is in sight.

        `inward` (rows,) is how far cuts move the edge into the cloth.
        """
        rows = inward.size
        place = self.place(start_row, rows)
        if self.right:
            place = place - inward
            where = slice(max(0, int(np.floor(place.min())) - 2), self._columns)
        else:
            place = place + inward
            where = slice(0, min(self._columns, int(np.ceil(place.max())) + 2))
        x = np.arange(where.start, where.stop, dtype=np.float32)[None, :]
        side = (place[:, None] - x) if self.right else (x - place[:, None])
        return where, np.clip(side + 0.5, 0, 1), self._table_rows(start_row, rows, where.stop - where.start)

    def _table_rows(self, start_row: int, rows: int, columns: int) -> NDArray[np.float32]:
        rows_of_table = self._table[np.arange(start_row, start_row + rows) % self._table.shape[0]]
        if columns <= rows_of_table.shape[1]:
            return np.asarray(rows_of_table[:, :columns], np.float32)
        return np.pad(rows_of_table, ((0, 0), (0, columns - rows_of_table.shape[1])), mode="edge")


def _table_top(table: Table, columns: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw the table (1024, columns) in grey; its last row flows into its first."""
    blotch = smooth_map(rng, 1024, columns, 40.0, wrap_rows=True)
    if table is not Table.STEEL:
        spread = 0.0 if table is Table.WHITE else 0.12
        return np.asarray(TABLE_GREY[table] * (1 + spread * blotch), np.float32)
    brushed = smooth_map(rng, 1024, 2, 9.0, wrap_rows=True)[:, :1]
    glints = np.clip(smooth_map(rng, 1024, columns, 10.0, wrap_rows=True) + brushed - 2.6, 0, 1)
    return np.asarray(TABLE_GREY[table] * (1 + 0.16 * brushed + 0.05 * blotch + 2.0 * glints), np.float32)


def cut_depth(plot: Plot, depth_px: int, start_row: int, rows: int) -> NDArray[np.float32]:
    """Give how far a cut reaches into the cloth on each row (rows,), ragged and deepest in its middle."""
    box = plot.box
    height = box.y1 - box.y0
    rng = np.random.default_rng([*plot.seed, 1])
    rise = np.sin(np.pi * (np.arange(height) + 0.5) / height) ** 0.5
    ragged = (depth_px * rise * rng.uniform(0.75, 1.0, height)).astype(np.float32)
    out = np.zeros(rows, np.float32)
    low, high = max(start_row, box.y0), min(start_row + rows, box.y1)
    if low < high:
        out[low - start_row : high - start_row] = ragged[low - box.y0 : high - box.y0]
    return out
