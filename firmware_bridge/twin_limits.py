"""Limits the firmware enforces whatever the host asks, and the budget that holds an output's duty down."""

from dataclasses import dataclass

from firmware_bridge.types import Output

KINDS = 4  # valve, gate, marker, line stop
OUTPUTS = int(Output.LINE_STOP) + 1


def kind_of(output: int) -> int:
    """Return 0 for a valve, 1 gate, 2 marker, 3 line stop."""
    return max(0, output - int(Output.VALVE_15))


def outputs_in(mask: int) -> list[int]:
    """Return the outputs whose bits are set."""
    return [output for output in range(OUTPUTS) if mask >> output & 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The firmware's configuration; tuples are for valve, gate, marker, line stop."""

    heartbeat_ms: int = 250
    max_on_ms: tuple[int, int, int, int] = (200, 2000, 500, 2000)
    duty_percent: tuple[int, int, int, int] = (50, 100, 100, 100)  # of the time, in the long run
    burst_ms: int = 1000  # on-time that may be used up at once before the duty limit bites
    schedule_size: int = 64
    horizon_counts: int = 1 << 20  # a start further ahead is a mistake
    horizon_ms: int = 30_000
    min_lead_counts: int = 1
    min_lead_us: int = 200


class DutyBudget:
    """On-time of one output: runs full with each shot, drains at the allowed duty."""

    def __init__(self, *, burst_ticks: int, percent: int) -> None:
        self._burst_ticks = burst_ticks
        self._percent = percent
        self._level = 0
        self._tick = 0

    def allows(self, on_ticks: int, tick: int) -> bool:
        """Say whether `on_ticks` more fit now."""
        drained = (tick - self._tick) * self._percent // 100
        if drained:
            self._level = max(0, self._level - drained)
            self._tick = tick
        return self._percent >= 100 or self._level + on_ticks <= self._burst_ticks

    def use(self, on_ticks: int) -> None:
        """Book them, after allows()."""
        self._level += on_ticks


class SpeedGauge:
    """Ticks a count takes, measured over at least 20 ms."""

    def __init__(self, *, tick_hz: int) -> None:
        self._window_ticks = tick_hz // 50
        self._tick = 0
        self._count = 0
        self._ticks, self._counts = 0, 0

    def note(self, tick: int, count: int) -> None:
        """Take a reading."""
        if tick - self._tick >= self._window_ticks:
            self._ticks, self._counts = tick - self._tick, count - self._count
            self._tick, self._count = tick, count

    def ticks_for(self, counts: int) -> int | None:
        """Return how long `counts` take at the measured speed; None where the belt does not go forward."""
        return counts * self._ticks // self._counts if self._counts > 0 else None
