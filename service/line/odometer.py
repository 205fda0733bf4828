"""Where the web is: the controller's wrapping count to counts of web that never repeat within a log."""

from firmware_bridge.conveyor import Conveyor
from firmware_bridge.types import Shot


class Odometer:
    """Used by the line's thread; `now_mm` may be read from any."""

    def __init__(self, *, counts_per_mm: float, start_count: int) -> None:
        self._conveyor = Conveyor(counts_per_mm)
        self._counts_per_mm = counts_per_mm
        self._offset: int | None = None  # None: no count was read since the start
        self._now = start_count

    @property
    def now_count(self) -> int:
        """How far the web has come, as the last exposure said."""
        return self._now

    @property
    def now_mm(self) -> float:
        """The same in mm."""
        return self._now / self._counts_per_mm

    @property
    def anchored(self) -> bool:
        """Whether the controller's count is tied to the web."""
        return self._offset is not None

    def mm(self, web_count: int) -> float:
        """Convert counts of web to mm."""
        return web_count / self._counts_per_mm

    def count(self, mm: float) -> int:
        """Convert mm to counts of web, rounded."""
        return round(mm * self._counts_per_mm)

    def anchor(self, count32: int, web_count: int) -> None:
        """Tie the controller's count to the web: at the start, and after the controller restarted."""
        self._offset = web_count - self._conveyor.unwrap(count32)

    def forget(self) -> None:
        """The controller counts anew: the next count must be anchored."""
        self._offset = None

    def web(self, count32: int) -> int:
        """Convert the controller's count; an unanchored odometer stands still."""
        if self._offset is None:
            return self._now
        return self._conveyor.unwrap(count32) + self._offset

    def move_to(self, web_count: int) -> None:
        """Note how far the web has come; it never goes back."""
        self._now = max(self._now, web_count)

    def shot(
        self,
        from_mm: float,
        to_mm: float,
        *,
        outputs: int,
        distance_mm: float,
        latency_ms: float,
        speed_mm_s: float,
    ) -> Shot:
        """Make the shot that meets a stretch of web at an output `distance_mm` downstream of the camera."""
        shift_mm = -(self._offset or 0) / self._counts_per_mm
        return self._conveyor.shot_for(
            from_mm + shift_mm,
            to_mm + shift_mm,
            distance_mm,
            outputs=outputs,
            latency_ms=latency_ms,
            speed_mm_s=speed_mm_s,
        )

    def time_left_ms(self, shot: Shot, *, count32: int, speed_mm_s: float) -> float:
        """Time until a shot starts; negative: it is late."""
        return self._conveyor.time_left_ms(shot, count32=count32, speed_mm_s=speed_mm_s)
