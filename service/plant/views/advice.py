"""Recommendations that were given, and what became of them."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.outlook.advice import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A recommendation that was given, what became of it, and what it brought."""

    id: int
    kind: str
    subject: str
    article: str
    line: str | None
    measured_by: str
    before_value: float
    expected_value: float
    quantity_per_week: float
    expected_per_week: float
    currency: str
    evidence: tuple[Fact, ...]
    made_utc: datetime
    status: str  # "proposed", "accepted", "declined", "scored"
    decided_by: str | None
    decided_utc: datetime | None
    note: str
    after_value: float | None
    gained_per_week: float | None
    scored_utc: datetime | None
    demo: bool
