"""Soft spots planted into finished pictures: fuzz and lint balls that hardly differ from the weave."""

import cv2
import numpy as np
from numpy.typing import NDArray

_REACH = 3.2  # spreads of a spot to each side that are drawn
_MASKED = 0.4  # share of the highest change from which a pixel counts as flawed


def plant_soft_spots(
    pixels: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    cloth_px: tuple[int, int],
    count: int,
    rng: np.random.Generator,
) -> None:
    """Change pixels (rows, columns) and mask in place; sizes 1 to 6 px, changes 0.7 to 3.2 local spreads."""
    rows = pixels.shape[0]
    for _ in range(count):
        spread = float(np.exp(rng.uniform(0.0, np.log(6.0))))
        x, y = rng.uniform(cloth_px[0] + 16, cloth_px[1] - 16), rng.uniform(0, rows)
        reach = int(_REACH * 2 * spread) + 2
        top, left = max(int(y) - reach, 0), max(int(x) - reach, cloth_px[0])
        bottom, right = min(int(y) + reach, rows), min(int(x) + reach, cloth_px[1])
        around = pixels[top:bottom, max(left - 16, 0) : right + 16]
        if bottom - top < 2 or right - left < 2:
            continue
        shape = _soft_spot((top, bottom), (left, right), (y, x), spread, rng)
        sign = -1.0 if rng.random() < 0.65 else 1.0
        change = sign * rng.uniform(0.7, 3.2) * max(float(around.std()), 1.0) * shape
        window = pixels[top:bottom, left:right]
        window[:] = np.clip(window + change, 0, 255).round().astype(np.uint8)
        mask[top:bottom, left:right] |= (shape > _MASKED * shape.max()).astype(np.uint8)


def _soft_spot(
    rows: tuple[int, int],
    columns: tuple[int, int],
    centre: tuple[float, float],
    spread: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """A turned ellipse with a cloudy surface, about 1 at its centre."""
    y, x = np.mgrid[rows[0] : rows[1], columns[0] : columns[1]].astype(np.float64)
    y, x = y - centre[0], x - centre[1]
    turn, longer = rng.uniform(0, np.pi), spread * rng.uniform(1, 2)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    cloud = cv2.GaussianBlur(rng.standard_normal(x.shape), (0, 0), 2.5)
    cloud /= cloud.std() + 1e-6
    round_off = np.exp(-((along / longer) ** 2) / 2 - (across / spread) ** 2 / 2)
    return np.asarray(round_off * np.clip(1 + 0.35 * cloud, 0.1, 2.0), np.float64)
