"""A kept clip as a camera: the frames byte for byte, at the pulses of a cable or with their own times."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vision.cameras.base import CameraLostError
from vision.cameras.clip_file import read_frames
from vision.cameras.wire import TriggerWire
from vision.types import Frame, VisionError


class ClipCamera:
    """With a cable, pulse n delivers frame n, placed anew; without, frames keep their number and time."""

    def __init__(
        self, clip: Path, wire: TriggerWire | None, *, mm_per_px: float, camera_id: str, loop: bool = False
    ) -> None:
        self._clip = clip
        self._wire = wire
        self.mm_per_px = mm_per_px
        self.camera_id = camera_id
        self._loop = loop
        self._frames: Iterator[Frame] | None = None
        self._next: Frame | None = None
        self._shape: tuple[int, ...] = (0, 0)
        self._last_seq = -1

    @property
    def rows(self) -> int:
        """Rows of the first frame; 0 before the clip is open."""
        return self._shape[0]

    @property
    def columns(self) -> int:
        """Columns of the first frame."""
        return self._shape[1]

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (BGR)."""
        return 1 if len(self._shape) == 2 else self._shape[2]

    @property
    def exhausted(self) -> bool:
        """Whether the last frame has been delivered."""
        return self._frames is not None and self._next is None

    def open(self) -> None:
        """Go to the clip's first frame.

        Raises:
            CameraLostError: there is none.
        """
        self._frames = read_frames(self._clip)
        self._last_seq = -1
        self._advance()
        if self._next is None:
            raise CameraLostError(
                f"camera {self.camera_id}: no frame in {self._clip}; give the folder of a kept clip"
            )
        self._shape = self._next.pixels.shape

    def grab(self, timeout_s: float) -> Frame | None:
        """Deliver the next frame; None without a pulse or behind the last one.

        Raises:
            CameraLostError: not open, or the clip is damaged.
        """
        if self._frames is None:
            raise CameraLostError(f"camera {self.camera_id}: not open; open it before grabbing")
        if self._wire is None:
            frame = self._next
            if frame is not None:
                self._advance()
            return frame
        pulse = self._wire.wait(timeout_s)
        if pulse is None or self._next is None:
            return None
        seq, captured_ns = pulse
        for _ in range(seq - self._last_seq - 1):  # a lost pulse leaves its frame out
            self._advance()
        self._last_seq = seq
        frame = self._next
        if frame is None:
            return None
        self._advance()
        return replace(frame, camera_id=self.camera_id, seq=seq, captured_ns=captured_ns, end_count=None)

    def close(self) -> None:
        """Let go of the clip."""
        self._frames = self._next = None

    def _advance(self) -> None:
        if self._frames is None:
            return
        try:
            self._next = next(self._frames, None)
            if self._next is None and self._loop:
                self._frames = read_frames(self._clip)
                self._next = next(self._frames, None)
        except (VisionError, OSError) as error:
            raise CameraLostError(f"camera {self.camera_id}: {error}") from error
