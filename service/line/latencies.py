"""Counted times: a histogram of fixed size whose percentiles are right to 2 %, however long the line runs."""

import math

SHORTEST_MS = 0.001
STEP = 1.02  # from one bucket's lower edge to the next
BUCKETS = 1 + math.ceil(math.log(1e8) / math.log(STEP))  # up to 100 s; longer ones count as that
_PER_BUCKET = 1 / math.log(STEP)


class Latencies:
    """Times of one stage in ms; who adds and who reads must not do so at once."""

    def __init__(self) -> None:
        self.buckets = [0] * BUCKETS
        self.count = 0
        self.sum_ms = 0.0
        self.max_ms = 0.0

    def add(self, ms: float) -> None:
        """Count one; below a microsecond, or negative where two clocks disagree, counts as a microsecond."""
        place = math.ceil(math.log(max(ms, SHORTEST_MS) / SHORTEST_MS) * _PER_BUCKET)
        self.buckets[min(place, BUCKETS - 1)] += 1
        self.count += 1
        self.sum_ms += ms
        self.max_ms = max(self.max_ms, ms)

    def merge(self, other: "Latencies") -> None:
        """Count all of another's."""
        self.buckets = [own + more for own, more in zip(self.buckets, other.buckets, strict=True)]
        self.count += other.count
        self.sum_ms += other.sum_ms
        self.max_ms = max(self.max_ms, other.max_ms)

    def percentile_ms(self, percent: float) -> float:
        """Return the time that `percent` of all did not exceed, at most 2 % too long; 0.0: there is none."""
        wanted = math.ceil(self.count * percent / 100)
        seen = 0
        for place, times in enumerate(self.buckets):
            seen += times
            if times and seen >= wanted:
                return min(SHORTEST_MS * STEP**place, self.max_ms)
        return 0.0
