"""What the plant shows: frozen records that the web turns into pages and JSON.

Lengths inside a roll start at the roll's first millimetre. `demo` is true where rendered or simulated input
had a part. None means "not known" or "not measured", never zero.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from service.event_terms import LineKind, LineState
from service.events import VerdictPair
from service.line_commands import CommandOutcome, LineCommand

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page of a longer list; pages count from 1."""

    items: tuple[Item, ...]
    page: int
    page_size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.page_size))


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What became of a delivered batch."""

    accepted: int
    duplicates: int
    last_seq: int  # the plant holds every event of this log up to here, without a gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Events of a line's log that never arrived, both ends included."""

    log_id: str
    from_seq: int
    to_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """One alarm, from raised to cleared."""

    line: str
    code: str
    detail: str
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
    cause: str
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


class MarkVerdict(StrEnum):
    """What a person says of a found defect."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkView:
    """A person's verdict on a defect; the newest one counts."""

    defect_id: str
    verdict: MarkVerdict
    kind: str | None  # corrected kind, where given
    user: str
    utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectView:
    """One defect, placed within its roll (or within the web's zero where it belongs to none)."""

    defect_id: str
    line: str
    roll_id: str | None
    lot_id: str | None
    kind: str  # as found; a correction stands in `mark`
    score: float
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    length_mm: float  # longest dimension
    area_mm2: float
    unsure: bool
    points: int  # 0: not graded
    not_graded_because: str  # "unsure", "marked_wrong", "below_length" or empty
    bundle_id: str
    crop_sha256: str | None
    crop_held: bool  # the picture lies in the plant's store
    mark: MarkView | None
    found_utc: datetime
    demo: bool


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
    workings: tuple[str, ...]  # the arithmetic, line by line
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
class LotDetail:
    """One lot, opened."""

    lot: LotView
    start_mm: float
    defects: tuple[DefectView, ...]  # newest first, at most 500
    uninspected: tuple[Stretch, ...]


class WindowName(StrEnum):
    """Time windows that have a name."""

    SHIFT = "shift"  # the running shift
    LAST_SHIFT = "last_shift"
    DAY = "day"  # since local midnight
    WEEK = "7_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time, from included, to excluded."""

    from_utc: datetime
    to_utc: datetime
    name: str = "custom"
    shift: str = ""  # name of the shift, where it is one


class KpiSource(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiDefinition:
    """What a KPI is, whether or not it has a value now."""

    slug: str
    basis: str  # "area", "mass", "length", "frames", "shots", "marks", "time": two bases are never mixed
    unit: str
    numerator_unit: str
    denominator_unit: str
    formula: str
    source: KpiSource
    missing: str  # what would measure it


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure with all that is needed to trust it."""

    slug: str
    basis: str
    value: float | None  # None: not measured
    unit: str
    numerator: float | None
    numerator_unit: str
    denominator: float | None
    denominator_unit: str
    formula: str
    source: KpiSource
    window_from: datetime
    window_to: datetime
    line: str | None
    baseline_id: str | None
    completeness: float | None  # 0..1: the share of what should be counted that was
    completeness_of: str  # of what it is a share
    demo: bool
    missing: str  # what would measure it; empty when there is a value
    age_s: float | None  # of the newest row that was counted


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """A command to a line and what became of it."""

    command: LineCommand
    outcome: CommandOutcome | None  # None: waits; EXPIRED also where no answer came in time
    detail: str
    answered_utc: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleView:
    """A bundle of the registry."""

    bundle_id: str
    article: str
    state: str  # "candidate", "shadow", "active", "retired"
    created_utc: str
    mm_per_px: float
    false_alarm_rate_expected: float
    note: str
    demo: bool
    running_on: tuple[str, ...]  # lines that say they run it


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowView:
    """How a recipe that looks on as shadow agreed with the active one on one line."""

    line: str
    article: str
    active_bundle_id: str
    shadow_bundle_id: str
    frames: int  # seen by both
    skipped: int  # the shadow had no time for them
    agreement: float | None  # 0..1: share of `frames` judged alike; None: none was compared
    verdicts: tuple[VerdictPair, ...]  # which verdicts met how often
    first_utc: datetime
    last_utc: datetime
    demo: bool


class Role(StrEnum):
    """What a user may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    ENGINEER = "engineer"
    MANAGER = "manager"
    ADMIN = "admin"

    def may_act_as(self, needed: "Role") -> bool:
        """Whether this role is `needed` or stands above it."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may log in."""

    login: str
    role: Role
    must_change_password: bool
    created_utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """Who changed what, when."""

    utc: datetime
    user: str
    action: str
    subject: str
    detail: dict[str, str] = field(default_factory=dict)
