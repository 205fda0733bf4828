"""The uplink's thread: events and pictures up, commands down. The line never waits for it.

The log on disk is the queue: what the plant has is a number in it, so an outage of days only means that the
number stands still.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.line.command_desk import CommandDesk
from service.line.errors import LogFullError, TokenRefusedError, UplinkError
from service.line.event_log import EventLog
from service.line.inbox import Message, Recovered, Trouble
from service.line.pictures import KeptPicture, PictureRing
from service.line.plant_client import OtherLogError, PlantClient, RefusedError
from service.line_now import LineNow
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, say

log = logging.getLogger(__name__)

BATCH = 500
PICTURES_A_TURN = 8
POLL_S = 1.0  # for commands
PRUNE_S = 3_600.0  # between looks for events that are old
GAP = "gap"  # note: the last event that the plant held before those that neither of the two has
IDLE_S = 0.25  # between looks at the log
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
REFUSED_S = 60.0  # before a picture that the plant would not have is offered again
SLOW_S = 30.0  # a person must act: a wrong token, another log under this id


@dataclass(slots=True)
class UplinkCounts:
    """What went up."""

    events: int = 0
    pictures: int = 0
    failures: int = 0


class Uplink:
    """Delivers at least once, in order, for as long as it takes."""

    def __init__(
        self,
        client: PlantClient,
        event_log: EventLog,
        ring: PictureRing,
        desk: CommandDesk,
        *,
        now_ns: Callable[[], int],
        tell: Callable[[Message], None],
        keep: timedelta,
        today: Callable[[], datetime],
        say_now: Callable[[], LineNow] | None = None,
    ) -> None:
        """`say_now` is asked once a second while somebody looks at the line."""
        self._client = client
        self._log = event_log
        self._ring = ring
        self._desk = desk
        self._now_ns = now_ns
        self._tell = tell
        self._say_now = say_now
        self._keep, self._today = keep, today  # how long events stay that the plant has
        self._next_prune_ns = now_ns() + round(PRUNE_S * 1e9)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)
        self._next_poll_ns = 0
        self._failures = 0
        self._standing: set[str] = set()
        self._refused: dict[str, int] = {}  # pictures that the plant would not have, and when to try again
        self.counts = UplinkCounts()

    def start(self) -> None:
        """Answer what an earlier run left unanswered, then start the thread."""
        self._desk.answer_left_over()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the thread, then try once more to deliver what is left, within the time given."""
        end_ns = self._now_ns() + round(timeout_s * 1e9)
        self._stopping.set()
        self._thread.join(timeout_s)
        try:
            while not self._thread.is_alive() and self._now_ns() < end_ns and self._send_events():
                pass
            while not self._thread.is_alive() and self._now_ns() < end_ns and self._send_pictures():
                pass
        except (UplinkError, LogFullError) as error:
            log.info("the plant gets the rest after the next start: %s", error)
        self._client.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                wait_s = self._turn()
                self._well()
            except (UplinkError, LogFullError) as error:
                wait_s = self._failed(error)
            except Exception as error:  # noqa: BLE001  the thread's top: the line goes on, someone must look
                log.exception("the uplink failed")
                self._raise("uplink", say(Said.UPLINK_FAILED, error=f"{type(error).__name__}: {error}"))
                wait_s = SLOW_S
            self._stopping.wait(wait_s)

    def _turn(self) -> float:
        """Do what is due; returns how long to rest."""
        busy = self._send_events()
        now_ns = self._now_ns()
        if now_ns >= self._next_poll_ns:
            self._next_poll_ns = now_ns + round(POLL_S * 1e9)
            self._desk.take(self._client.commands())
            self._show()
        if now_ns >= self._next_prune_ns and not busy:
            self._prune(now_ns)
        busy = self._send_pictures() or busy
        return 0.0 if busy else IDLE_S

    def _show(self) -> None:
        """Let those who look see; events and pictures of defects matter more, so a refusal is only noted."""
        if self._say_now is None or not self._client.watched:
            return
        try:
            self._client.send_now(self._say_now())
        except RefusedError as error:
            log.warning("nobody sees the line live: %s", error)

    def _send_events(self) -> bool:
        events = self._log.read_after(self._log.forwarded(), BATCH)
        if not events:
            return False
        before = self._log.forwarded()
        held = self._client.send_events(events)
        self.counts.events += len(events)
        if held < self._log.pruned_to():
            self._pass_gap(held, events[-1].seq)
            return True
        self._log.mark_forwarded(held)
        if held < before:
            log.warning("the plant lost events from %d on: they are sent again, and the pictures", held + 1)
            self._ring.send_again()
        elif held == before:
            raise UplinkError(f"the plant took events and holds none after {held}; look at its log")
        return True

    def _pass_gap(self, held: int, sent: int) -> None:
        """The plant waits for events that are not kept any more: go on with those that are, once each."""
        if self._log.note(GAP) == str(held):
            self._log.mark_forwarded(sent)
            return
        log.error(
            "the plant lost events from %d on; those before %d are not kept any more, it gets the rest",
            held + 1,
            self._log.pruned_to() + 1,
        )
        self._log.set_note(GAP, str(held))
        self._log.mark_forwarded(self._log.pruned_to())
        self._ring.send_again()

    def _prune(self, now_ns: int) -> None:
        self._next_prune_ns = now_ns + round(PRUNE_S * 1e9)
        gone = self._log.prune(self._today() - self._keep)
        if gone:
            log.info("%d events that the plant has, older than %d days, were removed", gone, self._keep.days)

    def _send_pictures(self) -> bool:
        now_ns = self._now_ns()
        waiting = self._ring.waiting(PICTURES_A_TURN + len(self._refused))
        due = [picture for picture in waiting if self._refused.get(picture.sha256, 0) <= now_ns]
        for picture in due[:PICTURES_A_TURN]:
            self._send_picture(picture, now_ns)
        return bool(due)

    def _send_picture(self, picture: KeptPicture, now_ns: int) -> None:
        data = self._ring.read(picture)
        if data is None:
            return
        try:
            self._client.send_picture(picture.sha256, data)
        except RefusedError as error:
            log.warning("%s; tried again in %.0f s", error, REFUSED_S)
            self._refused[picture.sha256] = now_ns + round(REFUSED_S * 1e9)
            return
        self._refused.pop(picture.sha256, None)
        self._ring.mark_sent(picture)
        self.counts.pictures += 1

    def _failed(self, error: Exception) -> float:
        self.counts.failures += 1
        if isinstance(error, TokenRefusedError):
            self._raise("token_refused", heard(str(error)))
            return SLOW_S
        if isinstance(error, OtherLogError):
            self._raise("other_log", heard(str(error)))
            return SLOW_S
        if isinstance(error, RefusedError):
            self._raise("plant_refuses", heard(str(error)))
            return SLOW_S
        if self._failures == 0:
            log.warning("%s; events wait on this disk", error)
        wait_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        return wait_s

    def _well(self) -> None:
        if self._failures:
            log.info("the plant answers again")
        self._failures = 0
        for code in sorted(self._standing):
            self._tell(Recovered(code=code))
        self._standing.clear()

    def _raise(self, code: str, said: Saying) -> None:
        if code not in self._standing:
            self._standing.add(code)
            self._tell(Trouble(code=code, said=said))
