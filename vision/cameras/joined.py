"""Several cameras as one `Camera`; how their pixels are joined is given: stitching.py, channels.py."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vision.cameras.around import has_ended
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
        self.camera_id, self.rows = leader.camera_id, leader.rows
        self._companions = tuple(companions)
        self._join = join
        self.columns = columns
        self.channels = channels
        self.mm_per_px = mm_per_px

    @property
    def exhausted(self) -> bool:
        """Whether the leader is a recording that has ended."""
        return has_ended(self._leader)

    def open(self) -> None:
        """Open all of them.

        Raises:
            CameraLostError: one can't be reached.
        """
        for companion in self._companions:
            companion.open()
        self._leader.open()
        self.rows = self._leader.rows

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
        shape = (self.rows, self.columns) if self.channels == 1 else (self.rows, self.columns, 3)
        return np.zeros(shape, np.uint8)
