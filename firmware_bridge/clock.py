"""The controller's clock and encoder seen from the host: which tick, which count is it there now?"""

import operator
from collections import deque
from dataclasses import dataclass

from firmware_bridge.counting import WRAP, unwrap

_KEPT_SAMPLES = 128  # 6 s of heartbeats
_SPAN_FOR_RATE_NS = 1_000_000_000  # a shorter span says less about the rate than the data sheet does
_RATE_TOLERANCE = 0.01  # a ceramic resonator is within 0.5 %; a fit beyond twice that is wrong
_SPEED_SPAN_S = 0.2  # the belt's speed is measured over this; longer lags behind a change
_LEAST_SPEED_SPAN_S = 0.02  # over less than this a count more or less makes the speed a guess
_EXTRAPOLATE_S = 0.3  # without news for longer the belt may have stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFit:
    """Straight line between host time and controller ticks."""

    host_ns: int
    tick: int  # not wrapped, at host_ns
    tick_hz: float

    def tick_at(self, host_ns: int) -> int:
        """Convert host time to ticks, not wrapped."""
        return self.tick + round((host_ns - self.host_ns) * self.tick_hz / 1e9)

    def ns_at(self, tick: int) -> int:
        """Convert a tick, wrapped or not, to host time."""
        return self.host_ns + round((unwrap(tick, self.tick) - self.tick) * 1e9 / self.tick_hz)


class McuClock:
    """Fits a line through the fastest quarter of the round trips: they waited nowhere on their way."""

    def __init__(self, *, tick_hz: int) -> None:
        self._nominal_hz = tick_hz
        self._samples: deque[tuple[int, int, int]] = deque(maxlen=_KEPT_SAMPLES)  # round trip, middle, tick
        self._last_tick = 0
        self.fit: ClockFit | None = None

    def add(self, *, sent_ns: int, received_ns: int, tick: int) -> ClockFit:
        """Take a round trip that read `tick` (unsigned 32 bit) somewhere in its middle."""
        self._last_tick = unwrap(tick, self._last_tick)
        self._samples.append((received_ns - sent_ns, (sent_ns + received_ns) // 2, self._last_tick))
        fastest = sorted(self._samples, key=operator.itemgetter(0))[: max(1, len(self._samples) // 4)]
        self.fit = self._through([(middle_ns, tick) for _, middle_ns, tick in fastest])
        return self.fit

    def _through(self, points: list[tuple[int, int]]) -> ClockFit:
        origin_ns, origin_tick = points[0]
        mean_ns = sum(ns - origin_ns for ns, _ in points) / len(points)
        mean_tick = sum(tick - origin_tick for _, tick in points) / len(points)
        return ClockFit(
            host_ns=origin_ns + round(mean_ns),
            tick=origin_tick + round(mean_tick),
            tick_hz=self._rate_hz(
                [(ns - origin_ns - mean_ns, tick - origin_tick - mean_tick) for ns, tick in points]
            ),
        )

    def _rate_hz(self, centred: list[tuple[float, float]]) -> float:
        times_ns = [ns for ns, _ in centred]
        if max(times_ns) - min(times_ns) < _SPAN_FOR_RATE_NS:
            return self._nominal_hz
        rate_hz = sum(ns * tick for ns, tick in centred) / sum(ns * ns for ns in times_ns) * 1e9
        tolerance_hz = self._nominal_hz * _RATE_TOLERANCE
        return min(max(rate_hz, self._nominal_hz - tolerance_hz), self._nominal_hz + tolerance_hz)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderFix:
    """Where the encoder was and how fast it went; safe to read from any thread."""

    host_ns: int
    count: int  # not wrapped
    counts_s: float

    def count_at(self, host_ns: int) -> int:
        """Estimate the count at `host_ns`, unsigned 32 bit."""
        ahead_s = min(max((host_ns - self.host_ns) / 1e9, -_EXTRAPOLATE_S), _EXTRAPOLATE_S)
        return round(self.count + self.counts_s * ahead_s) % WRAP


class EncoderTrack:
    """Follows the encoder through readings of tick and count."""

    def __init__(self, *, tick_hz: int) -> None:
        self._tick_hz = tick_hz
        self._readings: deque[tuple[int, int]] = deque()  # tick, count, not wrapped

    def add(self, *, tick: int, count: int, fit: ClockFit) -> EncoderFix:
        """Take a reading (both unsigned 32 bit); one older than the last changes nothing."""
        last_tick, last_count = self._readings[-1] if self._readings else (fit.tick, count)
        tick, count = unwrap(tick, last_tick), unwrap(count, last_count)
        if not self._readings or tick > last_tick:
            self._readings.append((tick, count))
        self._forget_old()
        last_tick, last_count = self._readings[-1]
        return EncoderFix(host_ns=fit.ns_at(last_tick), count=last_count, counts_s=self._counts_s())

    def _counts_s(self) -> float:
        """Slope of the straight line through all readings: a count more or less at an end bends it little.

        The place is the last reading's own, not the line's: a belt that speeds up would be ahead of its line.
        """
        if self._readings[-1][0] - self._readings[0][0] < _LEAST_SPEED_SPAN_S * self._tick_hz:
            return 0.0
        mean_tick = sum(tick for tick, _ in self._readings) / len(self._readings)
        along = sum((tick - mean_tick) ** 2 for tick, _ in self._readings)
        return sum((tick - mean_tick) * count for tick, count in self._readings) / along * self._tick_hz

    def _forget_old(self) -> None:
        oldest_tick = self._readings[-1][0] - round(_SPEED_SPAN_S * self._tick_hz)
        while len(self._readings) > 2 and self._readings[1][0] <= oldest_tick:
            self._readings.popleft()
