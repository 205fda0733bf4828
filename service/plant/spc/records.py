"""What charts are drawn from and what they say."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Measure(StrEnum):
    """What a chart counts."""

    DEFECTIVE_FRAMES = "defective_frames"  # Laney p': defective frames of all inspected
    DEFECTS = "defects"  # Laney u': sure defects per 100 m2
    RARE_DEFECTS = "rare_defects"  # g: frames between defects of a critical kind


class Rule(StrEnum):
    """Why a point is a signal. ABOVE is worse cloth; BELOW asks whether the camera still sees."""

    ABOVE = "above"
    BELOW = "below"
    DRIFT_UP = "drift_up"  # EWMA
    DRIFT_DOWN = "drift_down"
    TOO_CLOSE = "too_close"  # g chart: rare defects follow each other too soon

    @property
    def is_worse(self) -> bool:
        """Whether the material got worse, by this rule."""
        return self in (Rule.ABOVE, Rule.DRIFT_UP, Rule.TOO_CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartKey:
    """One set of limits each: a new CNN is a new gauge, another article another process."""

    line: str
    article: str
    bundle_id: str
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One subgroup as a chart sees it."""

    id: int
    utc: datetime  # of its newest row
    count: int  # defective frames, or defects
    size: float  # frames, or areas of 100 m2; above 0

    @property
    def rate(self) -> float:
        """Count per size."""
        return self.count / self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Frozen limits of one chart; they change only by a new version."""

    key: ChartKey
    version: int
    centre: float  # rate
    sigma_z: float  # Laney's; 1: no more spread than pure counting gives
    subgroups: int  # of the baseline
    outside: int  # baseline points beyond their own limits: a baseline that was not in control says so
    from_utc: datetime
    to_utc: datetime
    frozen_utc: datetime
    frozen_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One subgroup on its chart."""

    sample: Sample
    rate: float
    lower: float
    centre: float
    upper: float
    ewma: float  # in sigmas of z
    ewma_limit: float  # the same, both sides
    signals: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanFacts:
    """One inspected span as subgroups are cut from it."""

    order_no: int
    utc: datetime
    article: str
    bundle_id: str
    supplier: str
    from_mm: float
    to_mm: float
    width_mm: float
    frames: int
    defective: int
    unsure: int
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroup:
    """Consecutive spans of one article under one CNN, counted together."""

    article: str
    bundle_id: str
    supplier: str
    from_order: int
    to_order: int
    from_utc: datetime
    to_utc: datetime
    from_mm: float
    to_mm: float
    frames: int
    defective: int
    unsure: int
    area_m2: float
    whole: bool  # False: another article or CNN cut it short; kept, not judged
    demo: bool
