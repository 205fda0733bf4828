"""How long to wait after a failure: twice as long each time, up to a limit, never all at the same moment."""

from collections.abc import Callable
from dataclasses import dataclass

SPREAD = 0.2  # of the wait: many plants must not come back to a broker at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits between attempts."""

    first_s: float
    longest_s: float

    def wait_s(self, failures: int, random: Callable[[], float]) -> float:
        """Seconds to wait after so many failures in a row (1, 2, ...); `random` gives 0..1."""
        steady_s = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 62))
        return steady_s * (1 - SPREAD * random())
