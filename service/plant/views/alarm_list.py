"""All alarms in one list: what lines, plant and control charts raised, and who took them up."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.said.sayings import Saying


class AlarmState(StrEnum):
    """How an alarm stands."""

    RAISED = "raised"  # the cause is there, nobody took it up
    ACKNOWLEDGED = "acknowledged"  # the cause is there, somebody is on it
    OVER = "over"  # the cause is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAlarm:
    """One alarm, with what to do and what was done."""

    key: str
    line: str
    code: str
    detail: str  # in English
    said: tuple[Saying, ...]  # the same for any language; empty: in English alone
    measure: str  # of a chart or of drift; empty: a line's or the plant's own alarm
    article: str
    value: float | None
    bound: float | None
    first_point: int | None  # subgroup of the chart where it began
    steps: tuple[str, ...]  # codes of the panel's texts, or a plant's own words
    respond_within_min: float
    raised_utc: datetime
    over_utc: datetime | None
    acknowledged_utc: datetime | None
    acknowledged_by: str
    note: str
    demo: bool

    @property
    def state(self) -> AlarmState:
        """How it stands now."""
        if self.over_utc is not None:
            return AlarmState.OVER
        return AlarmState.ACKNOWLEDGED if self.acknowledged_utc is not None else AlarmState.RAISED

    @property
    def minutes_to_acknowledge(self) -> float | None:
        """From raised to taken up; None: nobody did."""
        if self.acknowledged_utc is None:
            return None
        return (self.acknowledged_utc - self.raised_utc).total_seconds() / 60
