"""The two clocks of the host, passed to whoever needs the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Monotonic nanoseconds for durations, UTC for people."""

    mono_ns: Callable[[], int]
    utc: Callable[[], datetime]


def system_clocks() -> Clocks:
    """Return the clocks of this machine."""
    return Clocks(mono_ns=time.monotonic_ns, utc=lambda: datetime.now(UTC))
