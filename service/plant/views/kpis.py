"""Figures, what each is, and the windows of time they are counted in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WindowName(StrEnum):
    """Time windows that have a name."""

    SHIFT = "shift"  # the running shift
    LAST_SHIFT = "last_shift"
    DAY = "day"  # since local midnight
    WEEK = "7_days"
    MONTH = "month"  # since the first of the local month
    LAST_MONTH = "last_month"


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


class KpiGroup(StrEnum):
    """Where a figure is at home."""

    MODEL_6 = "model_6"  # management model, table 6
    MODEL_7 = "model_7"
    ISO_22400 = "iso_22400"
    LINE = "line"  # the lines' own


class Better(StrEnum):
    """Which way a figure should go."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiDefinition:
    """What a KPI is, whether or not it has a value now."""

    slug: str
    basis: str  # "area", "mass", "length", "frames", "shots" …: two bases are never mixed
    group: KpiGroup
    reference: str  # table, standard or "own definition"
    better: Better
    unit: str  # "money" stands for the plant's currency
    numerator: str
    numerator_unit: str
    denominator: str
    denominator_unit: str
    factor: float  # value = numerator / denominator x factor
    formula: str
    source: KpiSource  # at best; a figure with estimated inputs says so
    completeness_of: str
    missing: str  # what would measure it

    @property
    def code(self) -> str:
        """One figure's name."""
        return f"{self.slug}.{self.basis}"


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

    @property
    def code(self) -> str:
        """One figure's name."""
        return f"{self.slug}.{self.basis}"
