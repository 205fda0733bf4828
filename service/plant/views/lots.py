"""Lots of fibre and their masses."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.appraisal.intervals import Share
from service.plant.views.defects import DefectView
from service.plant.views.rolls import Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """A lot of fibre and its masses, estimated from the belt's configured feed."""

    lot_id: str
    line: str
    name: str
    article: str
    supplier: str  # empty: unknown
    placeholder: bool
    started_utc: datetime | None
    ended_utc: datetime | None
    fed_kg: float
    passed_kg: float  # fed = passed + ejected
    ejected_kg: float
    good_fibre_kg: float  # of the ejected, not the contaminant
    not_inspected_kg: float
    coverage: float | None
    contaminants: int
    shots: int  # ordered
    refused: int  # answered with anything but "scheduled": escapes
    unanswered: int
    trash_area_pct: float | None
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFound:
    """Findings of one kind in a lot, and what people said of them."""

    kind: str
    found: int
    unsure: int  # for review, not counted
    confirmed: int  # of both
    false: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInTime:
    """Sure findings within a stretch of time, by kind."""

    from_utc: datetime
    to_utc: datetime
    by_kind: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotsByFate:
    """Shots with one fate, and what left the line with them."""

    fate: str  # of ShotFate; empty: not answered yet
    shots: int
    ejected_kg: float
    good_fibre_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeCount:
    """Rolls of one grade among the graded rolls that were made of a lot; mixtures count whole."""

    grade: str
    rolls: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDetail:
    """One lot, opened."""

    lot: LotView
    start_mm: float
    defects: tuple[DefectView, ...]  # newest first, at most 500
    uninspected: tuple[Stretch, ...]
    kinds: tuple[KindFound, ...]  # most frequent first
    in_time: tuple[FoundInTime, ...]  # equal stretches from the first to the last finding
    shots: tuple[ShotsByFate, ...]
    grades: tuple[GradeCount, ...]  # of the rolls made of it
