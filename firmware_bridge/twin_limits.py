"""Kinds of outputs, the budget that holds an output's duty down, and the speed that it is booked with."""

from firmware_bridge.types import Output

OUTPUTS = int(Output.LINE_STOP) + 1


def kind_of(output: int) -> int:
    """Return 0 for a valve, 1 gate, 2 marker, 3 line stop."""
    return max(0, output - int(Output.VALVE_15))


def outputs_in(mask: int) -> list[int]:
    """Return the outputs whose bits are set."""
    return [output for output in range(OUTPUTS) if mask >> output & 1]


class DutyBudget:
    """On-time of one output: runs full with each shot, drains at the allowed duty."""

    def __init__(self, *, burst_ticks: int, percent: int) -> None:
        self.set_limits(burst_ticks=burst_ticks, percent=percent)
        self._level = 0
        self._tick = 0

    def set_limits(self, *, burst_ticks: int, percent: int) -> None:
        """Obey others from now on; what is used up stays used up."""
        self._burst_ticks = burst_ticks
        self._percent = percent

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
