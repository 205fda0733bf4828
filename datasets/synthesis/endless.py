"""Random numbers along an endless web: the same place always gives the same number."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

CELL = 256  # numbers drawn at once; a window touches a few cells


class EndlessNoise:
    """Standard normal numbers (n, width) indexed from 0 without end, reproducible from the seed."""

    def __init__(self, seed: int, salt: int, *, width: int = 1) -> None:
        self._key = (seed, salt)
        self._width = width
        self._cell = lru_cache(maxsize=8)(self._draw_cell)

    def at(self, first: int, count: int) -> NDArray[np.float32]:
        """Read `count` rows of numbers from row `first`; rows before 0 repeat row 0's cell mirrored."""
        index = np.abs(np.arange(first, first + count))
        cells = index // CELL
        out = np.empty((count, self._width), np.float32)
        for cell in np.unique(cells):
            inside = cells == cell
            out[inside] = self._cell(int(cell))[index[inside] % CELL]
        return out

    def smooth(self, start: int, rows: int, pitch: float) -> NDArray[np.float32]:
        """Read a smooth track (rows, width): numbers set every `pitch` rows, blended in between."""
        place = np.arange(start, start + rows, dtype=np.float64) / pitch
        first = int(place[0])
        knots = self.at(first, int(place[-1]) - first + 2)
        low = place.astype(np.int64) - first
        part = (place - np.floor(place)).astype(np.float32)
        blend = (part * part * (3 - 2 * part))[:, None]
        return knots[low] * (1 - blend) + knots[low + 1] * blend

    def _draw_cell(self, cell: int) -> NDArray[np.float32]:
        rng = np.random.default_rng([*self._key, cell])
        return rng.standard_normal((CELL, self._width), dtype=np.float32)


def smooth_map(
    rng: np.random.Generator, rows: int, columns: int, pitch: float, *, wrap_rows: bool = False
) -> NDArray[np.float32]:
    """Draw a smooth random field (rows, columns) with unit spread at its knots, `pitch` px apart."""
    return stretch(rng.standard_normal(_grid(rows, columns, pitch, wrap_rows)), rows, columns, wrap_rows)


def _grid(rows: int, columns: int, pitch: float, wrap_rows: bool) -> tuple[int, int]:
    knot_rows = max(2, round(rows / pitch)) + (0 if wrap_rows else 1)
    return knot_rows, max(2, round(columns / pitch) + 1)


def stretch(
    grid: NDArray[np.float64] | NDArray[np.float32], rows: int, columns: int, wrap_rows: bool
) -> NDArray[np.float32]:
    """Blend a grid of knots up to (rows, columns); with `wrap_rows` the last row flows into the first."""
    down = blend_weights(rows, grid.shape[0], wrap_rows)
    across = blend_weights(columns, grid.shape[1], False)
    return (down @ grid.astype(np.float32)) @ across.T


def blend_weights(size: int, knots: int, wrap: bool = False) -> NDArray[np.float32]:
    """Give the share (size, knots) that each knot has in each place between them."""
    place = np.arange(size) * ((knots if wrap else knots - 1) / size)
    low = place.astype(np.int64)
    part = place - low
    blend = part * part * (3 - 2 * part)
    out = np.zeros((size, knots), np.float32)
    rows = np.arange(size)
    np.add.at(out, (rows, low % knots), 1 - blend)
    np.add.at(out, (rows, (low + 1) % knots), blend)
    return out
