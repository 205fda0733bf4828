"""A free-running camera on a web: the encoder count at each exposure cuts its pictures into frames."""

from collections import deque
from collections.abc import Callable
from time import monotonic

import numpy as np

from vision.cameras.around import CameraAround
from vision.cameras.base import Camera, CameraLostError
from vision.cameras.lines import Block, LineAssembler
from vision.types import Frame

SILENT_S = 3.0
CountAt = Callable[[int], float | None]  # host monotonic ns -> unwrapped encoder count; None: not known


class PositionedCamera(CameraAround):
    """A `Camera` around another: rows of its frames are laid on the web, what was seen twice is left out."""

    def __init__(
        self,
        camera: Camera,
        *,
        rows: int,
        counts_per_row: float,
        count_at: CountAt,
        delay_ms: float = 0.0,
        line_rate_hz: float | None = None,
        overlap_rows: int = 0,
        clock_s: Callable[[], float] = monotonic,
    ) -> None:
        """`line_rate_hz`: the camera is a line-scan one at this rate; None: it exposes whole pictures."""
        super().__init__(camera)
        self._rows = rows
        self._pitch = counts_per_row
        self._count_at = count_at
        self._delay_ns = round(delay_ms * 1e6)
        self._line_ns = 1e9 / line_rate_hz if line_rate_hz else None
        self._assembler = LineAssembler(
            rows=rows,
            counts_per_row=counts_per_row,
            camera_id=camera.camera_id,
            overlap_rows=overlap_rows,
        )
        self._clock_s = clock_s
        self._silent_since_s = clock_s()
        self._ready: deque[Frame] = deque()
        self.unplaced = 0  # pictures that came while nobody knew where the web was

    @property
    def rows(self) -> int:
        """Rows of one frame."""
        return self._rows

    @property
    def exhausted(self) -> bool:
        """Whether the source is a file that has ended."""
        return not self._ready and super().exhausted

    def open(self) -> None:
        """Open the camera.

        Raises:
            CameraLostError: it can't be reached.
        """
        self._camera.open()
        self._silent_since_s = self._clock_s()

    def grab(self, timeout_s: float) -> Frame | None:
        """Return the next frame of the web; None when the web has not moved on by one.

        Raises:
            CameraLostError: the camera went away.
        """
        if not self._ready:
            picture = self._camera.grab(timeout_s)
            self._check_silence(picture)
            if picture is not None:
                block = self._placed(picture)
                self._ready += self._assembler.push(block) if block is not None else []
        return self._ready.popleft() if self._ready else None

    def _check_silence(self, picture: Frame | None) -> None:
        """It runs freely, whether the web moves or not: no trigger tells that a picture is missing."""
        if picture is not None:
            self._silent_since_s = self._clock_s()
        elif self._clock_s() - self._silent_since_s > SILENT_S and not self.exhausted:
            raise CameraLostError(
                f"camera {self.camera_id}: no picture for {SILENT_S:g} s; check its cable, and that "
                "trigger_source is off"
            )

    def _placed(self, picture: Frame) -> Block | None:
        lines = picture.pixels.shape[0]
        last_ns = picture.captured_ns - self._delay_ns
        end = self._count_at(last_ns)
        if end is None:
            self.unplaced += 1
            return None
        if self._line_ns is None:
            counts = end - (lines - 0.5 - np.arange(lines)) * self._pitch
        else:
            start = self._count_at(last_ns - round((lines - 1) * self._line_ns))
            counts = np.linspace(end if start is None else start, end, lines)
        return Block(pixels=picture.pixels, counts=counts, captured_ns=last_ns, damaged=picture.damaged)
