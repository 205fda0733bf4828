"""Has the lamp changed? A white reference in sight, or shown at a check, is held against its first look."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from vision.types import VisionError

SMOOTH: Final = 0.1  # weight of the newest reading in the running mean
FAILED_SHARE: Final = 0.3  # of the first light: less is a lamp that failed or a window that is soiled shut
LEAST_READING: Final = 20.0  # grey; below, the first look itself shows no light


class LampState(StrEnum):
    """What a reading says."""

    STEADY = "steady"
    DRIFTED = "drifted"  # colour must be calibrated again
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LampReading:
    """The lamp after a reading; changes are in Rd and +b of white lint, as far as they mislead."""

    state: LampState
    rd_change: float
    b_change: float
    reason: str  # empty: steady


class LampWatch:
    """Watches one camera's white reference; readings come in their order."""

    def __init__(
        self,
        camera_id: str,
        first_bgr: tuple[float, float, float],
        *,
        rd_limit: float = 1.0,
        b_limit: float = 0.5,
    ) -> None:
        """Start from the reference as it was seen when the colour was calibrated.

        Raises:
            VisionError: the reference is dark.
        """
        if min(first_bgr) < LEAST_READING:
            raise VisionError(
                f"camera {camera_id}: the white reference is seen at {min(first_bgr):.0f}, at least "
                f"{LEAST_READING:.0f} is needed; is the lamp on and the reference in sight?"
            )
        self._camera_id, self._first = camera_id, np.array(first_bgr, np.float64)
        self._rd_limit, self._b_limit = rd_limit, b_limit
        self._mean = np.ones(3)

    def read(self, bgr: tuple[float, float, float]) -> LampReading:
        """Take the reference's mean colour as seen now."""
        now = np.array(bgr, np.float64) / self._first
        if now.max() < FAILED_SHARE:
            why = (
                f"camera {self._camera_id}: {now.max():.0%} of the first light is left; check lamp and window"
            )
            return LampReading(state=LampState.FAILED, rd_change=100 * (now[1] - 1), b_change=0.0, reason=why)
        self._mean += SMOOTH * (now - self._mean)
        # For white (Y = 1) Rd follows green, +b the fall of blue against green: 70 f (Y - 0.847 Z), f = 1.
        rd, plus_b = 80.0 * (self._mean[1] - 1), 70.0 * 0.847 * (self._mean[1] - self._mean[0])
        if abs(rd) <= self._rd_limit and abs(plus_b) <= self._b_limit:
            return LampReading(state=LampState.STEADY, rd_change=float(rd), b_change=float(plus_b), reason="")
        why = (
            f"camera {self._camera_id}: the lamp drifted by {rd:+.1f} Rd and {plus_b:+.1f} +b, allowed are "
            f"{self._rd_limit:g} and {self._b_limit:g}; calibrate colour again"
        )
        return LampReading(state=LampState.DRIFTED, rd_change=float(rd), b_change=float(plus_b), reason=why)
