"""What lamp, lens and camera do to cloth: light over the width, focus, noise, colour, compression."""

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.endless import EndlessNoise
from datasets.synthesis.style import ClothStyle


def light_across(style: ClothStyle, columns: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Give the grey (columns,) of cloth of reflectance 1: lamp, lens and the sensor's fixed pattern."""
    x = np.linspace(-1, 1, columns)
    lamp = (1 - style.vignette * x**2) * (1 + style.tilt * x)
    fixed = 1 + style.fixed_pattern * rng.standard_normal(columns)
    return np.asarray(style.mean_grey * lamp / lamp.mean() * fixed, np.float32)


def out_of_focus(reflectance: NDArray[np.float32], style: ClothStyle) -> NDArray[np.float32]:
    """Take contrast from the weave towards the picture's sides, as a lens does."""
    if style.focus_loss <= 0:
        return reflectance
    lost = (style.focus_loss * np.linspace(-1, 1, reflectance.shape[1]) ** 2).astype(np.float32)
    blurred = np.asarray(cv2.GaussianBlur(reflectance, (0, 0), 2.5), np.float32)
    return reflectance + lost * (blurred - reflectance)


class NoiseBank:
    """Sensor noise: one large field, read at another place for every block of the web."""

    def __init__(self, *, spread_grey: float, rows: int, columns: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 5])
        field = rng.standard_normal((rows + 61, columns + 127), dtype=np.float32)
        self._field = spread_grey * field
        self._rows, self._columns = rows, columns
        self._place = EndlessNoise(seed, 4, width=2)

    def block(self, number: int) -> NDArray[np.float32]:
        """Read the noise (rows, columns) of a block."""
        shift = (np.abs(self._place.at(number, 1)[0]) * 1000).astype(np.int64)
        y, x = int(shift[0]) % 61, int(shift[1]) % 127
        return self._field[y : y + self._rows, x : x + self._columns]


def to_uint8(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Round to 0-255; what lies outside is clipped as a sensor clips it."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(grey, 0)), np.uint8)


def coloured(
    grey: NDArray[np.uint8], style: ClothStyle, dyed: NDArray[np.float32] | None = None
) -> NDArray[np.uint8]:
    """Dye a grey picture (rows, columns) with the cloth's colour; white stays white, black stays black.

    `dyed` (rows, columns) is the share of yarn in the stripes' colour.
    """
    if style.colour_bgr is None:
        return grey
    ground = _in_colour(grey, style.mean_grey, style.colour_bgr)
    if dyed is None or style.stripe_bgr is None:
        return ground
    share = dyed[..., None]
    mixed = ground * (1 - share) + _in_colour(grey, style.mean_grey, style.stripe_bgr) * share
    return np.asarray(np.round(mixed), np.uint8)


def _in_colour(grey: NDArray[np.uint8], mean_grey: float, bgr: tuple[int, int, int]) -> NDArray[np.uint8]:
    planes = []
    for level in bgr:
        table = np.interp(np.arange(256), [0.0, mean_grey, 255.0], [0.0, float(level), 255.0])
        planes.append(cv2.LUT(grey, np.round(table).astype(np.uint8)))
    return np.asarray(cv2.merge(planes), np.uint8)


def compressed(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Send a picture through JPEG and back."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)
