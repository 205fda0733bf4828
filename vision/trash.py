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
    small = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    bgr = np.repeat(small[:, :, None], 3, axis=2) if small.ndim == 2 else small
    chroma = bgr.max(axis=2).astype(np.int16) - bgr.min(axis=2)
    dirty = trash
    if particles is not None:
        share = cv2.resize(particles.mask.view(np.uint8) * 255, (columns, rows), interpolation=cv2.INTER_AREA)
        dirty = trash | (share > 0)
    fibre = (bgr.mean(axis=2) >= FIBRE_MIN_GREY) & (chroma <= FIBRE_MAX_CHROMA) & ~dirty
    fibre_cells, trash_cells = int(fibre.sum()), float(trash.sum())
    seen = fibre_cells + int(dirty.sum())
    if particles is not None:
        trash_cells = trash.size * float(particles.mask.mean())
    blue, green, red = bgr[fibre].mean(axis=0) if fibre_cells else (0.0, 0.0, 0.0)
    return FibreMeasure(
        fibre_cover_pct=100.0 * fibre_cells / fibre.size,
        trash_area_pct=100.0 * trash_cells / seen if seen else 0.0,
        mean_bgr=(float(blue), float(green), float(red)),
        trash_count=0 if particles is None else len(particles.boxes),
    )
