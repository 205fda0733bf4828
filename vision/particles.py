"""Particles in lint, darker or of another hue: counted as trash, masked out before colour is measured.

Lint's light and shade vary from strand to strand, its hue hardly does: a faint tint tells more than shade.
Whole frames are touched in 8 bits only: a grey level is a two-hundredth of lint, the least tint ten of them.
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.quantiles import median
from vision.types import PxBox

AROUND_PX: Final = (41, 41)  # window whose mean is the lint's light
LEAST_DARK: Final = 0.22  # share of the lint's light that a particle takes away, at least
DARK_SIGMA: Final = 4.2  # or so many spreads of the lint's own light and shade, if that is more
BLUR_PX: Final = 0.8
KERNEL_PX: Final = (5, 5)  # of the blur: 2.5 times its width
LEAST_TINT: Final = 0.05  # of the lint's ratio of two colours
TINT_SIGMA: Final = 5.0
MOST_DARK: Final = 0.55
SIGMA_OF_MEDIAN: Final = 1.4826  # a normal spread from the median distance
SAMPLED: Final = (slice(None, None, 4), slice(None, None, 8))  # the pixels that tell the spread


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Particles:
    """The particles of a frame."""

    mask: NDArray[np.uint8]  # (rows, columns), 255 on a particle, else 0
    boxes: tuple[PxBox, ...]


def find_particles(pixels: NDArray[np.uint8]) -> Particles:
    """Find what is darker than the lint around it or of another hue, in a BGR or grey frame.

    A single pixel is noise.
    """
    soft = cv2.GaussianBlur(pixels, KERNEL_PX, BLUR_PX)
    if soft.ndim == 2:
        mask = _darker(np.asarray(soft, np.uint8))
    else:
        blue, green, red = (np.asarray(plane, np.uint8) for plane in cv2.split(soft))
        mask = _darker(green)
        for other in (blue, red):
            _add_tinted(mask, other, green)
    return _parted(mask)


def _darker(soft: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mark what is darker than its surroundings, after the frame's own spread."""
    around = cv2.blur(soft, AROUND_PX, borderType=cv2.BORDER_REFLECT)
    usual, spread = _usual(soft[SAMPLED] / np.maximum(around[SAMPLED], 1, dtype=np.float32))
    limit = 1 - min(max(LEAST_DARK, DARK_SIGMA * spread), MOST_DARK)
    return np.asarray(cv2.compare(soft, cv2.convertScaleAbs(around, alpha=limit), cv2.CMP_LT), np.uint8)


def _add_tinted(mask: NDArray[np.uint8], other: NDArray[np.uint8], green: NDArray[np.uint8]) -> None:
    """Mark where red or blue against green differs from the frame's, after the frame's own spread."""
    usual, spread = _usual(other[SAMPLED] / np.maximum(green[SAMPLED], 1, dtype=np.float32))
    off = max(LEAST_TINT * usual, TINT_SIGMA * spread)
    for share, differs in ((usual + off, cv2.CMP_GT), (max(usual - off, 0.0), cv2.CMP_LT)):
        found = cv2.compare(other, cv2.convertScaleAbs(green, alpha=share), differs)
        cv2.bitwise_or(mask, found, dst=mask)


def _usual(sample: NDArray[np.floating[Any]]) -> tuple[float, float]:
    usual = median(sample.ravel())
    return usual, SIGMA_OF_MEDIAN * median(np.abs(sample - usual).ravel())


def _parted(mask: NDArray[np.uint8]) -> Particles:
    outlines, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for outline, (_, _, _, inside_of) in zip(outlines, tree[0] if outlines else (), strict=True):
        x, y, width, height = cv2.boundingRect(outline)
        if width == height == 1:
            mask[y, x] = 0
        elif inside_of < 0:  # not the border of a hole
            boxes.append(PxBox(x0=x, y0=y, x1=x + width, y1=y + height))
    boxes.sort(key=lambda box: (box.y0, box.x0))
    return Particles(mask=mask, boxes=tuple(boxes))
