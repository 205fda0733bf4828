"""The grabber's thread: camera to bounded queue; reconnects a camera that went away."""

import logging
import queue
import threading
import time
from collections.abc import Callable

from service.line.inbox import CameraChanged, FrameShed, Message
from vision.cameras.around import has_ended
from vision.cameras.base import Camera, CameraLostError
from vision.types import Frame

log = logging.getLogger(__name__)

FRAMES_HELD = 4  # more would only be judged too late
GRAB_S = 0.1
RECONNECT_S = 0.5


class Grabber:
    """Fetches frames as they are exposed; what the line can't take in time is shed and told."""

    def __init__(
        self,
        camera: Camera,
        *,
        tell: Callable[[Message], None],
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._camera = camera
        self._tell = tell
        self._now_ns = now_ns
        self._frames: queue.Queue[tuple[Frame, int]] = queue.Queue(maxsize=FRAMES_HELD)
        self._stopping = threading.Event()
        self._here: bool | None = None  # None: nothing told yet
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="grabber", daemon=True)
        self.shed = 0
        self.grabbed_ns = 0  # when the frame that next() returned last came from the camera

    @property
    def thread_id(self) -> int | None:
        """The system's id of the thread; None before start()."""
        return self._thread.native_id

    @property
    def depth(self) -> int:
        """Frames that wait for the inspector."""
        return self._frames.qsize()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def next(self, timeout_s: float) -> Frame | None:
        """Return the oldest waiting frame, or None when none came in time."""
        try:
            frame, self.grabbed_ns = self._frames.get(timeout=timeout_s)
        except queue.Empty:
            return None
        return frame

    def stop(self, timeout_s: float = 2.0) -> None:
        """Let go of the camera and end the thread."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._connect()
                self._fetch()
            except CameraLostError as error:
                self._lose(str(error))
            except Exception as error:  # noqa: BLE001  the thread's top: any driver error is a lost camera
                log.exception("camera %s failed", self._camera.camera_id)
                self._lose(f"camera {self._camera.camera_id}: {type(error).__name__}: {error}")
        self._camera.close()

    def _connect(self) -> None:
        if self._here is not True:
            self._camera.open()
            self._here = True
            self._tell(CameraChanged(here=True, why=f"camera {self._camera.camera_id} is here"))

    def _fetch(self) -> None:
        frame = self._camera.grab(GRAB_S)
        if frame is not None:
            self._hand_over(frame)
        if not self._ended and has_ended(self._camera):
            self._ended = True
            self._tell(CameraChanged(here=True, why="recording ended", ended=True))

    def _hand_over(self, frame: Frame) -> None:
        try:
            self._frames.put_nowait((frame, self._now_ns()))
        except queue.Full:
            self.shed += 1
            self._tell(FrameShed(seq=frame.seq))

    def _lose(self, why: str) -> None:
        self._camera.close()
        if self._here is not False:
            self._here = False
            self._tell(CameraChanged(here=False, why=why))
        self._stopping.wait(RECONNECT_S)
