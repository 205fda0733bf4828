"""The accounting of the web: every count of the encoder is inspected, or not inspected for a reason.

Positions are integer encoder counts, so the lengths add up without rounding: the book only ever moves its
cursor forward, and whatever the cursor passes lands on one of the two sides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from service.event_terms import NotInspectedReason
from service.events import SpanInspected, SpanNotInspected
from vision.types import Verdict

SPAN_MAX_NS = 1_000_000_000  # a span is closed at least every second


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFrame:
    """What the book keeps of an inspected frame."""

    verdict: Verdict
    width_mm: float  # judged between the edges
    late: bool  # the decision came after its deadline
    capture_to_decision_ms: float
    stage_ms: dict[str, float]
    trash_area_pct: float | None
    fibre_lab: tuple[float, float, float] | None = None  # CIE L*a*b*; None: not calibrated


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The roll or lot that a stretch belongs to."""

    roll_id: str | None = None
    lot_id: str | None = None


@dataclass(slots=True, kw_only=True)
class _Open:
    from_count: int
    opened_ns: int
    reason: NotInspectedReason | None  # None: inspected
    detail: str
    owner: Owner
    frames: list[JudgedFrame] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How much fibre lies on the belt; zero for cloth."""

    kg_per_m2: float
    width_mm: float

    def kg(self, length_mm: float) -> float:
        """Mass on a stretch of the full width."""
        return self.kg_per_m2 * self.width_mm * length_mm * 1e-6


class WebBook:
    """One run's book; used by the line's thread alone."""

    def __init__(
        self,
        *,
        counts_per_mm: float,
        start_count: int,
        feed: Feed,
        now_ns: Callable[[], int],
        record: Callable[[SpanInspected | SpanNotInspected], None],
    ) -> None:
        self._counts_per_mm = counts_per_mm
        self._start = start_count
        self._cursor = start_count
        self._feed = feed
        self._now_ns = now_ns
        self._record = record
        self._open: _Open | None = None
        self._inspected = 0
        self._expired = False
        self.owner = Owner()

    @property
    def cursor(self) -> int:
        """Everything before this count is booked."""
        return self._cursor

    @property
    def start_mm(self) -> float:
        """Where this run's book begins."""
        return self._start / self._counts_per_mm

    @property
    def length_mm(self) -> float:
        """Web that this run has booked."""
        return (self._cursor - self._start) / self._counts_per_mm

    @property
    def inspected_mm(self) -> float:
        """Of it, inspected."""
        return self._inspected / self._counts_per_mm

    @property
    def not_inspected_mm(self) -> float:
        """Of it, not inspected."""
        return (self._cursor - self._start - self._inspected) / self._counts_per_mm

    def inspected(self, to_count: int, frame: JudgedFrame) -> None:
        """Book up to `to_count` as inspected; a frame that adds no length is counted all the same."""
        entry = self._entry(None, "")
        entry.frames.append(frame)
        if to_count > self._cursor:
            self._inspected += to_count - self._cursor
            self._cursor = to_count

    def not_inspected(self, to_count: int, reason: NotInspectedReason, detail: str) -> None:
        """Book up to `to_count` as not inspected; nothing happens where that is booked already."""
        if to_count > self._cursor:
            self._entry(reason, detail)
            self._cursor = to_count

    def change_owner(self, owner: Owner) -> None:
        """What follows belongs to another roll or lot."""
        self.close()
        self.owner = owner

    def calibration_is(self, *, expired: bool) -> None:
        """Say of what follows whether the camera's calibration had run out."""
        if expired != self._expired:
            self.close()
            self._expired = expired

    def tick(self) -> None:
        """Close a span that has been open for a second."""
        if self._open is not None and self._now_ns() - self._open.opened_ns >= SPAN_MAX_NS:
            self.close()

    def close(self) -> None:
        """Record what is open."""
        entry, self._open = self._open, None
        if entry is None or (self._cursor == entry.from_count and not entry.frames):
            return
        if entry.reason is None:
            self._record(self._span(entry))
        else:
            self._record(self._gap(entry, entry.reason))

    def _entry(self, reason: NotInspectedReason | None, detail: str) -> _Open:
        entry = self._open
        if entry is None or (entry.reason, entry.detail) != (reason, detail):
            self.close()
            entry = _Open(
                from_count=self._cursor,
                opened_ns=self._now_ns(),
                reason=reason,
                detail=detail,
                owner=self.owner,
            )
            self._open = entry
        return entry

    def _places_mm(self, entry: _Open) -> tuple[float, float]:
        return entry.from_count / self._counts_per_mm, self._cursor / self._counts_per_mm

    def _gap(self, entry: _Open, reason: NotInspectedReason) -> SpanNotInspected:
        from_mm, to_mm = self._places_mm(entry)
        return SpanNotInspected(
            roll_id=entry.owner.roll_id,
            lot_id=entry.owner.lot_id,
            from_mm=from_mm,
            to_mm=to_mm,
            reason=reason,
            detail=entry.detail,
            fed_kg=self._feed.kg(to_mm - from_mm),
        )

    def _span(self, entry: _Open) -> SpanInspected:
        from_mm, to_mm = self._places_mm(entry)
        frames = entry.frames
        verdicts = [frame.verdict for frame in frames]
        trash = [frame.trash_area_pct for frame in frames if frame.trash_area_pct is not None]
        return SpanInspected(
            roll_id=entry.owner.roll_id,
            lot_id=entry.owner.lot_id,
            from_mm=from_mm,
            to_mm=to_mm,
            inspected_width_mm=_mean([frame.width_mm for frame in frames]),
            frames=len(frames),
            clean=verdicts.count(Verdict.CLEAN),
            defective=verdicts.count(Verdict.DEFECTIVE),
            unsure=verdicts.count(Verdict.UNSURE),
            deadline_misses=sum(frame.late for frame in frames),
            capture_to_decision_ms_max=max(frame.capture_to_decision_ms for frame in frames),
            stage_ms={name: _mean([frame.stage_ms[name] for frame in frames]) for name in frames[0].stage_ms},
            fed_kg=self._feed.kg(to_mm - from_mm),
            trash_area_pct=_mean(trash) if trash else None,
            calibration_expired=self._expired,
            fibre_lab=_mean_lab([frame.fibre_lab for frame in frames if frame.fibre_lab is not None]),
        )


def _mean_lab(labs: list[tuple[float, float, float]]) -> tuple[float, float, float] | None:
    if not labs:
        return None
    lightness, a, b = (_mean([lab[axis] for lab in labs]) for axis in range(3))
    return lightness, a, b


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
