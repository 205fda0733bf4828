"""Suppliers by what was found in their material."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.views.kpis import KpiSource, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierFigure:
    """One figure of one supplier; `value` is None where nothing of it was measured: `missing` says what."""

    slug: str  # defect_level, points, foreign_matter, material_loss, trash, claims
    basis: str  # area, mass or rolls
    value: float | None
    unit: str
    numerator: float
    numerator_unit: str
    denominator: float
    denominator_unit: str
    completeness: float | None  # 0..1, of the window: the share whose supplier is known; None: nothing ran
    source: KpiSource
    formula: str
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierScore:
    """One supplier in a window; an empty name stands for material of an unknown supplier."""

    supplier: str
    window: Window
    figures: tuple[SupplierFigure, ...]
    rolls: int  # with any share of it
    lots: int  # that lines ran
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierRow:
    """A roll or lot behind a supplier's figures."""

    kind: str  # "roll" or "lot"
    id: str
    name: str
    line: str
    utc: datetime
    share: float  # 0..1, of the supplier in its material
    quantity: float  # m2 of the roll, kg fed of the lot: all of it
    unit: str
    bad: float  # m2 of second grade, kg ejected: all of it
    claims: int
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierDetail:
    """One supplier with the rows that its figures add up from, newest first."""

    score: SupplierScore
    rows: tuple[SupplierRow, ...]
    left_off: int  # rows beyond those shown


FEATURES = (  # in this order, for whoever compares suppliers
    *("defect_level.area", "points.area", "foreign_matter.mass", "material_loss.mass"),
    *("trash.mass", "claims.rolls"),
)


def features_of(score: SupplierScore) -> tuple[float | None, ...]:
    """A supplier's values in the order of FEATURES; None: not measured, which is no zero."""
    by_code = {f"{figure.slug}.{figure.basis}": figure.value for figure in score.figures}
    return tuple(by_code[code] for code in FEATURES)
