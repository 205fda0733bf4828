"""Several cameras as one `Camera`; how their pixels are joined is given: stitching.py, channels.py."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vision.cameras.base import Camera
from vision.cameras.companion import Companion
from vision.types import Frame

Join = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.uint8]]  # rows of each camera, the leader's first


class JoinedCamera:
    """A `Camera` that leads another one and adds what its companions saw; numbers are the leader's."""

    def __init__(
        self,
        leader: Camera,
        companions: Sequence[Companion],
        join: Join,
        *,
        columns: int,
        channels: int,
        mm_per_px: float,
    ) -> None:
        self._leader = leader
        self._companions = tuple(companions)
        self._join = join
        self._columns = columns
        self._channels = channels
        self._mm_per_px = mm_per_px

    @property
    def camera_id(self) -> str:
        """Name in settings, events and calibration."""
        return self._leader.camera_id

    @property
    def rows(self) -> int:
        """Rows of one frame."""
        return self._leader.rows

    @property
    def columns(self) -> int:
        """Columns of one frame."""
        return self._columns

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (BGR)."""
        return self._channels

    @property
    def mm_per_px(self) -> float:
        """Nominal size of a pixel on the material."""
        return self._mm_per_px

    @property
    def exhausted(self) -> bool:
        """Whether the leader is a recording that has ended."""
        return bool(getattr(self._leader, "exhausted", False))

    def open(self) -> None:
        """Open all of them.

        Raises:
            CameraLostError: one can't be reached.
        """
        for companion in self._companions:
            companion.open()
        self._leader.open()

    def grab(self, timeout_s: float) -> Frame | None:
        """Return the next frame; damaged where one camera's part is missing.

        Raises:
            CameraLostError: one went away.
        """
        frame = self._leader.grab(timeout_s)
        if frame is None:
            return None
        parts: list[NDArray[np.uint8]] = [frame.pixels]
        reasons = [frame.damaged] if frame.damaged else []
        for companion in self._companions:
            pixels, why = companion.rows_of(frame)
            if pixels is None:
                reasons.append(why)
            else:
                parts.append(pixels)
        damaged = "; ".join(reasons)
        whole = self._nothing() if damaged else self._join(parts)
        whole.flags.writeable = False
        return replace(frame, pixels=whole, damaged=damaged)

    def close(self) -> None:
        """Let go of all of them."""
        self._leader.close()
        for companion in self._companions:
            companion.camera.close()

    def _nothing(self) -> NDArray[np.uint8]:
        shape = (self.rows, self._columns) if self._channels == 1 else (self.rows, self._columns, 3)
        return np.zeros(shape, np.uint8)
