"""How much of a fibre frame shows fibre, how much of that is trash, and the clean fibre's colour."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.particles import Particles
from vision.types import FibreMeasure

FIBRE_MIN_GREY = 110.0  # lint is bright under the line's light; belt and shadow lie below
FIBRE_MAX_CHROMA = (
    90.0  # largest less smallest of B, G, R: lint is white to cream, belts and wrappers are not
)


def measure_fibre(
    pixels: NDArray[np.uint8], trash: NDArray[np.bool_], particles: Particles | None = None
) -> FibreMeasure:
    """Measure a BGR or grey frame; `trash` marks the map cells where something foreign was found.

    Each map cell is judged by its mean colour, so the cost is one shrinking of the frame. Trash area is that
    of the found cells, rounded outwards to whole cells; with `particles` it is that of their pixels, and
    cells that hold any are left out of the colour. Either is a camera's percentage, not a gravimetric one.
    """
    rows, columns = trash.shape
    small = np.asarray(cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    dirty = trash
    if particles is not None:
        share = cv2.resize(particles.mask, (columns, rows), interpolation=cv2.INTER_AREA)
        dirty = trash | (share > 0)
    fibre = _shows_fibre(small) & ~dirty
    fibre_cells, trash_cells = int(fibre.sum()), float(trash.sum())
    seen = fibre_cells + int(dirty.sum())
    if particles is not None:
        trash_cells = trash.size * cv2.countNonZero(particles.mask) / particles.mask.size
    mean = cv2.mean(small, fibre.view(np.uint8))
    blue, green, red = mean[:1] * 3 if small.ndim == 2 else mean[:3]
    return FibreMeasure(
        fibre_cover_pct=100.0 * fibre_cells / fibre.size,
        trash_area_pct=100.0 * trash_cells / seen if seen else 0.0,
        mean_bgr=(blue, green, red),
        trash_count=0 if particles is None else len(particles.boxes),
    )


def _shows_fibre(cells: NDArray[np.uint8]) -> NDArray[np.bool_]:
    if cells.ndim == 2:
        return cells >= FIBRE_MIN_GREY
    blue, green, red = cv2.split(cells)
    chroma = cv2.max(cv2.max(blue, green), red) - cv2.min(cv2.min(blue, green), red)
    total = blue.astype(np.uint16) + green + red
    return np.asarray((total >= 3 * FIBRE_MIN_GREY) & (chroma <= FIBRE_MAX_CHROMA), np.bool_)
