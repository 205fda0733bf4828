"""Where the belt and the clock of the MCU twin are, and when the belt will be somewhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """A moment on the controller: clock ticks and encoder counts since boot, not wrapped."""

    tick: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Even motion between two instants."""

    start: Instant
    end: Instant

    def tick_at(self, count: int) -> int | None:
        """Return the first tick at which the belt is at `count` or beyond; None: not within this motion."""
        if count <= self.start.count:
            return self.start.tick
        if count > self.end.count:
            return None
        ticks = self.end.tick - self.start.tick
        counts = self.end.count - self.start.count
        return self.start.tick - (count - self.start.count) * -ticks // counts if ticks else self.start.tick

    def at(self, tick: int) -> Instant:
        """Return the instant of a tick within this motion."""
        ticks = self.end.tick - self.start.tick
        if ticks <= 0 or tick >= self.end.tick:
            return Instant(tick=max(tick, self.start.tick), count=self.end.count)
        moved = (self.end.count - self.start.count) * (tick - self.start.tick) // ticks
        return Instant(tick=tick, count=self.start.count + moved)


class Belt:
    """A belt that moves evenly until its speed is set anew."""

    def __init__(self, *, counts_s: float, now_ns: int) -> None:
        self.counts_s = counts_s
        self._from_count = 0.0
        self._from_ns = now_ns

    def count(self, now_ns: int) -> int:
        """Encoder count at `now_ns`, not wrapped."""
        return int(self._place(now_ns) // 1)

    def set_speed(self, counts_s: float, now_ns: int) -> None:
        """Go on at another speed from `now_ns`."""
        self._from_count = self._place(now_ns)
        self._from_ns = now_ns
        self.counts_s = counts_s

    def zero(self, now_ns: int) -> None:
        """Count from 0 again, as after a reboot."""
        self._from_count = 0.0
        self._from_ns = now_ns

    def _place(self, now_ns: int) -> float:
        return self._from_count + self.counts_s * (now_ns - self._from_ns) / 1e9
