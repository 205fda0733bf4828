"""The recorder's thread: encodes pictures, then writes the events that name them, many in one transaction.

Everything that happens is handed over in order and without waiting. A picture is on disk before the event
that names it. While the disk takes no events they wait here, pictures are given up for them, and only a full
buffer loses events, which is counted.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from service.events import Body, DefectFound, FrameJudged, Stamp
from service.line.crops import JPEG, PNG, PictureJob, encode
from service.line.errors import LogFullError
from service.line.event_log import Draft, EventLog
from service.line.inbox import Message, Recovered, Trouble
from service.line.pictures import KeptPicture, PictureRing
from service.picture_events import PictureDropped, PictureKept
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, say

log = logging.getLogger(__name__)

EVENTS_HELD = 200_000  # about an hour of a busy line; some 200 MB
PICTURE_BYTES_HELD = 128_000_000  # pixels that wait to be encoded; more are shed
BATCH = 500
RETRY_S = 1.0
ROOM_BYTES = 4_000_000  # freed from the pictures at once for events


@dataclass(slots=True)
class Ticket:
    """A picture on its way to the disk; its hash is known once the recorder has passed it."""

    job: PictureJob | None  # None: passed; whoever still holds the ticket must not hold the pixels
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    stamp: Stamp
    body: Body
    ticket: Ticket | None = None


@dataclass(slots=True)
class RecorderCounts:
    """What the recorder could not keep."""

    events_lost: int = 0
    pictures_shed: int = 0
    pictures_failed: int = 0


@dataclass(slots=True)
class _Work:
    items: deque[_Entry | tuple[Stamp, Ticket]] = field(default_factory=deque)
    picture_bytes: int = 0
    busy: bool = False


class Recorder:
    """Writes the line's events and pictures in its own thread."""

    def __init__(
        self,
        event_log: EventLog,
        ring: PictureRing,
        *,
        stamp: Callable[[], Stamp],
        tell: Callable[[Message], None],
        events_held: int = EVENTS_HELD,
        retry_s: float = RETRY_S,
    ) -> None:
        self._log = event_log
        self._ring = ring
        self._stamp = stamp
        self._tell = tell
        self._events_held = events_held
        self._retry_s = retry_s
        self._work = _Work()
        self._changed = threading.Condition()
        self._taken: deque[_Entry | tuple[Stamp, Ticket]] = deque()
        self._ready: deque[Draft] = deque()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self.counts = RecorderCounts()
        self._troubles: set[str] = set()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def record(self, body: Body, *, picture: Ticket | None = None) -> None:
        """Record an event, stamped now; `picture` gives it its picture's hash. Never waits."""
        entry = _Entry(self._stamp(), body, picture)
        with self._changed:
            if len(self._work.items) + len(self._ready) >= self._events_held:
                self.counts.events_lost += 1
                return
            self._work.items.append(entry)
            self._changed.notify_all()

    def keep(self, job: PictureJob) -> Ticket | None:
        """Keep a picture; None when too many wait already, which is counted. Never waits."""
        ticket = Ticket(job)
        with self._changed:
            if self._work.picture_bytes + job.pixels.nbytes > PICTURE_BYTES_HELD:
                self.counts.pictures_shed += 1
                return None
            self._work.picture_bytes += job.pixels.nbytes
            self._work.items.append((self._stamp(), ticket))
            self._changed.notify_all()
        return ticket

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was handed over is on disk; False when it isn't in time."""
        with self._changed:
            return self._changed.wait_for(self._idle, timeout_s)

    def stop(self, timeout_s: float) -> bool:
        """Write what is left and end the thread; False when events were left unwritten."""
        done = self.flush(timeout_s)
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if not done:
            log.error("%d events could not be written before the end; free the disk", len(self._ready))
        return done

    def _idle(self) -> bool:
        return not (self._work.items or self._taken or self._ready or self._work.busy)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._take()
            try:
                while self._taken:
                    self._prepare(self._taken.popleft())
                self._write()
            except Exception as error:  # noqa: BLE001  the thread's top: nothing may end the recording
                log.exception("the recorder lost what it was at")
                self._raise("recorder", say(Said.RECORDER_FAILED, error=str(error)))
            with self._changed:
                self._work.busy = False
                self._changed.notify_all()
            if self._ready:
                self._stopping.wait(self._retry_s)

    def _take(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._idle() or self._stopping.is_set())
            room = max(0, BATCH - len(self._ready) - len(self._taken))
            for _ in range(min(room, len(self._work.items))):
                self._taken.append(self._work.items.popleft())
            self._work.busy = True

    def _prepare(self, item: _Entry | tuple[Stamp, Ticket]) -> None:
        if isinstance(item, _Entry):
            self._ready.append(Draft(stamp=item.stamp, body=_with_picture(item.body, item.ticket)))
            return
        stamp, ticket = item
        job, ticket.job = ticket.job, None
        if job is not None:
            with self._changed:
                self._work.picture_bytes -= job.pixels.nbytes
            self._keep(stamp, ticket, job)

    def _keep(self, stamp: Stamp, ticket: Ticket, job: PictureJob) -> None:
        try:
            data, scale = encode(job.pixels, job.longest_px, lossless=job.lossless)
            sha256, gone = self._ring.keep(data, job.why)
        except (OSError, ValueError) as error:
            self.counts.pictures_failed += 1
            self._raise("pictures", say(Said.PICTURE_NOT_KEPT, error=str(error)))
            return
        self._clear("pictures")
        if sha256 not in {picture.sha256 for picture in gone}:
            ticket.sha256 = sha256
            self._ready.append(Draft(stamp=stamp, body=_kept(job, sha256, len(data), scale)))
        self._say_dropped(stamp, [picture for picture in gone if picture.sha256 != sha256])

    def _write(self) -> None:
        drafts = list(self._ready)
        if not drafts:
            return
        try:
            self._log.append(drafts)
        except LogFullError as error:
            self._raise("event_log", heard(str(error)), degrades=True)
            self._say_dropped(drafts[-1].stamp, self._ring.make_room(ROOM_BYTES))
            return
        with self._changed:
            self._ready.clear()
        self._clear("event_log")
        self._report_losses()

    def _say_dropped(self, stamp: Stamp, gone: list[KeptPicture]) -> None:
        for picture in gone:
            if not picture.sent:
                body = PictureDropped(sha256=picture.sha256, why=picture.why)
                self._ready.append(Draft(stamp=stamp, body=body))

    def _report_losses(self) -> None:
        if self.counts.events_lost and "events_lost" not in self._troubles:
            self._raise("events_lost", say(Said.EVENTS_LOST, events=self.counts.events_lost))
        if self.counts.pictures_shed and "pictures_shed" not in self._troubles:
            self._raise("pictures_shed", say(Said.PICTURES_SHED, pictures=self.counts.pictures_shed))

    def _raise(self, code: str, said: Saying, *, degrades: bool = False) -> None:
        if code not in self._troubles:
            self._troubles.add(code)
            self._tell(Trouble(code=code, said=said, degrades=degrades))

    def _clear(self, code: str) -> None:
        if code in self._troubles:
            self._troubles.discard(code)
            self._tell(Recovered(code=code))


def _with_picture(body: Body, ticket: Ticket | None) -> Body:
    if ticket is not None and isinstance(body, FrameJudged | DefectFound):
        return replace(body, picture_sha256=ticket.sha256)
    return body


def _kept(job: PictureJob, sha256: str, size: int, scale: float) -> PictureKept:
    return PictureKept(
        sha256=sha256,
        media_type=PNG if job.lossless else JPEG,
        bytes=size,
        why=job.why,
        roll_id=job.roll_id,
        lot_id=job.lot_id,
        web_mm=job.web_mm,
        x0_mm=job.x0_mm,
        mm_per_px=job.mm_per_px / scale,
        frame_seq=job.frame_seq,
        score=job.score,
    )
