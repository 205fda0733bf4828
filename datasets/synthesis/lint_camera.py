"""Lint of a wanted Rd and +b as a camera behind glass sees it: what colour calibration is tested on.

Own assumptions: broad channels that mix X, Y and Z, and glare of the glass; no camera of the market.
"""

from typing import Final

import numpy as np

GLARE_GREY: Final = 6.0  # of the glass before the sample
FULL_GREY: Final = 235.0  # of a perfect white


def lint_bgr(rd: float, plus_b: float) -> tuple[float, float, float]:
    """Return the BGR of lint of this Rd and +b: `vision.lint_colour.hunter_rd_b` turned round, X = 0.98 Y."""
    y = rd / 100
    f = 0.51 * (21 + 20 * y) / (1 + 20 * y)
    z = (y - plus_b / (70 * f)) / 0.847
    x = 0.98 * y
    light = np.array([0.1 * y + 0.95 * z, 0.15 * x + 0.85 * y + 0.02 * z, 0.8 * x + 0.25 * y])
    blue, green, red = light * FULL_GREY + GLARE_GREY
    return float(blue), float(green), float(red)
