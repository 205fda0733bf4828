"""Counts of long windows, held for a while: nobody sees a quarter of a year change within half a minute."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from service.plant.views.kpis import Window

Counted = TypeVar("Counted")
LONG = timedelta(days=2)  # shorter windows are counted each time
HELD_FOR = timedelta(seconds=30)
MOST = 128  # windows; the oldest goes first


class HeldCounts(Generic[Counted]):
    """Counts once what several people look at; who asks meanwhile waits for that count. Thread-safe."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._held: dict[tuple[datetime, datetime, str | None], tuple[datetime, Counted]] = {}

    def get(
        self,
        window: Window,
        line: str | None,
        count: Callable[[], Counted],
        *,
        held_for: timedelta = HELD_FOR,
    ) -> Counted:
        """The count of a window; a long one may be `held_for` old, and says so by its own window and age."""
        if window.to_utc - window.from_utc < LONG and held_for == HELD_FOR:
            return count()
        key = (_minute(window.from_utc), _minute(window.to_utc), line)
        with self._lock:
            held = self._held.get(key)
            if held is None or self._now() - held[0] >= held_for:
                self._held.pop(key, None)
                held = (self._now(), count())
                self._held[key] = held
                while len(self._held) > MOST:
                    del self._held[next(iter(self._held))]
            return held[1]


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
