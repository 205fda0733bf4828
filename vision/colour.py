"""Colour as a person sees it: CIE XYZ, L*a*b* and the difference of two colours.

Everything is for the CIE 1931 2° observer under D50, as colour charts are certified.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# CIE 15:2004, table T.3: tristimulus values of D50 for the 2° observer, Y = 1.
WHITE_D50: Final = np.array([0.96422, 1.0, 0.82521])
_EPSILON: Final = 216 / 24389  # CIE 15:2004, 8.2.1.1, as the exact fractions
_KAPPA: Final = 24389 / 27
_POW25_7: Final = 25.0**7


def lab_of_xyz(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn XYZ (n, 3), Y = 1 for a perfect white, into L*a*b* (n, 3)."""
    t = xyz / WHITE_D50
    f = np.where(t > _EPSILON, np.cbrt(t), (_KAPPA * t + 16) / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    ).astype(np.float64)


def xyz_of_lab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn L*a*b* (n, 3) into XYZ (n, 3)."""
    fy = (lab[:, 0] + 16) / 116
    f = np.stack([fy + lab[:, 1] / 500, fy, fy - lab[:, 2] / 200], axis=1)
    t = np.where(f**3 > _EPSILON, f**3, (116 * f - 16) / _KAPPA)
    return np.asarray(t * WHITE_D50, np.float64)


def delta_e_2000(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the CIEDE2000 differences of L*a*b* colours (n, 3); kL = kC = kH = 1.

    Source: Sharma, Wu, Dalal, Color Research & Application 30 (2005) 21-30, equations 2 to 22.
    """
    l1, a1, b1 = one.T
    l2, a2, b2 = other.T
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + _POW25_7)))
    c1, h1 = _polar(a1 * (1 + g), b1)
    c2, h2 = _polar(a2 * (1 + g), b2)
    grey = c1 * c2 == 0
    turn = h2 - h1
    turn = np.where(grey, 0.0, turn - 360 * (turn > 180) + 360 * (turn < -180))
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    total = h1 + h2
    far = np.where(total < 360, (total + 360) / 2, (total - 360) / 2)
    hue = np.where(grey, total, np.where(np.abs(h1 - h2) <= 180, total / 2, far))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    s_l, s_c, s_h = _weights(lightness, chroma, hue)
    parts = (l2 - l1) / s_l, (c2 - c1) / s_c, d_hue / s_h
    turned = _rotation(chroma, hue) * parts[1] * parts[2]
    return np.asarray(np.sqrt(np.maximum(sum(part**2 for part in parts) + turned, 0.0)), np.float64)


def _polar(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Chroma, and hue in degrees from 0 to 360."""
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _weights(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    off = (lightness - 50) ** 2
    return 1 + 0.015 * off / np.sqrt(20 + off), 1 + 0.045 * chroma, 1 + 0.015 * chroma * t


def _rotation(chroma: NDArray[np.float64], hue: NDArray[np.float64]) -> NDArray[np.float64]:
    c7 = chroma**7
    angle = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    return np.asarray(-np.sin(np.radians(2 * angle)) * 2 * np.sqrt(c7 / (c7 + _POW25_7)), np.float64)
