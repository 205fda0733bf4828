"""The shapes that are looked for, and the filters matched to them on one article's cloth."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FILTER_PX: Final = 8  # cells of a bank's plane: 16 px of the picture for the fine bank
_RIDGE: Final = 0.01  # share of the mean variance added to each pixel's own
_QUANTISING: Final = 2e-6  # variance of rounding to whole greys, relative to a mean grey near 100


def brightness_templates() -> NDArray[np.float64]:
    """Return 14 shapes (14, 8, 8): spots of four sizes, lines of two lengths at four angles, thick lines."""
    spots = [_spot(spread) for spread in (0.6, 0.9, 1.3, 1.9)]
    lines = [_line(turn * np.pi, 0.6, length) for turn in (0, 0.25, 0.5, 0.75) for length in (2.3, 7.0)]
    return np.stack([*spots, *lines, _line(0.5 * np.pi, 1.1, 7.0), _line(0.0, 1.1, 7.0)])


def few_templates() -> NDArray[np.float64]:
    """Return 6 shapes (6, 8, 8) for chroma and coarser scales: two spots, long lines at four angles."""
    return np.stack(
        [_spot(0.9), _spot(1.9), *(_line(turn * np.pi, 0.6, 7.0) for turn in (0, 0.25, 0.5, 0.75))]
    )


def line_templates(*, upright: bool) -> NDArray[np.float64]:
    """Return a thin and a thick line (2, 8, 8) through the whole filter, along the weft or the warp."""
    turn = 0.5 * np.pi if upright else 0.0
    return np.stack([_line(turn, width, 1e3) for width in (0.6, 1.2)])


def matched_filters(covariance: NDArray[np.float64], templates: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return w = C⁻¹ t for each template (K, planes, 8, 8), C the covariance of good cloth.

    Scaled so that the response to good cloth has a standard deviation of one. C gets a ridge, so that
    constant pictures give finite filters.
    """
    planes, size = templates.shape[1], len(covariance)
    variance = covariance.diagonal().reshape(planes, -1).mean(axis=1)
    ridge = _RIDGE * variance + _QUANTISING
    covariance = covariance + np.diag(np.repeat(ridge, size // planes))
    filters = np.linalg.solve(covariance, templates.reshape(-1, size).T).T
    spread = np.sqrt(np.einsum("ij,jk,ik->i", filters, covariance, filters))
    shaped: NDArray[np.float64] = (filters / spread[:, None]).reshape(-1, planes, FILTER_PX, FILTER_PX)
    return shaped.astype(np.float32)


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = np.indices((FILTER_PX, FILTER_PX)) - (FILTER_PX - 1) / 2
    return rows, columns


def _spot(spread: float) -> NDArray[np.float64]:
    rows, columns = _grid()
    shape: NDArray[np.float64] = np.exp(-(rows**2 + columns**2) / (2 * spread**2))
    return shape


def _line(turn_rad: float, width: float, length: float) -> NDArray[np.float64]:
    rows, columns = _grid()
    along = columns * np.cos(turn_rad) + rows * np.sin(turn_rad)
    across = rows * np.cos(turn_rad) - columns * np.sin(turn_rad)
    shape: NDArray[np.float64] = np.exp(-(across**2) / (2 * width**2) - along**2 / (2 * length**2))
    return shape


def in_plane(shape: NDArray[np.float64], plane: int, channels: int) -> NDArray[np.float64]:
    """Return a shape (8, 8) laid into one of several planes (planes, 8, 8), the others empty."""
    filled = np.zeros((channels, FILTER_PX, FILTER_PX))
    filled[plane] = shape
    return filled
