"""Rolls, their grades and what nobody looked at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.plant.views.defects import DefectView
from service.said.sayings import Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a roll that nobody looked at. Reason "no_record": no event speaks of it."""

    from_mm: float
    to_mm: float
    reason: str
    detail: str


class GradeStatus(StrEnum):
    """How far a grade may be trusted."""

    OPEN = "open"  # the roll still runs
    PROVISIONAL = "provisional"  # too much of it was not inspected
    FINAL = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeView:
    """A roll's grade and how it was worked out."""

    grade: str | None  # "A", "B", "second"; None: nothing was inspected
    status: GradeStatus
    points: int
    points_per_100_m2: float | None
    length_m: float
    inspected_length_m: float  # the length that points are divided by
    width_mm: float
    area_m2: float
    coverage: float  # 0..1
    first_limit: float  # points per 100 m2
    second_limit: float
    contract_is_example: bool
    profile_id: str
    profile_version: int
    profile_source: str
    profile_edition: str
    profile_verified: bool
    workings: tuple[str, ...]  # the arithmetic, line by line, in English
    said: tuple[Saying, ...]  # the same lines for any language
    graded_utc: datetime
    reason: str  # what caused this grading: "live", "roll_ended", "late_events", "mark", "rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRow:
    """A roll in a list."""

    roll_id: str
    line: str
    name: str
    article: str
    placeholder: bool  # known from references only: its start has not arrived
    started_utc: datetime | None
    ended_utc: datetime | None
    length_m: float
    width_mm: float
    coverage: float
    grade: str | None
    status: GradeStatus
    points: int
    points_per_100_m2: float | None
    defects: int  # counted ones, whatever their points
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RollView:
    """One roll, opened."""

    row: RollRow
    start_mm: float  # on the web
    defects: tuple[DefectView, ...]
    uninspected: tuple[Stretch, ...]
    points_per_metre: tuple[int, ...]
    grade: GradeView
    earlier_grades: tuple[GradeView, ...]  # oldest first
