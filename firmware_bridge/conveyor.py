"""Encoder counts and millimetres of belt or web; where to fire, and is there still time?"""

import math

from firmware_bridge.counting import WRAP, unwrap
from firmware_bridge.types import BridgeError, Shot, ShotBasis

LONGEST_LENGTH = 0xFFFF


class Conveyor:
    """One belt or web; remembers the last count so that the 32-bit counter may wrap."""

    def __init__(self, counts_per_mm: float) -> None:
        if not (math.isfinite(counts_per_mm) and counts_per_mm > 0):
            raise BridgeError(
                f"counts_per_mm is {counts_per_mm}: it must be above 0; count pulses over a measured metre"
            )
        self.counts_per_mm = counts_per_mm
        self._last_count = 0

    def unwrap(self, count32: int) -> int:
        """Return the count without wrapping; it may lie up to 2^31 counts before or after the last one."""
        self._last_count = unwrap(count32, self._last_count)
        return self._last_count

    def mm(self, count: int) -> float:
        """Place on the web of an unwrapped count."""
        return count / self.counts_per_mm

    def count(self, mm: float) -> int:
        """Unwrapped count of a place on the web, rounded."""
        return round(mm * self.counts_per_mm)

    def shot_for(
        self,
        from_mm: float,
        to_mm: float,
        distance_mm: float,
        *,
        outputs: int,
        latency_ms: float,
        speed_mm_s: float,
        margin_mm: float = 0.0,
        max_on_ms: float = math.inf,
    ) -> Shot:
        """Make the shot that meets material from `from_mm` to `to_mm` (web places) at an output downstream.

        It starts `margin_mm` before the material and the output's latency earlier, and ends `margin_mm`
        behind it; where that would be longer than `max_on_ms`, its end is cut.

        Raises:
            BridgeError: to_mm lies before from_mm.
        """
        if to_mm < from_mm:
            raise BridgeError(f"a shot from {from_mm:.1f} mm to {to_mm:.1f} mm runs backwards: swap its ends")
        speed_mm_ms = max(speed_mm_s, 0.0) / 1000
        start = self.count(from_mm + distance_mm - margin_mm - latency_ms * speed_mm_ms)
        length_mm = to_mm - from_mm + 2 * margin_mm
        if speed_mm_ms > 0:
            length_mm = min(length_mm, max_on_ms * speed_mm_ms)
        length = min(max(1, round(length_mm * self.counts_per_mm)), LONGEST_LENGTH)
        return Shot(outputs=outputs, basis=ShotBasis.ENCODER, start=start % WRAP, length=length)

    def time_left_ms(self, shot: Shot, *, count32: int, speed_mm_s: float) -> float:
        """Time until an encoder shot starts, seen from `count32`; below 0: late; inf: it stands still."""
        counts = unwrap(shot.start, count32) - count32
        if speed_mm_s <= 0:
            return math.inf if counts > 0 else -math.inf
        return counts / self.counts_per_mm / speed_mm_s * 1000
