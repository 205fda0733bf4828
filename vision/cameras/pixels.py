"""Pixel formats of machine-vision cameras to the frame's uint8 grey or BGR."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.cameras.base import CameraSetupError

GREY = "Mono8"
# OpenCV names a Bayer pattern by its second row, GenICam by its first: RG is OpenCV's BG.
TO_BGR = {
    "BayerRG8": cv2.COLOR_BayerBG2BGR,
    "BayerGR8": cv2.COLOR_BayerGB2BGR,
    "BayerGB8": cv2.COLOR_BayerGR2BGR,
    "BayerBG8": cv2.COLOR_BayerRG2BGR,
    "RGB8": cv2.COLOR_RGB2BGR,
    "BGR8": None,
}
PACKED = frozenset({"RGB8", "BGR8"})  # three bytes a pixel


def channels_of(pixel_format: str, camera_id: str) -> int:
    """Return 1 (grey) or 3 (BGR).

    Raises:
        CameraSetupError: the format isn't one that is judged.
    """
    if pixel_format == GREY:
        return 1
    if pixel_format in TO_BGR:
        return 3
    raise CameraSetupError(
        f"camera {camera_id}: pixel format {pixel_format!r} can't be used; give one of "
        f"{', '.join([GREY, *TO_BGR])}"
    )


def frame_bytes(pixel_format: str, rows: int, columns: int) -> int:
    """Return how many bytes a frame has on the wire."""
    return rows * columns * (3 if pixel_format in PACKED else 1)


def to_pixels(data: NDArray[np.uint8], pixel_format: str, rows: int, columns: int) -> NDArray[np.uint8]:
    """Copy a camera's bytes into pixels of its own: (rows, columns) or (rows, columns, 3) BGR, read-only."""
    pixels: NDArray[np.uint8]
    if pixel_format == GREY:
        pixels = data.reshape(rows, columns).copy()
    else:
        raw = data.reshape((rows, columns, 3) if pixel_format in PACKED else (rows, columns))
        code = TO_BGR[pixel_format]
        pixels = raw.copy() if code is None else np.asarray(cv2.cvtColor(raw, code), np.uint8)
    pixels.flags.writeable = False
    return pixels


def no_pixels(pixel_format: str, rows: int, columns: int) -> NDArray[np.uint8]:
    """Return black in place of pixels that must not be seen: a damaged buffer holds an older frame's rest."""
    shape = (rows, columns) if pixel_format == GREY else (rows, columns, 3)
    pixels: NDArray[np.uint8] = np.zeros(shape, np.uint8)
    pixels.flags.writeable = False
    return pixels
