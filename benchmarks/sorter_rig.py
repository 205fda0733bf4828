"""The product's own link on the emulated firmware at the pace of real time, with all shots and edges kept."""

import contextlib
import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from emulated_sorter import RUN, EmulatedSorter, PinChange

from firmware_bridge.link import SorterLink
from firmware_bridge.messages import Heartbeat, Status
from firmware_bridge.protocol import FrameReader, encode
from firmware_bridge.transport import SerialTransport
from firmware_bridge.types import LinkDownError, LinkState, Shot, ShotBasis, ShotOutcome, ShotResult

VALVES = 16
TICKS_PER_MS = 250
BOOT_US = 100_000
PATIENCE_S = 20.0
ARM_TRIES = 10
LATEST_TICKS = 500  # 2 ms; an edge further from a shot's start is not that shot's


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Shots that were sent, and what came of them; written by the link's thread."""

    shots: list[Shot] = field(default_factory=list)
    outcomes: Counter[ShotOutcome] = field(default_factory=Counter)
    scheduled: list[Shot] = field(default_factory=list)
    round_trips_ns: list[int] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    ended_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Rising edges of valves against the shots that were sent."""

    total: int
    strange: int  # belong to no shot, or to one that had its edge already
    errors_us: list[float]  # edge less scheduled start
    off_errors_us: list[float]  # falling edge less scheduled end
    fired: set[tuple[int, int]]  # valve, start tick


class SorterRig:
    """Emulated controller and link."""

    def __init__(self, folder: Path, *, baud: int = 500_000, seed: int = 1) -> None:
        self.mcu = EmulatedSorter(folder, baud=baud, seed=seed)
        self.mcu.run(BOOT_US)
        self.mcu.tell("pace")
        self._changes: list[PinChange] = []
        self.states: list[tuple[LinkState, str]] = []
        self.link = SorterLink(
            lambda: SerialTransport(self.mcu.port, baud=baud),
            now_ns=time.monotonic_ns,
            on_trigger=lambda report: None,
            on_state=self._note_state,
        )
        self._baud = baud
        self.is_kept_armed = False  # arm again after a heartbeat that a busy machine held back; it is noted

    def arm(self) -> None:
        """Connect where that is still to do, and arm."""
        if self.link.welcome is None:
            self.link.start()
            self.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
            time.sleep(0.3)  # until the clocks fit
        for _ in range(ARM_TRIES):  # a busy machine may lose the connection and with it what was asked
            self.link.arm()
            with contextlib.suppress(LinkDownError):
                self.link.wait_for(LinkState.ARMED, PATIENCE_S / ARM_TRIES)
                return
        raise RuntimeError(f"the controller is not armed after {PATIENCE_S} s: {self.states[-3:]}")

    def _note_state(self, state: LinkState, cause: str) -> None:
        self.states.append((state, cause))
        if self.is_kept_armed and state is LinkState.FAULT:
            self.link.arm()

    def tick_now(self) -> int:
        """The controller's clock as the link knows it."""
        fit = self.link._fit  # noqa: SLF001  the link tells ticks in host time only; here it is the other way
        if fit is None:
            raise RuntimeError("the link knows no clock yet")
        return fit.tick_at(time.monotonic_ns())

    def fire(
        self, count: int, *, lead_ms: float, length_ms: float, in_flight: int, every_s: float = 0.0
    ) -> Traffic:
        """Send shots on the valves in turn: a new one with each answer, or one every so many seconds."""
        traffic = Traffic()
        lock = threading.Lock()

        def send() -> None:
            with lock:
                number = len(traffic.shots)
                if number >= count:
                    return
                length = round(length_ms * TICKS_PER_MS)
                start = self.tick_now() + round(lead_ms * TICKS_PER_MS)
                if number >= VALVES:  # two pulses of a valve must not touch: they would be one edge
                    start = max(start, traffic.shots[number - VALVES].start + 2 * length)
                shot = Shot(outputs=1 << number % VALVES, basis=ShotBasis.TICK, start=start, length=length)
                traffic.shots.append(shot)
            sent_ns = time.monotonic_ns()
            self.link.submit(shot, lambda result: take(result, sent_ns), sent_ns + round(lead_ms * 1e6))

        def take(result: ShotResult, sent_ns: int) -> None:
            traffic.outcomes[result.outcome] += 1
            if result.outcome is ShotOutcome.SCHEDULED:
                traffic.scheduled.append(result.shot)
                traffic.round_trips_ns.append(result.answered_ns - sent_ns)
            if traffic.outcomes.total() >= count:
                traffic.ended_ns = time.monotonic_ns()
                traffic.done.set()
            elif not every_s:
                send()

        if every_s:
            _at_a_rate(send, count, every_s)
        else:
            for _ in range(in_flight):
                send()
        if not traffic.done.wait(PATIENCE_S + count * 0.1):
            raise RuntimeError(
                f"{traffic.outcomes.total()} of {count} shots were answered: {self.states[-3:]}"
            )
        self._wait_for_tick(max(shot.start + shot.length for shot in traffic.shots) + TICKS_PER_MS)
        return traffic

    def _wait_for_tick(self, tick: int) -> None:
        # The controller's own clock: on a busy machine the emulator may be far behind.
        self.changes()
        while self.mcu.tick_of(self.mcu.tell("sync")) < tick:
            time.sleep(0.01)

    def changes(self) -> list[PinChange]:
        """Every change of a pin so far."""
        self._changes += self.mcu.changes()
        return self._changes

    def edges(self, shots: list[Shot]) -> Edges:
        """Compare the valves' edges so far with these shots."""
        starts: dict[int, list[Shot]] = defaultdict(list)
        for shot in shots:
            starts[shot.outputs.bit_length() - 1].append(shot)
        for one in starts.values():
            one.sort(key=lambda shot: shot.start)
        total, errors, off_errors, fired = 0, [], [], set()
        on: dict[int, Shot | None] = {}
        for change in self.changes():
            if change.pin >= VALVES:
                continue
            tick = self.mcu.tick_of(change.cycle)
            if not change.is_high:
                shot = on.pop(change.pin, None)
                if shot is not None:
                    off_errors.append((tick - shot.start - shot.length) * 4)
                continue
            total += 1
            shot = on[change.pin] = _shot_at(starts[change.pin], tick)
            if shot is not None and (change.pin, shot.start) not in fired:
                fired.add((change.pin, shot.start))
                errors.append((tick - shot.start) * 4)
        return Edges(
            total=total, strange=total - len(fired), errors_us=errors, off_errors_us=off_errors, fired=fired
        )

    def wait_for_run(self, is_high: bool) -> int:
        """Wait until the line stop relay is so; return the cycle of its last change."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            runs = [change for change in self.changes() if change.pin == RUN]
            if runs and runs[-1].is_high is is_high:
                return runs[-1].cycle
            time.sleep(0.02)
        raise RuntimeError(f"the line stop relay is not {'high' if is_high else 'low'} after {PATIENCE_S} s")

    def status(self) -> Status:
        """Ask the controller itself, past the link, which must be stopped."""
        self.mcu.tell("noise 0")
        transport = SerialTransport(self.mcu.port, baud=self._baud)
        transport.open()
        try:
            reader = FrameReader()
            for _ in range(50):
                transport.write(b"\0" + encode(Heartbeat(seq=1)))
                end_s = time.monotonic() + 0.5
                while time.monotonic() < end_s:
                    for message in reader.feed(transport.read(0.1)):
                        if isinstance(message, Status):
                            return message
        finally:
            transport.close()
        raise RuntimeError("the controller does not answer a heartbeat")

    def close(self) -> None:
        """Stop link and emulator."""
        with contextlib.suppress(Exception):
            self.link.stop()
        self.mcu.close()


def _at_a_rate(send: Callable[[], None], count: int, every_s: float) -> None:
    next_s = time.monotonic()
    for _ in range(count):
        send()
        next_s = max(next_s + every_s, time.monotonic())  # late is late: catching up would be a burst
        time.sleep(max(0.0, next_s - time.monotonic()))


def _shot_at(shots: list[Shot], tick: float) -> Shot | None:
    """The last shot that starts at `tick` or shortly before."""
    at = bisect_left(shots, tick + 0.01, key=lambda shot: shot.start) - 1
    return shots[at] if at >= 0 and tick - shots[at].start < LATEST_TICKS else None
