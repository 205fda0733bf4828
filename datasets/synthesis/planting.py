"""Where flaws lie: seeded cells along the web, no two flaws on each other, none across a cell's end."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vision.taxonomy import DefectKind
from vision.types import PxBox

CELL_ROWS = 2048
GAP_PX = 12  # good material between two flaws, so that each can be told apart
TRIES = 12
_SALT = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """The room a flaw takes: rows along the web, columns across it, and where it must begin, if it must."""

    rows: int
    columns: int
    x0: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A planned flaw: what, where, and the seed it is drawn from."""

    kind: DefectKind
    box: PxBox
    seed: tuple[int, ...]


Measure = Callable[[DefectKind, np.random.Generator], Footprint]


class Planting:
    """Plans flaws on demand; the same seed plans the same flaws."""

    def __init__(
        self,
        *,
        seed: int,
        rate_per_m2: float,
        mm_per_px: float,
        x0: int,
        x1: int,
        kinds: tuple[DefectKind, ...],
        measure: Measure,
        cell_rows: int = CELL_ROWS,
    ) -> None:
        self._cell_rows = cell_rows
        self._seed, self._kinds, self._measure = seed, kinds, measure
        self._x0, self._x1 = x0, x1
        cell_m2 = self._cell_rows * max(0, x1 - x0) * mm_per_px**2 / 1e6
        self._mean = rate_per_m2 * cell_m2 if kinds else 0.0
        self._cell = lru_cache(maxsize=16)(self._plan_cell)

    def touching(self, start_row: int, rows: int) -> tuple[Plot, ...]:
        """Name the flaws that touch rows [start_row, start_row + rows), in web order."""
        end = start_row + rows
        cells = range(start_row // self._cell_rows, (end - 1) // self._cell_rows + 1)
        plots = [plot for cell in cells for plot in self._cell(cell)]
        return tuple(plot for plot in plots if plot.box.y0 < end and plot.box.y1 > start_row)

    def _plan_cell(self, cell: int) -> tuple[Plot, ...]:
        rng = np.random.default_rng([self._seed, _SALT, cell])
        plots: list[Plot] = []
        for number in range(int(rng.poisson(self._mean))):
            kind = self._kinds[int(rng.integers(len(self._kinds)))]
            footprint = self._measure(kind, rng)
            box = self._free_place(footprint, cell * self._cell_rows, plots, rng)
            if box is not None:
                plots.append(Plot(kind=kind, box=box, seed=(self._seed, _SALT, cell, number)))
        return tuple(sorted(plots, key=lambda plot: (plot.box.y0, plot.box.x0)))

    def _free_place(
        self, footprint: Footprint, first_row: int, plots: list[Plot], rng: np.random.Generator
    ) -> PxBox | None:
        rows = min(footprint.rows, self._cell_rows)
        columns = min(footprint.columns, self._x1 - self._x0)
        for _ in range(TRIES):
            y0 = first_row + int(rng.integers(self._cell_rows - rows + 1))
            x0 = footprint.x0
            if x0 is None:
                x0 = self._x0 + int(rng.integers(self._x1 - self._x0 - columns + 1))
            box = PxBox(x0=x0, y0=y0, x1=x0 + columns, y1=y0 + rows)
            if not any(_near(box, plot.box) for plot in plots):
                return box
        return None


def _near(one: PxBox, other: PxBox) -> bool:
    apart_x = one.x0 >= other.x1 + GAP_PX or other.x0 >= one.x1 + GAP_PX
    apart_y = one.y0 >= other.y1 + GAP_PX or other.y0 >= one.y1 + GAP_PX
    return not (apart_x or apart_y)
