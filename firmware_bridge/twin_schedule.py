"""The shots a controller has taken, and its output pins; overlapping shots on an output are one pulse."""

from collections import deque
from dataclasses import dataclass

from firmware_bridge.config import SorterConfig
from firmware_bridge.twin_limits import OUTPUTS, kind_of, outputs_in
from firmware_bridge.twin_motion import Instant, Motion
from firmware_bridge.types import ShotBasis

KEPT_FIRINGS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One output truly was on, from one encoder count to another (counts since boot, not wrapped)."""

    output: int
    count_on: int
    count_off: int
    tick_on: int
    tick_off: int


@dataclass(slots=True, kw_only=True)
class _Taken:
    outputs: int
    basis: ShotBasis
    start: int
    end: int
    is_on: bool = False

    def due_tick(self, motion: Motion) -> int | None:
        goal = self.end if self.is_on else self.start
        return max(goal, motion.start.tick) if self.basis is ShotBasis.TICK else motion.tick_at(goal)

    def is_due(self, at: Instant) -> bool:
        goal = self.end if self.is_on else self.start
        return (at.tick if self.basis is ShotBasis.TICK else at.count) >= goal


class Schedule:
    """Switches outputs on and off at counts or ticks, and off after their maximum on-time at the latest."""

    def __init__(self, *, size: int, config: SorterConfig, tick_hz: int, fired: deque[Firing]) -> None:
        self._size = size
        self._tick_hz = tick_hz
        self.set_limits(config)
        self._taken: list[_Taken] = []
        self._holders = [0] * OUTPUTS  # shots that hold this output on
        self._on_since: dict[int, Instant] = {}
        self._fired = fired
        self.started = 0
        self.dropped = 0
        self.cut = 0

    @property
    def free(self) -> int:
        """Places left."""
        return self._size - len(self._taken)

    @property
    def outputs(self) -> int:
        """Bit mask of the outputs that are on."""
        return sum(1 << output for output in self._on_since)

    def set_limits(self, config: SorterConfig) -> None:
        """Obey other maximum on-times from now on."""
        self._max_on_ticks = [
            config.max_on_ms[kind_of(output)] * self._tick_hz // 1000 for output in range(OUTPUTS)
        ]

    def add(self, *, outputs: int, basis: ShotBasis, start: int, length: int) -> None:
        """Take a shot; start and length not wrapped."""
        self._taken.append(_Taken(outputs=outputs, basis=basis, start=start, end=start + length))

    def next_tick(self, motion: Motion) -> int | None:
        """Return the tick of the next switching within this motion, if there is one."""
        due = [tick for taken in self._taken if (tick := taken.due_tick(motion)) is not None]
        due += [since.tick + self._max_on_ticks[output] for output, since in self._on_since.items()]
        return min(due, default=None)

    def run(self, at: Instant) -> None:
        """Switch what is due: starts first, so that a shot that follows another one closely leaves no gap."""
        for taken in self._taken:
            if not taken.is_on and taken.is_due(at):
                self._switch_on(taken, at)
        for taken in [taken for taken in self._taken if taken.is_on and taken.is_due(at)]:
            self._taken.remove(taken)
            self._let_go(taken.outputs, at)
        for output, since in list(self._on_since.items()):
            if at.tick >= since.tick + self._max_on_ticks[output]:
                self._cut_off(output, at)

    def drop_all(self, at: Instant) -> int:
        """Switch everything off and forget the shots; return how many had not started."""
        waiting = sum(not taken.is_on for taken in self._taken)
        self._taken.clear()
        self._holders = [0] * OUTPUTS
        for output in list(self._on_since):
            self._pin_low(output, at)
        self.dropped += waiting
        return waiting

    def _switch_on(self, taken: _Taken, at: Instant) -> None:
        taken.is_on = True
        self.started += 1
        for output in outputs_in(taken.outputs):
            self._holders[output] += 1
            self._on_since.setdefault(output, at)

    def _let_go(self, outputs: int, at: Instant) -> None:
        for output in outputs_in(outputs):
            self._holders[output] -= 1
            if self._holders[output] == 0:
                self._pin_low(output, at)

    def _cut_off(self, output: int, at: Instant) -> None:
        self.cut += 1
        self._holders[output] = 0
        self._pin_low(output, at)
        for taken in [taken for taken in self._taken if taken.is_on]:
            taken.outputs &= ~(1 << output)
            if not taken.outputs:
                self._taken.remove(taken)

    def _pin_low(self, output: int, at: Instant) -> None:
        since = self._on_since.pop(output)
        self._fired.append(
            Firing(
                output=output, count_on=since.count, count_off=at.count, tick_on=since.tick, tick_off=at.tick
            )
        )
