"""What the plant shows of its control charts."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.spc.records import ChartKey, Limits, Point
from service.plant.views.quality_alarms import QualityAlarm


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartState:
    """One chart in a list."""

    key: ChartKey
    limits: Limits | None  # None: the baseline is not full yet
    newest: Point | None
    open_alarms: tuple[QualityAlarm, ...]
    baseline_subgroups: int
    baseline_wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartView:
    """One chart, drawn; points belong to the newest limits."""

    key: ChartKey
    limits: tuple[Limits, ...]  # every version, oldest first
    points: tuple[Point, ...]
    baseline_subgroups: int
    baseline_wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RarePoint:
    """One critical defect and how far behind the one before it lies."""

    defect_id: str
    order_no: int
    utc: datetime
    kind: str
    gap_mm: float
    together_mm: float | None  # over the last four gaps; None: fewer so far
    signal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RareView:
    """A g chart; without limits there were too few critical defects."""

    key: ChartKey
    limits: Limits | None  # centre: mean gap in mm
    bound_mm: float | None  # the shortest distance over four gaps that is in control
    points: tuple[RarePoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupDefect:
    """A defect of a subgroup, with the way to its picture."""

    defect_id: str
    kind: str
    score: float
    unsure: bool
    roll_id: str | None
    lot_id: str | None
    picture_sha256: str | None
    picture_held: bool
    utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupView:
    """One point of a chart, opened: what was counted then, what the rows say now, defects and pictures."""

    id: int
    line: str
    article: str
    bundle_id: str
    supplier: str
    from_utc: datetime
    to_utc: datetime
    from_mm: float
    to_mm: float
    frames: int
    defective: int
    area_m2: float
    defects: int
    whole: bool
    frames_now: int  # more than `frames`: spans arrived after it was closed
    defects_now: int
    roll_ids: tuple[str, ...]
    lot_ids: tuple[str, ...]
    found: tuple[SubgroupDefect, ...]  # newest first, at most 500
    demo: bool
