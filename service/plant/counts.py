"""What lines delivered since this process started: counters for who watches the plant; not for accounting."""

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from service.events import (
    DefectFound,
    Event,
    ShotAnswered,
    ShotGivenUp,
    SpanInspected,
    SpanNotInspected,
)

DECISION_LIMITS_S = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0)  # of the buckets
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """How long the slowest frame of each span took: spans up to each limit, all spans, their sum."""

    buckets: tuple[int, ...]  # cumulative, as many as limits
    spans: int
    sum_s: float


@dataclass(slots=True)
class _Decided:
    buckets: list[int] = field(default_factory=lambda: [0] * len(DECISION_LIMITS_S))
    spans: int = 0
    sum_s: float = 0.0


class LineCounts:
    """Counts events as they are taken. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, dict[Labels, float]] = defaultdict(lambda: defaultdict(float))
        self._decided: dict[str, _Decided] = defaultdict(_Decided)

    def add(self, events: Iterable[Event]) -> None:
        """Count events that were taken and had not been held before."""
        with self._lock:
            for event in events:
                self._one(event.tenant.line, event)

    def counts(self, name: str) -> dict[Labels, float]:
        """One counter by its labels; the first label is the line."""
        with self._lock:
            return dict(self._counts[name])

    def decisions(self) -> dict[str, Decisions]:
        """Decision times by line."""
        with self._lock:
            return {
                line: Decisions(buckets=tuple(one.buckets), spans=one.spans, sum_s=one.sum_s)
                for line, one in self._decided.items()
            }

    def _one(self, line: str, event: Event) -> None:
        body, counts = event.body, self._counts
        counts["events"][line, body.kind] += 1
        match body:
            case SpanInspected():
                self._span(line, body)
            case SpanNotInspected():
                counts["not_inspected_m"][line, body.reason.value] += (body.to_mm - body.from_mm) / 1000
            case DefectFound():
                counts["defects"][line, body.defect_kind] += 1
            case ShotAnswered():
                counts["shots"][line, body.fate.value] += 1
                counts["ejected_g"][(line,)] += body.ejected_kg * 1000
            case ShotGivenUp():
                counts["shots"][line, "given_up"] += 1

    def _span(self, line: str, body: SpanInspected) -> None:
        counts = self._counts
        counts["inspected_m"][(line,)] += (body.to_mm - body.from_mm) / 1000
        for verdict in ("clean", "defective", "unsure"):
            counts["frames"][line, verdict] += getattr(body, verdict)
        counts["deadline_misses"][(line,)] += body.deadline_misses
        counts["fed_g"][(line,)] += body.fed_kg * 1000
        slowest_ms = body.capture_to_decision_ms_max
        if slowest_ms is not None:
            decided, slowest_s = self._decided[line], slowest_ms / 1000
            decided.spans += 1
            decided.sum_s += slowest_s
            for at, limit_s in enumerate(DECISION_LIMITS_S):
                decided.buckets[at] += slowest_s <= limit_s
