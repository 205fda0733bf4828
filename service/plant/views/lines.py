"""A line as it is now, and its alarms."""

from dataclasses import dataclass
from datetime import datetime

from service.event_terms import LineKind, LineState
from service.plant.views.intake import Gap
from service.said.sayings import Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """One alarm, from raised to cleared."""

    line: str
    code: str
    detail: str  # in English
    said: tuple[Saying, ...]  # the same for any language; empty: in English alone
    raised_utc: datetime
    cleared_utc: datetime | None  # None: still active
    demo: bool

    @property
    def active(self) -> bool:
        """Whether the cause is still there."""
        return self.cleared_utc is None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """The live state of one line; a line that never delivered has None almost everywhere."""

    line: str
    area: str | None
    kind: LineKind | None
    state: LineState | None
    cause: str  # in English
    said: tuple[Saying, ...]  # the same for any language; empty: in English alone
    since_utc: datetime | None  # of this state
    article: str | None
    bundle_id: str | None
    software: str | None
    web_width_mm: float | None
    speed_m_min: float | None  # from the newest spans; None when the data are old
    coverage: float | None  # 0..1: inspected share of the last hour's length
    deadline_misses: int | None  # frames decided too late in the last hour
    last_event_utc: datetime | None
    received_utc: datetime | None  # when the plant last took an event
    age_s: float | None  # of the last event
    roll_id: str | None  # open roll (fabric)
    roll_name: str | None
    lot_id: str | None  # open lot (fibre)
    lot_name: str | None
    alarms: tuple[AlarmView, ...]  # active ones
    missing_events: int
    gaps: tuple[Gap, ...]
    demo: bool
