"""Picture files to uint8 pixels: any format OpenCV reads, any depth, and no half picture passes."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import VisionError

MIN_SIDE_PX = 32  # below this nothing can be learnt or judged

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND"
PNG_COLOUR_TYPE_AT = 25  # PNG specification 11.2.1: byte 9 of IHDR's data, which begins at byte 16
PNG_GREY_TYPES = (0, 4)  # grey, grey with alpha
JPEG_SIGNATURE = b"\xff\xd8"
JPEG_START_OF_SCAN = 0xDA
JPEG_END = b"\xff\xd9"


def read_image(path: Path | str) -> NDArray[np.uint8]:
    """Read a picture as grey (rows, columns) or BGR (rows, columns, 3); alpha is dropped, 16 bit become 8.

    Raises:
        VisionError: the file is missing, cut short, no picture, or smaller than 32 px a side.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VisionError(
            f"{path}: can't be read ({error.strerror or error}); check path and rights"
        ) from error
    if not data:
        raise VisionError(f"{path}: the file is empty; copy it again")
    if _is_cut_short(data):
        raise VisionError(f"{path}: the picture is cut short after {len(data)} bytes; copy it again")
    pixels = _checked(_decoded(data, path), path)
    # The decoder widens grey with alpha to three equal channels.
    return np.ascontiguousarray(pixels[:, :, 0]) if pixels.ndim == 3 and _is_grey_png(data) else pixels


def to_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Give grey (channels 1) or BGR (channels 3) pixels; the same array when nothing has to change."""
    if channels == 1 and pixels.ndim == 3:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    if channels == 3 and pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels not in (1, 3):
        raise VisionError(f"a picture can't have {channels} channels; 1 (grey) or 3 (BGR) are known")
    return pixels


def _decoded(data: bytes, path: Path) -> NDArray[np.generic]:
    # From memory, not cv2.imread: file names outside ASCII work on every system.
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise VisionError(f"{path}: the picture can't be decoded ({error.err}); save it again") from error
    if pixels is None:
        raise VisionError(f"{path}: no picture that can be decoded, or a damaged one; save it as PNG or JPEG")
    return pixels


def _checked(pixels: NDArray[np.generic], path: Path) -> NDArray[np.uint8]:
    rows, columns = pixels.shape[:2]
    if min(rows, columns) < MIN_SIDE_PX:
        raise VisionError(
            f"{path}: the picture is {columns} x {rows} px; at least {MIN_SIDE_PX} px a side are needed"
        )
    if pixels.dtype == np.uint16:
        pixels = (pixels.astype(np.uint16, copy=False) >> 8).astype(np.uint8)
    if pixels.dtype != np.uint8:
        raise VisionError(f"{path}: pixels are {pixels.dtype}; save the picture with 8 or 16 bits a channel")
    if pixels.ndim == 3:
        pixels = pixels[:, :, 0] if pixels.shape[2] < 3 else pixels[:, :, :3]
    return np.ascontiguousarray(pixels, np.uint8)


def _is_cut_short(data: bytes) -> bool:
    # Some decoders fill the missing rows with grey and say nothing: look for the end ourselves.
    if data.startswith(PNG_SIGNATURE):
        return PNG_END not in data[-4096:]
    if data.startswith(JPEG_SIGNATURE):
        return data.rfind(JPEG_END) < _jpeg_scan_start(data)
    return False


def _is_grey_png(data: bytes) -> bool:
    return data.startswith(PNG_SIGNATURE) and data[PNG_COLOUR_TYPE_AT] in PNG_GREY_TYPES


def _jpeg_scan_start(data: bytes) -> int:
    """Walk the header segments: an embedded thumbnail has an end mark of its own."""
    place = len(JPEG_SIGNATURE)
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            return len(data)
        if data[place + 1] == JPEG_START_OF_SCAN:
            return place
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return len(data)
