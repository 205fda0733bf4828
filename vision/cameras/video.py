"""A USB camera (UVC), an RTSP stream or a video file through OpenCV; it never serves an old frame as new.

A reader thread empties the decoder as fast as frames come. A frame carries the time it was taken, told by the
stream's own clock: what was held up by network or decoder shows how old it is.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.cameras.base import CameraLostError
from vision.cameras.clock import CameraClock
from vision.images import to_channels
from vision.types import Frame

log = logging.getLogger(__name__)

OPEN_S = 4.0  # a camera at home in the network answers and sends a key frame within this
SILENT_S = 3.0  # no frame for so long: the stream is dead, whatever the socket says
STALE_S = 1.0  # an older frame shows web that is past the outputs
FRAMES_HELD = 3
SETTLED_FRAMES = 5  # so many in a row no quicker than before: what piled up while connecting is through
QUICKER_NS = 10_000_000


@dataclass(slots=True)
class VideoCounts:
    """What became of the stream's frames."""

    frames: int = 0
    stale: int = 0  # too old when they came, or piled up while the stream connected
    repeated: int = 0  # the decoder gave the same one again
    shed: int = 0  # nobody took them


class VideoCamera:
    """A `Camera` that runs freely: `seq` counts what the stream delivered, a gap is a frame left out."""

    def __init__(
        self,
        source: str,
        *,
        rows: int,
        columns: int,
        mm_per_px: float,
        camera_id: str,
        grey: bool = True,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self.rows, self.columns = rows, columns
        self.mm_per_px = mm_per_px
        self.camera_id = camera_id
        self.channels = 1 if grey else 3
        self._utc_now = utc_now
        self._reader: _Reader | None = None
        self.counts = VideoCounts()

    @property
    def exhausted(self) -> bool:
        """Whether the source is a file whose last frame was handed out."""
        return self._reader is not None and self._reader.at_end

    def open(self) -> None:
        """Connect, and wait for the first frame.

        Raises:
            CameraLostError: no frame came in time.
        """
        self.close()
        reader = _Reader(self._source, self.camera_id, self.counts)
        reader.start()
        if not reader.wait_first(OPEN_S):
            why = reader.failure or f"no frame within {OPEN_S:g} s"
            reader.stop()
            raise CameraLostError(
                f"camera {self.camera_id}: {self._source}: {why}; check its address, its power and that "
                "no other program holds it"
            )
        self._reader = reader

    def grab(self, timeout_s: float) -> Frame | None:
        """Return the oldest frame that is fresh; None when none came in time.

        Raises:
            CameraLostError: not open, the stream broke off, or it is silent.
        """
        if self._reader is None:
            raise CameraLostError(f"camera {self.camera_id}: not open; open it before grabbing")
        taken = self._reader.next(timeout_s)
        if taken is None:
            return None
        seq, picture, captured_ns = taken
        pixels = to_channels(picture, self.channels)
        pixels.flags.writeable = False
        damaged = ""
        if pixels.shape[1] != self.columns:
            damaged = f"frame has {pixels.shape[1]} columns, the line is set up for {self.columns}"
        self.counts.frames += 1
        return Frame(
            camera_id=self.camera_id,
            seq=seq,
            pixels=pixels,
            captured_ns=captured_ns,
            captured_utc=self._utc_now(),
            damaged=damaged,
        )

    def close(self) -> None:
        """Let go of the stream; returns at once also while it still connects."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()


Taken = tuple[int, NDArray[np.uint8], int]  # seq, pixels, captured_ns


class _Reader:
    """One connection and its thread."""

    def __init__(self, source: str, camera_id: str, counts: VideoCounts) -> None:
        self._source = source
        self._counts = counts
        self._is_file = "://" not in source and not source.startswith("/dev/")
        self._clock = CameraClock()
        self._frames: deque[Taken] = deque()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"video-{camera_id}", daemon=True)
        self._seen = 0
        self._began_ns = 0
        self._stream_ns = 0
        self._calm = 0
        self._quickest_ns = 1 << 62
        self._last_ns = time.monotonic_ns()
        self._ended = False
        self.failure = ""

    @property
    def at_end(self) -> bool:
        with self._changed:
            return self._ended and not self._frames

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """OpenCV can't be interrupted while it connects: the thread ends by itself, within its time-out."""
        self._stopping.set()
        self._thread.join(0.5)

    def wait_first(self, timeout_s: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._frames or self.failure or self._ended), timeout_s)
            return bool(self._frames)

    def next(self, timeout_s: float) -> Taken | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._frames or self.failure), timeout_s)
            self._drop_stale()
            if self._frames:
                return self._frames.popleft()
            if self.failure:
                raise CameraLostError(f"{self._source}: {self.failure}")
            if not self._ended and time.monotonic_ns() - self._last_ns > SILENT_S * 1e9:
                raise CameraLostError(
                    f"{self._source}: no frame for {SILENT_S:g} s; check camera and network"
                )
            return None

    def _drop_stale(self) -> None:
        oldest_ns = time.monotonic_ns() - round(STALE_S * 1e9)
        while self._frames and self._frames[0][2] < oldest_ns:
            self._frames.popleft()
            self._counts.stale += 1

    def _run(self) -> None:
        try:
            capture = self._connected()
        except cv2.error as error:
            self._fail(f"OpenCV: {error}")
            return
        try:
            while not self._stopping.is_set() and self._read(capture):
                pass
        except cv2.error as error:
            self._fail(f"OpenCV: {error}")
        finally:
            capture.release()

    def _connected(self) -> cv2.VideoCapture:
        wait_ms = round(OPEN_S * 1e3)
        if self._source.startswith("/dev/"):
            capture = cv2.VideoCapture(self._source, cv2.CAP_V4L2)
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        else:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait_ms]
            capture = cv2.VideoCapture(self._source, cv2.CAP_FFMPEG, limits)
        if not capture.isOpened():
            self._fail("can't be opened")
        return capture

    def _read(self, capture: cv2.VideoCapture) -> bool:
        good, picture = capture.read()
        arrived_ns = time.monotonic_ns()
        if not good:
            self._end()
            return False
        stream_ns = round(capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6) + 1  # 0 would mean: no clock
        if self._is_file:
            self._pace(stream_ns, arrived_ns)
            arrived_ns = time.monotonic_ns()
        self._offer(np.asarray(picture, np.uint8), stream_ns, arrived_ns)
        return True

    def _pace(self, stream_ns: int, arrived_ns: int) -> None:
        """A file is played at its own speed, as if it were live."""
        if self._seen == 0:
            self._began_ns = arrived_ns - stream_ns
        wait_s = (self._began_ns + stream_ns - arrived_ns) / 1e9
        if wait_s > 0:
            self._stopping.wait(wait_s)

    def _offer(self, picture: NDArray[np.uint8], stream_ns: int, arrived_ns: int) -> None:
        if self._seen and stream_ns == self._stream_ns:
            self._counts.repeated += 1
            return
        self._stream_ns = stream_ns
        captured_ns = self._clock.host_ns(stream_ns, arrived_ns)
        if not self._is_settled(arrived_ns - stream_ns):
            self._counts.stale += 1
            self._seen += 1
            return
        with self._changed:
            if len(self._frames) == FRAMES_HELD:
                self._frames.popleft()
                self._counts.shed += 1
            self._frames.append((self._seen, picture, captured_ns))
            self._seen += 1
            self._last_ns = arrived_ns
            self._changed.notify_all()

    def _is_settled(self, offset_ns: int) -> bool:
        """While a pile is worked off nobody knows how old its frames are: each comes quicker."""
        if self._is_file or self._calm >= SETTLED_FRAMES:
            return True
        self._calm = 0 if offset_ns < self._quickest_ns - QUICKER_NS else self._calm + 1
        self._quickest_ns = min(self._quickest_ns, offset_ns)
        return self._calm >= SETTLED_FRAMES

    def _end(self) -> None:
        if self._is_file and self._seen:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
        else:
            self._fail("the stream broke off" if self._seen else "delivers no frame")

    def _fail(self, why: str) -> None:
        with self._changed:
            self.failure = self.failure or why
            self._changed.notify_all()
