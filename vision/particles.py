"""Particles in lint, darker or of another hue: counted as trash, masked out before colour is measured.

Lint's light and shade vary from strand to strand, its hue hardly does: a faint tint tells more than shade.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import PxBox

AROUND_PX: Final = (41, 41)  # window whose mean is the lint's light
LEAST_DARK: Final = 0.22  # share of the lint's light that a particle takes away, at least
DARK_SIGMA: Final = 4.2  # or so many spreads of the lint's own light and shade, if that is more
BLUR_PX: Final = 0.8
LEAST_TINT: Final = 0.05  # of the lint's ratio of two colours
TINT_SIGMA: Final = 5.0
MOST_DARK: Final = 0.55
LEAST_PX: Final = 2  # smaller is noise
SAMPLED: Final = 4  # every so many pixels tell the spread


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Particles:
    """The particles of a frame."""

    mask: NDArray[np.bool_]  # (rows, columns)
    boxes: tuple[PxBox, ...]
    areas_px: tuple[int, ...]


def find_particles(pixels: NDArray[np.uint8]) -> Particles:
    """Find what is darker than the lint around it or of another hue, in a BGR or grey frame."""
    green = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    soft = np.asarray(cv2.GaussianBlur(green.astype(np.float32), (0, 0), BLUR_PX), np.float32)
    light = soft / np.maximum(cv2.blur(soft, AROUND_PX, borderType=cv2.BORDER_REFLECT), 1.0)
    sample = light[::SAMPLED, ::SAMPLED]
    spread = 1.4826 * float(np.median(np.abs(sample - np.median(sample))))
    limit = 1 - min(max(LEAST_DARK, DARK_SIGMA * spread), MOST_DARK)
    found = light < limit
    if pixels.ndim == 3:
        found |= _tinted(pixels, soft)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.view(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= LEAST_PX
    keep[0] = False
    return Particles(
        mask=np.asarray(keep[labels], np.bool_),
        boxes=tuple(_box(row) for row in stats[keep]),
        areas_px=tuple(int(area) for area in stats[keep, cv2.CC_STAT_AREA]),
    )


def _tinted(pixels: NDArray[np.uint8], green: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Say where hue differs from the frame's: red or blue against green, after the frame's own spread."""
    found = np.zeros(green.shape, np.bool_)
    for channel in (0, 2):
        other = cv2.GaussianBlur(pixels[:, :, channel].astype(np.float32), (0, 0), BLUR_PX)
        share = other / np.maximum(green, 1.0)
        sample = share[::SAMPLED, ::SAMPLED]
        usual = float(np.median(sample))
        spread = 1.4826 * float(np.median(np.abs(sample - usual)))
        found |= np.abs(share - usual) > max(LEAST_TINT * usual, TINT_SIGMA * spread)
    return found


def _box(row: NDArray[np.int32]) -> PxBox:
    x, y, width, height = (int(value) for value in row[:4])
    return PxBox(x0=x, y0=y, x1=x + width, y1=y + height)
