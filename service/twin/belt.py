"""Where the belt is at a moment, and when it will be at a place: steady, with a slow swing of its speed."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SwingingBelt:
    """A belt whose speed swings by a share of itself; places are mm since the start."""

    speed_mm_s: float
    swing_share: float
    period_s: float

    def place_mm(self, at_s: float) -> float:
        """How far the belt has come."""
        turn = 2 * math.pi / self.period_s
        return self.speed_mm_s * (at_s + self.swing_share * (1 - math.cos(turn * at_s)) / turn)

    def speed_at(self, at_s: float) -> float:
        """Speed in mm/s."""
        return self.speed_mm_s * (1 + self.swing_share * math.sin(2 * math.pi / self.period_s * at_s))

    def time_s(self, place_mm: float) -> float:
        """When the belt will be at a place."""
        at_s = place_mm / self.speed_mm_s
        for _ in range(30):  # Newton; the speed never comes near 0
            step = (self.place_mm(at_s) - place_mm) / self.speed_at(at_s)
            at_s -= step
            if abs(step) < 1e-9:
                break
        return at_s
