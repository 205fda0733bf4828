"""Answers that many ask for at once, worked out once: at most a second old, and never older than a change."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from service.plant.store.database import Database

Answer = TypeVar("Answer")
MOST_AGE = timedelta(seconds=1)
MOST_HELD = 200  # questions; the oldest answers go


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """Keeps answers by question, until the database changes or a second has passed by the plant's clock."""

    database: Database
    now: Callable[[], datetime]
    _held: dict[Hashable, tuple[int, datetime, Any]] = field(default_factory=dict)  # Any: all kinds
    _asking: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, question: Hashable, work_out: Callable[[], Answer]) -> Answer:
        """The answer; whoever asks the same meanwhile waits for it rather than work it out, too."""
        with self._lock:
            asking = self._asking.setdefault(question, threading.Lock())
        with asking:
            now, revision = self.now(), self.database.revision
            held = self._held.get(question)
            if held is not None and held[0] == revision and timedelta() <= now - held[1] < MOST_AGE:
                return cast(Answer, held[2])
            answer = work_out()
            with self._lock:
                self._held[question] = (revision, now, answer)
                self._forget_old()
            return answer

    def _forget_old(self) -> None:
        while len(self._held) > MOST_HELD:
            oldest = min(self._held, key=lambda question: self._held[question][1])
            del self._held[oldest]
            self._asking.pop(oldest, None)
