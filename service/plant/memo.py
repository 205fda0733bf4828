"""Answers that many ask for, worked out once: held until something they speak of changes."""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from service.plant.store import touches
from service.plant.store.database import Database, Transaction
from service.plant.store.touches import Stretch

Answer = TypeVar("Answer")
MOST_AGE = timedelta(seconds=1)
MOST_ANSWERS = 200  # to whole questions; the oldest go
MOST_HELD = 4_000  # about stretches: two a line and window


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, and the line's time that the answer speaks of."""

    name: Hashable
    about: Stretch


@dataclass(slots=True, kw_only=True)
class Memo:
    """Keeps answers by question. Thread-safe.

    `get` holds an answer until the database changes or a second has passed by the plant's clock; `held` one
    that speaks of a stretch of a line's time until that is written to, by whatever process.
    """

    database: Database
    now: Callable[[], datetime]
    _answers: dict[Hashable, tuple[int, datetime, Any]] = field(default_factory=dict)  # Any: all kinds
    _about: dict[Hashable, tuple[Stretch, Any]] = field(default_factory=dict)  # Any: as above
    _asking: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seen: int = 0  # the newest note of a change that was looked at

    def get(self, question: Hashable, work_out: Callable[[], Answer]) -> Answer:
        """The answer; whoever asks the same meanwhile waits for it rather than work it out, too."""
        with self._lock:
            asking = self._asking.setdefault(question, threading.Lock())
        with asking:
            now, revision = self.now(), self.database.revision
            kept = self._answers.get(question)
            if kept is not None and kept[0] == revision and timedelta() <= now - kept[1] < MOST_AGE:
                return cast(Answer, kept[2])
            answer = work_out()
            with self._lock:
                self._answers.pop(question, None)
                self._answers[question] = (revision, now, answer)
                while len(self._answers) > MOST_ANSWERS:
                    oldest = next(iter(self._answers))
                    del self._answers[oldest]
                    self._asking.pop(oldest, None)
            return answer

    def held(self, tx: Transaction) -> "Held":
        """Answers that are right for what a transaction sees."""
        with self._lock:
            newest, stretches = touches.since(tx, self._seen)
            if newest > self._seen:
                self._seen = newest
                self._forget(stretches)
        return Held(memo=self, as_of=newest)

    def kept_about(self, question: Question) -> tuple[Any] | None:  # Any: all kinds
        """The answer to a question about a stretch; None: it is not held."""
        with self._lock:
            kept = self._about.get(question.name)
            return (kept[1],) if kept is not None else None

    def keep_about(self, question: Question, answer: object, as_of: int) -> None:
        """Hold an answer, unless others have seen changes that it knows nothing of."""
        with self._lock:
            if as_of != self._seen:
                return
            self._about.pop(question.name, None)
            self._about[question.name] = (question.about, answer)
            while len(self._about) > MOST_HELD:
                del self._about[next(iter(self._about))]

    def _forget(self, stretches: Sequence[Stretch]) -> None:
        stale = [
            name
            for name, (about, _) in self._about.items()
            if any(about.meets(stretch) for stretch in stretches)
        ]
        for name in stale:
            del self._about[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A memo as one transaction may use it; without one, nothing is held."""

    memo: Memo | None = None
    as_of: int = 0

    def answers(
        self, questions: Mapping[str, Question], work_out: Callable[[Sequence[str]], Mapping[str, Answer]]
    ) -> dict[str, Answer]:
        """An answer to each question, by its key; `work_out` is asked once for all keys that are not held."""
        found: dict[str, Answer] = {}
        if self.memo is not None:
            kept = {key: self.memo.kept_about(question) for key, question in questions.items()}
            found = {key: cast(Answer, one[0]) for key, one in kept.items() if one is not None}
        missing = [key for key in questions if key not in found]
        if missing:
            fresh = work_out(missing)
            for key in missing:
                found[key] = fresh[key]
                if self.memo is not None:
                    self.memo.keep_about(questions[key], fresh[key], self.as_of)
        return found


NOTHING_HELD = Held()
