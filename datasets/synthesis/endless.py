"""Random numbers along an endless web: the same place always gives the same number.

Blending is done place by place, never by matrix products: those wake all cores, which a live line shares.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

CELL = 256  # numbers drawn at once; a window touches a few cells


class Blend:
    """Stretches knots over `size` places, smoothly; with `wrap` the last place flows into the first."""

    def __init__(self, size: int, knots: int, *, wrap: bool = False) -> None:
        place = np.arange(size) * ((knots if wrap else knots - 1) / size)
        self._low = place.astype(np.int64)
        self._high = (self._low + 1) % knots if wrap else self._low + 1
        self._share = _eased((place - self._low).astype(np.float32))

    def down(self, grid: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stretch the rows of a grid (knots, columns) to (size, columns)."""
        share = self._share[:, None]
        return _mixed(grid[self._low], grid[self._high], share)

    def across(self, grid: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stretch the columns of a grid (rows, knots) to (rows, size)."""
        return _mixed(grid[:, self._low], grid[:, self._high], self._share)


class EndlessNoise:
    """Standard normal numbers (n, width) indexed from 0 without end, reproducible from the seed."""

    def __init__(self, seed: int, salt: int, *, width: int = 1) -> None:
        self._key = (seed, salt)
        self._width = width
        self._cell = lru_cache(maxsize=8)(self._draw_cell)

    def at(self, first: int, count: int) -> NDArray[np.float32]:
        """Read `count` rows of numbers from row `first` on."""
        index = np.arange(first, first + count)
        cells = index // CELL
        out = np.empty((count, self._width), np.float32)
        for cell in np.unique(cells):
            inside = cells == cell
            out[inside] = self._cell(int(cell))[index[inside] % CELL]
        return out

    def smooth(
        self, start: int, rows: int, pitch: float, *, across: Blend | None = None
    ) -> NDArray[np.float32]:
        """Read a smooth track (rows, width): numbers set every `pitch` rows, blended in between.

        `across` stretches the width as well.
        """
        place = np.arange(start, start + rows, dtype=np.float64) / pitch
        first = int(place[0])
        knots = self.at(first, int(place[-1]) - first + 2)
        if across is not None:
            knots = across.across(knots)
        low = place.astype(np.int64) - first
        share = _eased((place - np.floor(place)).astype(np.float32))[:, None]
        return _mixed(knots[low], knots[low + 1], share)

    def _draw_cell(self, cell: int) -> NDArray[np.float32]:
        rng = np.random.default_rng([*self._key, cell])
        return rng.standard_normal((CELL, self._width), dtype=np.float32)


def smooth_map(
    rng: np.random.Generator, rows: int, columns: int, pitch: float, *, wrap_rows: bool = False
) -> NDArray[np.float32]:
    """Draw a smooth random field (rows, columns) with unit spread at its knots, `pitch` px apart."""
    knot_rows = max(2, round(rows / pitch)) + (not wrap_rows)
    knot_columns = max(2, round(columns / pitch) + 1)
    grid = rng.standard_normal((knot_rows, knot_columns), dtype=np.float32)
    return Blend(rows, knot_rows, wrap=wrap_rows).down(Blend(columns, knot_columns).across(grid))


def _eased(share: NDArray[np.float32]) -> NDArray[np.float32]:
    return share * share * (3 - 2 * share)


def _mixed(
    low: NDArray[np.float32], high: NDArray[np.float32], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Blend in place: both are copies made by indexing."""
    high -= low
    high *= share
    high += low
    return high
