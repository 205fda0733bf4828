"""How high good cloth reaches: block maxima and the Gumbel law of their tail."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_CELLS: Final = (64, 32, 16, 8)  # map cells across a block; a block is a whole tile high
ENOUGH_BLOCKS: Final = 96  # below it, blocks are made narrower: few maxima give no tail
TAIL: Final = (0.5, 0.9)  # quantiles that location and scale are taken from
BODY: Final = (0.25, 0.5)  # where up to half of the blocks hold something that belongs there: specks in lint


def block_cells(map_columns: int) -> int:
    """Return the block width for so many map columns over all strips: the widest that gives enough blocks."""
    enough = [cells for cells in BLOCK_CELLS if map_columns >= cells * ENOUGH_BLOCKS]
    return enough[0] if enough else BLOCK_CELLS[-1]


def block_maxima(values: NDArray[np.float32], first: int, behind: int, cells: int) -> NDArray[np.float32]:
    """Return the maxima (blocks, kinds) of a (kinds, rows, columns) map between two columns.

    The columns are shared out evenly, so that no block is much narrower than the others.
    """
    wide = max(behind - first, 1)
    count = max(round(wide / cells), 1)
    bounds = np.linspace(first, first + wide, count + 1).round().astype(int)
    tops = [values[:, :, a:b].max(axis=(1, 2)) for a, b in zip(bounds, bounds[1:], strict=False)]
    return np.stack(tops)


def usual_and_spread(
    maxima: NDArray[np.float32], least_spread: float, quantiles: tuple[float, float] = TAIL
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the median of block maxima and the step from it to their 90 % quantile, per kind.

    From other quantiles the step is extrapolated by the Gumbel law.
    """
    lower, upper = np.quantile(maxima, quantiles, axis=0)
    middle = np.quantile(maxima, 0.5, axis=0)
    stretch = (_level(TAIL[1]) - _level(TAIL[0])) / (_level(quantiles[1]) - _level(quantiles[0]))
    spread = np.maximum((upper - lower) * stretch, least_spread)
    return middle.astype(np.float32), spread.astype(np.float32)


def gumbel_law(maxima: NDArray[np.float32], quantiles: tuple[float, float] = TAIL) -> tuple[float, float]:
    """Return location and scale of the Gumbel law of block maxima.

    They come from two quantiles, so that one unlabelled flaw among the pictures doesn't lift the law.
    """
    lower, upper = np.quantile(maxima, quantiles)
    scale = max(float(upper - lower), 1e-3) / (_level(quantiles[1]) - _level(quantiles[0]))
    return float(lower) - scale * _level(quantiles[0]), scale


def _level(share: float) -> float:
    """Where the standard Gumbel law reaches a share."""
    return float(-np.log(-np.log(share)))
