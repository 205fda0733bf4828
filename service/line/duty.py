"""How long each valve was open in the last minute."""

from collections import deque
from collections.abc import Callable

WINDOW_NS = 60_000_000_000
MOST_SHOTS = 20_000  # a minute's: sixteen valves at twenty shots a second


class Duty:
    """Filled and read under its owner's lock."""

    def __init__(self, *, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._shots: deque[tuple[int, int, float]] = deque(maxlen=MOST_SHOTS)  # when, lane, ms

    def add(self, lane: int, ms: float) -> None:
        """A valve will be open for so long."""
        self._shots.append((self._now_ns(), lane, ms))

    def shares(self, lanes: int) -> tuple[float, ...]:
        """Share of the last minute, by lane."""
        since_ns = self._now_ns() - WINDOW_NS
        while self._shots and self._shots[0][0] < since_ns:
            self._shots.popleft()
        open_ms = [0.0] * lanes
        for _, lane, ms in self._shots:
            if lane < lanes:
                open_ms[lane] += ms
        return tuple(round(ms * 1e6 / WINDOW_NS, 4) for ms in open_ms)
