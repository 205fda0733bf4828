"""The same place under another light as a channel of the picture: white polypropylene on white lint.

A recipe judges one channel or three. Blue becomes what the other light shows (UV fluorescence, crossed
polarisers), green and red what the visible one does; filters and statistics are then learnt as ever.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.cameras.around import CameraAround
from vision.images import to_channels
from vision.types import Frame


class ExtraChannel:
    """Lays a second camera's picture on the first one's, column by column."""

    def __init__(self, *, columns: int, mm_per_px: float, extra_x0_mm: float, extra_mm_per_px: float) -> None:
        """`extra_x0_mm`: the extra picture's left edge, from that of the visible one."""
        middles = (np.arange(columns, dtype=np.float32) + 0.5) * mm_per_px
        self._source = ((middles - extra_x0_mm) / extra_mm_per_px - 0.5).astype(np.float32)

    def __call__(self, parts: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Join visible and extra to (rows, columns, 3)."""
        visible, extra = (to_channels(part, 1) for part in parts)
        shape = visible.shape
        across = np.broadcast_to(self._source, shape).copy()
        along = np.broadcast_to(np.arange(shape[0], dtype=np.float32)[:, None], shape).copy()
        laid = cv2.remap(extra, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.dstack((np.asarray(laid, np.uint8), visible, visible))


class StrobedCamera(CameraAround):
    """A line-scan camera whose light changes with each line: even lines visible, odd ones the other light.

    A frame has half as many rows as the camera's. The odd line lies half a row further on the web, so the
    other light's value at a row is the mean of the odd lines before and behind it.
    """

    @property
    def rows(self) -> int:
        """Rows of one frame."""
        return self._camera.rows // 2

    @property
    def channels(self) -> int:
        """Three: the other light, visible, visible."""
        return 3

    def grab(self, timeout_s: float) -> Frame | None:
        """Wait for the next frame and part its lights.

        Raises:
            CameraLostError: the camera went away.
        """
        frame = self._camera.grab(timeout_s)
        return None if frame is None else _parted(frame)


def _parted(frame: Frame) -> Frame:
    lines = to_channels(frame.pixels, 1)
    visible, other = lines[0::2], lines[1::2]
    visible = visible[: other.shape[0]]
    before = np.concatenate((other[:1], other[:-1]))
    at_row = ((before.astype(np.uint16) + other + 1) // 2).astype(np.uint8)
    pixels = np.dstack((at_row, visible, visible))
    pixels.flags.writeable = False
    return replace(frame, pixels=pixels)
