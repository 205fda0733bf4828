"""Trigger reports put in order: a lost one is asked for again, and given up after a while; pure."""

from collections.abc import Callable

from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.messages import TriggerResend
from firmware_bridge.types import TriggerReport

RETRY_NS = 10_000_000
TRIES = 50  # half a second, as long as a silent controller is borne with
MOST_ASKED = 8  # reports asked for at once: 4 ms of line
MOST_HELD = 64  # the controller keeps no more


class TriggerInbox:
    """Passes the reports of one run on, in order and each once."""

    def __init__(self, deliver: Callable[[TriggerReport], None], counters: LinkCounters) -> None:
        self._deliver = deliver
        self._counters = counters
        self._run: int | None = None
        self._next = 0  # number of the next report to pass on
        self._held: dict[int, TriggerReport] = {}
        self._known = 0  # exposures the controller is known to have made
        self._tries = 0
        self._ask_ns = 0

    def begin(self, run: int | None) -> None:
        """Expect this run from number 0; reports of any other are old and ignored. None: expect none."""
        self._run = run
        self._next = self._known = self._tries = 0
        self._held.clear()

    def take(self, run: int, report: TriggerReport, now_ns: int) -> None:
        """Take a report as it comes."""
        if run != self._run or report.seq < self._next:
            return
        self._held[report.seq] = report
        self.note_exposures(run, report.seq + 1, now_ns)
        self._pass_on()

    def note_exposures(self, run: int, exposures: int, now_ns: int) -> None:
        """Learn how many exposures the run has had: the last report may be the one that was lost."""
        if run != self._run:
            return
        if not self._is_missing() and exposures > self._next:
            self._tries, self._ask_ns = 0, now_ns
        self._known = max(self._known, exposures)

    def due(self, now_ns: int, seq: int) -> TriggerResend | None:
        """Return what to ask for now, if anything."""
        if self._run is None or not self._is_missing() or now_ns < self._ask_ns:
            return None
        if self._tries >= TRIES or len(self._held) > MOST_HELD:
            self._give_up(min(self._held, default=self._known))
            if not self._is_missing():
                return None
        self._tries += 1
        self._ask_ns = now_ns + RETRY_NS
        return TriggerResend(seq=seq, run=self._run, first=self._next, count=self._gap())

    def note_oldest(self, run: int, oldest: int) -> None:
        """Learn which reports the controller still keeps: older ones will never come."""
        if run == self._run:
            self._give_up(min(oldest, self._known))

    def next_ns(self) -> int | None:
        """Return when due() will have something, if nothing else happens."""
        return self._ask_ns if self._is_missing() else None

    def _is_missing(self) -> bool:
        return self._known > self._next

    def _gap(self) -> int:
        asked = range(self._next, min(self._known, self._next + MOST_ASKED))
        return max(seq for seq in asked if seq not in self._held) - self._next + 1

    def _give_up(self, until: int) -> None:
        """Leave the missing exposures before `until` as gaps in the numbers: their frames have no place."""
        while self._next < until:
            self._counters.lost_reports += self._next not in self._held
            self._next += self._next not in self._held
            self._tries = 0
            self._pass_on()

    def _pass_on(self) -> None:
        while (report := self._held.pop(self._next, None)) is not None:
            self._next += 1
            self._tries = 0
            self._deliver(report)
