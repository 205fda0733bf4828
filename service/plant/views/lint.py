"""A lot's lint as the line measured it, and its grade."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.grading.lint.lot import LotGrade


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReading:
    """One group of strips."""

    utc: datetime
    from_mm: float
    to_mm: float
    trash_count_m2: float
    trash_area_pct: float
    fibre_cover_pct: float
    rd: float | None  # None: refused
    plus_b: float | None
    colour_from: str  # "references", "chart"; empty: refused
    refused: str  # why


@dataclass(frozen=True, slots=True, kw_only=True)
class LintMean:
    """A feature's mean over the lot with its 95 % interval; no interval from fewer than two stretches."""

    feature: str  # rd, plus_b, trash_area_pct, trash_count_m2
    value: float
    low: float | None
    high: float | None
    readings: int  # that it is the mean of


@dataclass(frozen=True, slots=True, kw_only=True)
class LintLot:
    """A lot's lint: means, the grade as a distribution, and all that was refused."""

    lot_id: str
    supplier: str  # empty: unknown
    readings: int
    colour_refused: int  # readings without Rd and +b
    refusals: tuple[str, ...]  # each reason once
    means: tuple[LintMean, ...]
    grade: LotGrade  # its `grade` is empty where it is refused
    profile: str  # "name vN"; empty: there is none
    trash_mass_pct: float | None  # from the area, where the plant weighed samples
    demo: bool
