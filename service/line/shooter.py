"""Ordered shots to the microcontroller, and its answers to events: every order is answered exactly once."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.types import Output, Shot, ShotOutcome, ShotResult
from service.event_terms import Actuator, ShotFate
from service.events import Body, OrderedShot, SeenDefect, ShotAnswered, ShotGivenUp, SortingPolicy
from service.line.duty import Duty
from service.line.odometer import Odometer
from service.line.web_book import Feed, Owner
from service.sorting import lane_edges_mm

BITS = {Actuator.GATE: Output.GATE, Actuator.MARKER: Output.MARKER, Actuator.LINE_STOP: Output.LINE_STOP}
FATES = {ShotOutcome.SCHEDULED: ShotFate.SCHEDULED, ShotOutcome.NO_ANSWER: ShotFate.NO_ANSWER}


class Sorter(Protocol):
    """What the shooter needs of the link."""

    def submit(self, shot: Shot, on_result: Callable[[ShotResult], None], deadline_ns: int) -> None:
        """Send a shot; `on_result` is called exactly once."""

    def encoder_now(self) -> int:
        """Estimated encoder count, unsigned 32 bit."""

    def encoder_speed(self) -> float:
        """Estimated speed in counts/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where the outputs stand and how fast they are."""

    distance_mm: float  # camera line to valves or marker
    latency_ms: float
    nominal_mm_s: float  # until the encoder has told the speed
    counts_per_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Count and speed read together, for all shots of one frame."""

    count32: int
    speed_mm_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    order: OrderedShot
    owner: Owner
    end_ns: int


class Shooter:
    """Fires what was decided; called by the line's thread, answered on the link's."""

    def __init__(
        self,
        sorter: Sorter,
        odometer: Odometer,
        *,
        reach: Reach,
        policy: SortingPolicy,
        feed: Feed,
        now_ns: Callable[[], int],
        record: Callable[[Body], None],
    ) -> None:
        self._sorter = sorter
        self._odometer = odometer
        self._reach = reach
        self._policy = policy
        self._feed = feed
        self._now_ns = now_ns
        self._record = record
        self._answered = threading.Condition()  # over the next four
        self._waiting = 0
        self._taken_mm: dict[int, float] = {}  # lane -> to where its scheduled shots have been weighed
        self._scheduled: deque[_Pending] = deque()  # taken by the controller, not done when last looked at
        self._duty = Duty(now_ns=now_ns)

    def last_end_ns(self) -> int:
        """Return when the last scheduled shot will have ended, on the monotonic clock."""
        with self._answered:
            return max((pending.end_ns for pending in self._scheduled), default=0)

    def give_up(self, since_ns: int, why: str) -> tuple[OrderedShot, ...]:
        """The controller drops its schedule at `since_ns`: record the shots that were not done by then.

        Whether a shot near that moment was still done nobody knows: it counts as not done.
        """
        with self._answered:
            lost = [pending for pending in self._scheduled if pending.end_ns > since_ns]
            self._scheduled = deque(pending for pending in self._scheduled if pending.end_ns <= since_ns)
        for pending in lost:
            self._record(given_up(pending.order, pending.owner, why))
        return tuple(pending.order for pending in lost)

    def aim(self) -> Aim:
        """Read where the material is now and how fast it goes."""
        speed = self._sorter.encoder_speed() / self._reach.counts_per_mm
        return Aim(
            count32=self._sorter.encoder_now(), speed_mm_s=speed if speed > 0 else self._reach.nominal_mm_s
        )

    def time_left_ms(self, from_mm: float, aim: Aim) -> float:
        """Time until a place on the web must be acted on; negative: it has passed."""
        shot = self._shot(from_mm, from_mm, int(Output.MARKER), aim)
        return self._odometer.time_left_ms(shot, count32=aim.count32, speed_mm_s=aim.speed_mm_s)

    def fire(
        self,
        orders: tuple[OrderedShot, ...],
        defects: tuple[SeenDefect, ...],
        owner: Owner,
        aim: Aim,
        on_result: Callable[[ShotResult], None] = lambda result: None,
    ) -> int:
        """Send every order that is still in time; the others are escapes, recorded as too late.

        Returns how many were sent; `on_result` hears the answer to each on the link's thread.
        """
        sent = 0
        for order in orders:
            mass = self._masses(order, defects)
            shot = self._shot(order.from_mm, order.to_mm, _mask(order), aim)
            left_ms = self._odometer.time_left_ms(shot, count32=aim.count32, speed_mm_s=aim.speed_mm_s)
            if left_ms <= 0:
                detail = f"decided {-left_ms:.1f} ms after the shot had to start"
                self._answer(order, owner, ShotFate.TOO_LATE, detail, left_ms, (0.0, 0.0))
                continue
            self._submit(order, shot, owner, left_ms, mass, aim, on_result)
            sent += 1
        return sent

    def duty(self, lanes: int) -> tuple[float, ...]:
        """Share of the last minute that each valve was open, by lane."""
        with self._answered:
            return self._duty.shares(lanes)

    def wait_answered(self, timeout_s: float) -> bool:
        """Wait until no order is open; False when some still are."""
        with self._answered:
            return self._answered.wait_for(lambda: self._waiting == 0, timeout_s)

    def _submit(
        self,
        order: OrderedShot,
        shot: Shot,
        owner: Owner,
        left_ms: float,
        mass: tuple[float, float],
        aim: Aim,
        tell: Callable[[ShotResult], None],
    ) -> None:
        now_ns = self._now_ns()
        start_ns = now_ns + round(left_ms * 1e6)
        lasts_ms = shot.length / self._reach.counts_per_mm / aim.speed_mm_s * 1e3
        pending = _Pending(order=order, owner=owner, end_ns=start_ns + round(lasts_ms * 1e6))
        with self._answered:
            self._waiting += 1

        def on_result(result: ShotResult) -> None:
            fate = FATES.get(result.outcome, ShotFate.REFUSED)
            margin_ms = result.margin / self._reach.counts_per_mm / aim.speed_mm_s * 1e3
            detail = "" if fate is ShotFate.SCHEDULED else result.outcome.value
            done = mass if fate is ShotFate.SCHEDULED else (0.0, 0.0)
            self._answer(order, owner, fate, detail, margin_ms, done)
            with self._answered:
                self._waiting -= 1
                if fate is ShotFate.SCHEDULED:
                    self._note_scheduled(pending, now_ns)
                    if order.actuator is Actuator.VALVE:
                        self._duty.add(order.lane, lasts_ms)
                        self._taken_mm[order.lane] = max(
                            order.to_mm, self._taken_mm.get(order.lane, order.to_mm)
                        )
                self._answered.notify_all()
            tell(result)

        self._sorter.submit(shot, on_result, start_ns)

    def _note_scheduled(self, pending: _Pending, now_ns: int) -> None:
        while self._scheduled and self._scheduled[0].end_ns < now_ns:
            self._scheduled.popleft()
        self._scheduled.append(pending)

    def _answer(
        self,
        order: OrderedShot,
        owner: Owner,
        fate: ShotFate,
        detail: str,
        margin_ms: float,
        mass: tuple[float, float],
    ) -> None:
        self._record(
            ShotAnswered(
                command_id=order.command_id,
                roll_id=owner.roll_id,
                lot_id=owner.lot_id,
                actuator=order.actuator,
                lane=order.lane,
                from_mm=order.from_mm,
                to_mm=order.to_mm,
                fate=fate,
                detail=detail,
                margin_ms=margin_ms,
                ejected_kg=mass[0],
                good_fibre_kg=mass[1],
            )
        )

    def _shot(self, from_mm: float, to_mm: float, outputs: int, aim: Aim) -> Shot:
        return self._odometer.shot(
            from_mm,
            to_mm,
            outputs=outputs,
            distance_mm=self._reach.distance_mm,
            latency_ms=self._reach.latency_ms,
            speed_mm_s=aim.speed_mm_s,
        )

    def _masses(self, order: OrderedShot, defects: tuple[SeenDefect, ...]) -> tuple[float, float]:
        """Kilograms in a valve's window, and how much of them is good fibre.

        A piece over two strips is shot at in both: where the windows overlap, the valve is open once.
        """
        if order.actuator is not Actuator.VALVE or self._feed.kg_per_m2 == 0:
            return 0.0, 0.0
        left, right = lane_edges_mm(order.lane, self._policy)
        with self._answered:
            from_mm = min(max(order.from_mm, self._taken_mm.get(order.lane, order.from_mm)), order.to_mm)
        window_mm2 = (order.to_mm - from_mm) * (right - left)
        foreign_mm2 = sum(
            defect.area_mm2 * _overlap_share(defect.x0_mm, defect.x1_mm, left, right)
            for defect in defects
            if defect.y0_mm < order.to_mm and defect.y1_mm > from_mm
        )
        kg_mm2 = self._feed.kg_per_m2 * 1e-6
        return window_mm2 * kg_mm2, max(0.0, window_mm2 - foreign_mm2) * kg_mm2


def given_up(shot: OrderedShot | ShotAnswered, owner: Owner, why: str) -> ShotGivenUp:
    """Take a scheduled shot back."""
    return ShotGivenUp(
        command_id=shot.command_id,
        roll_id=owner.roll_id,
        lot_id=owner.lot_id,
        actuator=shot.actuator,
        lane=shot.lane,
        from_mm=shot.from_mm,
        to_mm=shot.to_mm,
        detail=why,
    )


def _mask(order: OrderedShot) -> int:
    bit = order.lane if order.actuator is Actuator.VALVE else int(BITS[order.actuator])
    return 1 << bit


def _overlap_share(x0: float, x1: float, left: float, right: float) -> float:
    width = max(x1 - x0, 1e-9)
    return max(0.0, min(x1, right) - max(x0, left)) / width
