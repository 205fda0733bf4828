"""What is counted in a window, before any division; fabric and fibre apart: two bases never mix."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanTotals:
    """Sums over the spans of one kind of line."""

    spans: int = 0  # inspected ones
    inspected_mm: float = 0.0
    not_inspected_mm: float = 0.0
    inspected_m2: float = 0.0
    frames: int = 0
    deadline_misses: int = 0
    decision_ms_sum: float = 0.0  # of the slowest frame of each inspected span
    inspected_kg: float = 0.0
    not_inspected_kg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectTotals:
    """Defects found in the window, by what people said of them."""

    found: int = 0
    counted: int = 0  # neither marked wrong nor unsure without a mark
    marked: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RollTotals:
    """Rolls that ended in the window, by their grade in force."""

    ended: int = 0
    graded: int = 0
    final: int = 0
    graded_m2: float = 0.0
    downgraded_m2: float = 0.0  # B and second
    second_m2: float = 0.0
    points: int = 0
    inspected_m2: float = 0.0  # the area that points are divided by
    complete: int = 0  # their record has everything
    first_graded: int = 0  # got a grade when they were graded first
    first_pass: int = 0  # that grade was A
    release_s: float = 0.0  # from their ends to their first grades


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotTotals:
    """Sort commands ordered in the window."""

    ordered: int = 0
    answered: int = 0
    escaped: int = 0  # answered with anything but "scheduled"
    ejected_kg: float = 0.0
    good_fibre_kg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """All that KPIs are worked out from."""

    window_from: datetime
    window_to: datetime
    line: str | None
    fabric: SpanTotals = field(default_factory=SpanTotals)
    fibre: SpanTotals = field(default_factory=SpanTotals)
    fabric_defects: DefectTotals = field(default_factory=DefectTotals)
    fibre_defects: DefectTotals = field(default_factory=DefectTotals)
    rolls: RollTotals = field(default_factory=RollTotals)
    shots: ShotTotals = field(default_factory=ShotTotals)
    newest_utc: datetime | None = None  # of the newest row that was counted
    demo: bool = False
