"""The firmware's rules on the twin's clock, behind the interface that the line's shooter uses."""

from collections import deque
from collections.abc import Callable

from firmware_bridge.config import SorterConfig
from firmware_bridge.counting import WRAP
from firmware_bridge.messages import Arm, Heartbeat, Hello, ShotAnswer, ShotRequest, TriggerStart
from firmware_bridge.twin import TICK_HZ
from firmware_bridge.twin_motion import Instant
from firmware_bridge.twin_rules import SorterRules
from firmware_bridge.twin_schedule import Firing
from firmware_bridge.types import Shot, ShotResult, TriggerReport
from service.twin.agenda import Agenda
from service.twin.belt import SwingingBelt

HEARTBEAT_NS = 50_000_000
_BOOT_ID = 1


class VirtualController:
    """One controller from its boot at time 0, armed at once; a `Sorter` for the line's shooter."""

    def __init__(
        self,
        agenda: Agenda,
        belt: SwingingBelt,
        *,
        counts_per_mm: float,
        link_ms: float,
        on_expose: Callable[[TriggerReport], None],
    ) -> None:
        self._agenda, self._belt = agenda, belt
        self._counts_per_mm, self._link_ns = counts_per_mm, round(link_ms * 1e6)
        self._on_expose = on_expose
        self._pitch_counts = 0
        self._exposures = 0
        self.fired: deque[Firing] = deque()
        self._rules = SorterRules(
            config=SorterConfig(),
            tick_hz=TICK_HZ,
            boot_id=_BOOT_ID,
            at=Instant(tick=0, count=0),
            fired=self.fired,
        )
        self._seq = 1

    @property
    def tick_s(self) -> float:
        """Length of a tick of `fired`."""
        return 1 / TICK_HZ

    def start(self, pitch_counts: int) -> None:
        """Begin a session and expose every so many counts."""
        self._pitch_counts = pitch_counts
        for message in (
            Hello(seq=self._seq),
            Arm(seq=self._seq + 1, boot_id=_BOOT_ID),
            TriggerStart(seq=self._seq + 2, run=1, pitch_counts=pitch_counts),
        ):
            self._rules.handle(message)
        self._seq += 2
        self._rules.take_outbox()
        self._beat()
        self._await_exposure()

    def submit(self, shot: Shot, on_result: Callable[[ShotResult], None], deadline_ns: int) -> None:
        """Send a shot; it arrives after the link's time, and its answer is heard at once."""
        sent_ns = self._agenda.now_ns

        def arrive() -> None:
            self.advance()
            self._seq = (self._seq + 1) & 0xFFFF
            self._rules.handle(ShotRequest(seq=self._seq, shot=shot))
            (answer,) = [message for message in self._rules.take_outbox() if isinstance(message, ShotAnswer)]
            result = ShotResult(
                shot=shot,
                outcome=answer.outcome,
                margin=answer.margin,
                answered_ns=self._agenda.now_ns,
                sent_ns=sent_ns,
            )
            on_result(result)

        self._agenda.at(sent_ns + self._link_ns, arrive)

    def encoder_now(self) -> int:
        """Encoder count, unsigned 32 bit."""
        return self._count() % WRAP

    def encoder_speed(self) -> float:
        """Speed in counts/s."""
        return self._belt.speed_at(self._agenda.now_ns / 1e9) * self._counts_per_mm

    def advance(self) -> None:
        """Let the rules do everything until now."""
        tick = round(self._agenda.now_ns * TICK_HZ / 1e9)
        self._rules.advance(Instant(tick=tick, count=self._count()))
        for report in self._rules.take_exposures():
            self._on_expose(report)

    def _count(self) -> int:
        return int(self._belt.place_mm(self._agenda.now_ns / 1e9) * self._counts_per_mm)

    def _beat(self) -> None:
        self.advance()
        self._rules.handle(Heartbeat(seq=0))
        self._rules.take_outbox()
        self._agenda.at(self._agenda.now_ns + HEARTBEAT_NS, self._beat)

    def _await_exposure(self) -> None:
        self._exposures += 1
        place_mm = (self._exposures * self._pitch_counts + 1) / self._counts_per_mm
        self._agenda.at(round(self._belt.time_s(place_mm) * 1e9), self._exposure_due)

    def _exposure_due(self) -> None:
        self.advance()
        self._await_exposure()
