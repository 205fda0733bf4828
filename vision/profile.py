"""Column profiles of good cloth: what its statistics are at each camera column, and beside an edge."""

import numpy as np
from numpy.typing import NDArray

from vision.article import edge_zone, padded_px
from vision.banks import Bank
from vision.strip import Strip


class Profile:
    """Mean of column profiles: by camera column away from edges, by distance beside them."""

    def __init__(self, kinds: int, columns: int, bank: Bank) -> None:
        self._cell_px = bank.column_px
        self._zone = edge_zone(columns, bank.column_px)
        wide = padded_px(columns) // bank.column_px
        self._sum, self._count = np.zeros((kinds, wide)), np.zeros(wide)
        self._sides = [(np.zeros((kinds, self._zone)), [0]) for _ in range(2)]

    def add(self, values: NDArray[np.float64], strip: Strip) -> None:
        """Take a strip's values (K, columns) in."""
        first, behind = strip.cells(self._cell_px)
        zone = self._zone
        if strip.cloth_px[0] > 0 and behind - first >= zone:
            self._add_side(0, values[:, first : first + zone])
            first += zone
        if strip.cloth_px[1] < strip.columns and behind - first >= zone:
            self._add_side(1, values[:, behind - zone : behind][:, ::-1])
            behind -= zone
        self._sum[:, first:behind] += values[:, first:behind]
        self._count[first:behind] += 1

    def _add_side(self, side: int, values: NDArray[np.float64]) -> None:
        total, count = self._sides[side]
        total += values
        count[0] += 1

    def whole(self, least_count: int, otherwise: float | None) -> NDArray[np.float64]:
        """The mean at each camera column; columns seen too rarely take the nearest mean or a constant."""
        mean = self._sum / np.maximum(self._count, 1)
        seen = self._count >= least_count
        if not seen.any():
            return np.full_like(mean, 1.0 if otherwise is None else otherwise)
        if otherwise is not None:
            return np.where(seen, mean, otherwise)
        places = np.flatnonzero(seen)
        nearest = places[np.abs(np.arange(seen.size)[:, None] - places[None]).argmin(axis=1)]
        return np.asarray(mean[:, nearest], np.float64)

    def side(self, side: int, least_count: int, whole: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean beside an edge; without enough pictures that show one, the middle of the whole."""
        total, count = self._sides[side]
        if count[0] >= least_count:
            return total / count[0]
        return np.repeat(np.median(whole, axis=1, keepdims=True), self._zone, axis=1)
