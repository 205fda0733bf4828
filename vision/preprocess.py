"""Correct a frame and cut it into uint8 tiles; stitch the tiles' maps together again.

Nothing here looks at pixel values to decide what to do, and nothing is scaled: the graph does that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.calibration import Calibration
from vision.card import ModelCard
from vision.flat_field import FlatField
from vision.types import Frame, VisionError

WHOLE_FRAME_ROWS = 320  # a frame up to this height is one tile
TILE_JUDGED_ROWS = 256
Value = TypeVar("Value", bound=np.generic)
JOINT_ROWS = 4  # beside a joint: rows where a picture's own border is seen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tile:
    """A full-width strip of a frame; its map counts for the rows `keep_from` to `keep_to` only."""

    pixels: NDArray[np.uint8]  # (rows, columns) or (rows, columns, 3), a view of the frame
    first_row: int
    keep_from: int
    keep_to: int


class Corrector:
    """Takes a camera's uneven columns or pixels out; hands the same pixels on where no flat field was solved.

    Places are not corrected here: frames are never resampled, `vision/pixel_map.py` places what was found.
    """

    def __init__(self, calibration: Calibration) -> None:
        self.calibration = calibration
        self._flat = calibration.flat_field
        self._shape: tuple[int, ...] = ()
        self._gain: NDArray[np.float32] = np.empty(0, np.float32)  # of every pixel, made once per frame size
        self._dark: NDArray[np.uint8] | None = None

    def correct(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the corrected pixels, read-only like the frame's own.

        Raises:
            VisionError: the flat field was solved for frames of another size.
        """
        if self._flat is None:
            return pixels
        if self._shape != pixels.shape:
            self._spread(self._flat, pixels)
        level = pixels if self._dark is None else cv2.subtract(pixels, self._dark)
        corrected = np.asarray(cv2.multiply(level, self._gain, dtype=cv2.CV_8U), np.uint8)
        corrected.flags.writeable = False
        return corrected

    def _spread(self, flat: FlatField, pixels: NDArray[np.uint8]) -> None:
        """Lay gain and dark over a frame of this size: 0.3 ms a megapixel then."""
        channels = 1 if pixels.ndim == 2 else 3
        held = flat.gain.shape[:2] if flat.per_pixel else flat.gain.shape[:1]
        seen = pixels.shape[:2] if flat.per_pixel else pixels.shape[1:2]
        if held != seen or channels != flat.channels:
            raise VisionError(
                f"camera {self.calibration.camera_id}: the flat field is for {_size(held)} of "
                f"{flat.channels} "
                "channels, the "
                f"frame has {_size(seen)} of {channels}; calibrate the camera again"
            )
        self._gain = np.broadcast_to(flat.gain, pixels.shape).copy()
        if flat.dark is not None and flat.dark.max() >= 0.5:  # less is no whole grey level anywhere
            self._dark = np.broadcast_to(np.round(flat.dark), pixels.shape).astype(np.uint8)
        self._shape = pixels.shape


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} columns" if len(shape) == 1 else f"{shape[1]} x {shape[0]} pixels"


def judged_rows(frame: Frame, stride: int, joint_rows: int = JOINT_ROWS) -> tuple[int, int]:
    """Return the first row that is judged and the row behind the last one: joints are left out.

    Whole map cells are left out, so at a stride of 8 a joint costs 8 rows.
    """
    rows = frame.pixels.shape[0]
    first = -(-joint_rows // stride) * stride if frame.joint_top else 0
    behind = (rows - joint_rows) // stride * stride if frame.joint_bottom else rows
    if behind - first < stride:
        raise VisionError(
            f"camera {frame.camera_id}: a frame of {rows} rows has nothing left between its joints"
        )
    return first, behind


def cut_tiles(pixels: NDArray[np.uint8], card: ModelCard) -> tuple[Tile, ...]:
    """Cut full-width tiles that overlap by the card's halo on both sides; the last one is shifted up.

    Together the tiles keep every row once.
    """
    rows = pixels.shape[0]
    if rows <= WHOLE_FRAME_ROWS:
        return (Tile(pixels=pixels, first_row=0, keep_from=0, keep_to=rows),)
    stride = card.output_stride
    halo = -(-card.halo_rows // stride) * stride
    judged = max(stride, TILE_JUDGED_ROWS // stride * stride)
    height = judged + 2 * halo
    tiles: list[Tile] = []
    kept = 0
    while kept < rows:
        first = max(kept - halo, 0)
        if first + height >= rows:
            first = max(0, (rows - height) // stride * stride)
            tiles.append(Tile(pixels=pixels[first:], first_row=first, keep_from=kept, keep_to=rows))
            break
        keep_to = first + height - halo
        tile = pixels[first : first + height]
        tiles.append(Tile(pixels=tile, first_row=first, keep_from=kept, keep_to=keep_to))
        kept = keep_to
    return tuple(tiles)


def stitch_maps(tiles: Iterable[tuple[Tile, NDArray[Value]]], rows: int, stride: int) -> NDArray[Value]:
    """Join the tiles' maps (n, map rows, map columns); each row comes from the tile that keeps it.

    Raises:
        VisionError: there is no tile.
    """
    whole: NDArray[Value] | None = None
    for tile, part in tiles:
        if tile.keep_from == 0 and tile.keep_to == rows:
            return part
        if whole is None:
            whole = np.empty((part.shape[0], -(-rows // stride), part.shape[2]), part.dtype)
        first, behind = tile.keep_from // stride, -(-tile.keep_to // stride)
        offset = tile.first_row // stride
        whole[:, first:behind] = part[:, first - offset : behind - offset]
    if whole is None:
        raise VisionError("a frame was cut into no tile at all; its height is 0")
    return whole
