"""Alarms of charts and of drift as they are shown."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityAlarm:
    """One excursion of a chart or a drift measure, with its reaction plan and what was done."""

    id: int
    line: str
    article: str
    bundle_id: str
    measure: str
    rule: str
    limits_version: int
    first_point: int | None  # subgroup; g chart: the defect's order number
    last_point: int | None
    signals: int
    value: float  # of the first signal
    bound: float
    plan_id: str
    plan_version: int
    steps: tuple[str, ...]
    respond_within_min: float
    raised_utc: datetime
    ended_utc: datetime | None
    acknowledged_utc: datetime | None
    acknowledged_by: str | None
    cause: str
    action: str
    demo: bool

    @property
    def minutes_to_acknowledge(self) -> float | None:
        """From raised to acknowledged; None: nobody did."""
        if self.acknowledged_utc is None:
            return None
        return (self.acknowledged_utc - self.raised_utc).total_seconds() / 60
