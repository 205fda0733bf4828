"""A second camera over the same web: its rows that show the place of the first camera's frame."""

from collections.abc import Callable
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from vision.cameras.base import Camera
from vision.types import Frame

WAIT_S = 0.25  # its frame may come so much later


class Companion:
    """Frames belong together by the time of their exposure: both cameras hang on one trigger.

    A camera that sees a place `early_rows` before the first one showed the top of the first one's frame at
    the end of its own frame before.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        early_rows: int,
        together_ns: int,
        clock_s: Callable[[], float] = monotonic,
    ) -> None:
        self.camera = camera
        self._early = early_rows
        self._together_ns = together_ns
        self._clock_s = clock_s
        self._now: Frame | None = None
        self._before: Frame | None = None

    def open(self) -> None:
        """Open the camera; what came before is forgotten."""
        self._now = self._before = None
        self.camera.open()

    def rows_of(self, frame: Frame) -> tuple[NDArray[np.uint8] | None, str]:
        """Return its rows at the place of `frame`, or why they can't be had.

        Raises:
            CameraLostError: this camera is gone.
        """
        shown = self._exposed_with(frame)
        if shown is None:
            return None, f"camera {self.camera.camera_id} has no frame of that moment"
        if shown.damaged:
            return None, f"camera {self.camera.camera_id}: {shown.damaged}"
        if not self._early:
            return shown.pixels, ""
        before = self._before
        if before is None or before.damaged or before.seq != shown.seq - 1:
            return None, f"camera {self.camera.camera_id} lost the frame before"
        top = before.pixels[before.pixels.shape[0] - self._early :]
        return np.concatenate((top, shown.pixels[: shown.pixels.shape[0] - self._early])), ""

    def _exposed_with(self, frame: Frame) -> Frame | None:
        end_s = self._clock_s() + WAIT_S
        while self._now is None or self._now.captured_ns < frame.captured_ns - self._together_ns:
            left_s = end_s - self._clock_s()
            came = self.camera.grab(max(0.0, left_s))
            if came is not None:
                self._before, self._now = self._now, came
            elif left_s <= 0:
                return None
        ahead = self._now.captured_ns > frame.captured_ns + self._together_ns
        return None if ahead else self._now
