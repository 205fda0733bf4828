"""Frames on their way from the grabber to the line's thread, inspected meanwhile where that is asked for.

Strips of few rows leave several threads of one inspection waiting for each other; inspecting two strips at
once, each on one thread, wastes nothing. Inspections end in any order and are handed over in the frames' own.
Where only one frame is inspected at once there is no thread here: the line's own inspects.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from service.line.grabber import Grabber
from vision.inspector import Inspector
from vision.types import Frame, Inspection

log = logging.getLogger(__name__)

WAITING_HELD = 2  # inspected frames that may wait for the line's thread, beside those at work
GRAB_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrived:
    """A frame, when it came, and what was found in it if it was inspected on its way."""

    frame: Frame
    grabbed_ns: int
    taken_ns: int  # out of the queue, to be inspected
    inspector: Inspector | None = None  # who inspected it
    inspection: Inspection | None = None

    def numbered(self, seq: int) -> "Arrived":
        """The same frame under its trigger's number: a camera of its own counts otherwise."""
        if seq == self.frame.seq:
            return self
        inspection = self.inspection
        return replace(
            self,
            frame=replace(self.frame, seq=seq),
            inspection=None if inspection is None else replace(inspection, frame_seq=seq),
        )

    def inspection_by(self, inspector: Inspector) -> Inspection | None:
        """Return what this inspector found; None where another one looked: the recipe has changed."""
        return self.inspection if self.inspector is inspector else None


class Ahead:
    """What the line's thread takes its frames from."""

    def __init__(
        self,
        grabber: Grabber,
        *,
        at_once: int,
        inspector: Callable[[], Inspector | None],
        now_ns: Callable[[], int],
    ) -> None:
        """Take `at_once` frames at once; `inspector` says who inspects just now, None: nobody."""
        self._grabber = grabber
        self._inspector = inspector
        self._now_ns = now_ns
        self._taking = threading.Lock()  # held while a frame is taken: numbers go up as frames do
        self._changed = threading.Condition()  # over the next three
        self._taken = 0
        self._delivered = 0
        self._done: dict[int, Arrived] = {}
        self._most = at_once + WAITING_HELD
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"inspector-{number}", daemon=True)
            for number in range(at_once if at_once > 1 else 0)
        ]

    @property
    def thread_ids(self) -> tuple[int, ...]:
        """The system's ids of the threads that inspect; none where the line's own thread does."""
        return tuple(thread.native_id for thread in self._threads if thread.native_id is not None)

    def start(self) -> None:
        """Start the threads, if there are any."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the threads; call when the line's thread takes no more."""
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout_s)

    def next(self, timeout_s: float) -> Arrived | None:
        """Return the oldest frame, or None when none came in time."""
        if not self._threads:
            return self._take(timeout_s)
        with self._changed:
            if not self._changed.wait_for(lambda: self._delivered in self._done, timeout_s):
                return None
            arrived = self._done.pop(self._delivered)
            self._delivered += 1
            self._changed.notify_all()
        return arrived

    def _take(self, timeout_s: float) -> Arrived | None:
        frame = self._grabber.next(timeout_s)
        if frame is None:
            return None
        return Arrived(frame=frame, grabbed_ns=self._grabber.grabbed_ns, taken_ns=self._now_ns())

    def _work(self) -> None:
        while not self._stopping.is_set():
            with self._taking:
                arrived = self._take(GRAB_S) if self._has_room() else None
                number = self._taken
                self._taken += arrived is not None
            if arrived is None:
                continue
            inspected = self._inspected(arrived)
            with self._changed:
                self._done[number] = inspected
                self._changed.notify_all()

    def _has_room(self) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._taken - self._delivered < self._most, GRAB_S)

    def _inspected(self, arrived: Arrived) -> Arrived:
        try:
            inspector = self._inspector()
            if inspector is None:
                return arrived
            return Arrived(
                frame=arrived.frame,
                grabbed_ns=arrived.grabbed_ns,
                taken_ns=arrived.taken_ns,
                inspector=inspector,
                inspection=inspector.inspect(arrived.frame),
            )
        except Exception:  # noqa: BLE001  the thread's top: the line's own thread will try again
            log.exception("frame %d could not be inspected ahead", arrived.frame.seq)
            return arrived
