"""One figure before it is a record: both sides of the fraction, and what they rest on."""

from dataclasses import dataclass, replace
from datetime import datetime

from service.plant.kpi.catalogue import BY_CODE
from service.plant.kpi.inputs import Amount
from service.plant.kpi.totals import Totals
from service.plant.views.kpis import Kpi, KpiSource

MONEY = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one KPI is worked out from; a side that is None is measured by nobody."""

    code: str
    numerator: float | None
    denominator: float | None
    completeness: float | None = None
    source: KpiSource | None = None  # None: as the catalogue says
    factor: float | None = None  # None: as the catalogue says
    missing: str = ""  # what would measure it, where more can be said than the catalogue does


def of_amounts(
    code: str, numerator: Amount | None, denominator: Amount | None, completeness: float | None = None
) -> Figure:
    """A figure of two amounts: as good as the worse of the two."""
    sides = [side for side in (numerator, denominator) if side is not None]
    shares = [side.completeness for side in sides if side.completeness is not None]
    if completeness is not None:
        shares.append(completeness)
    return Figure(
        code=code,
        numerator=numerator.value if numerator else None,
        denominator=denominator.value if denominator else None,
        completeness=min(shares, default=None),
        source=weakest(*(side.source for side in sides)),
    )


def weakest(*sources: KpiSource) -> KpiSource | None:
    """What a figure of several sources is: an estimate among them makes it one."""
    for source in (KpiSource.ESTIMATED, KpiSource.IMPORTED, KpiSource.MEASURED):
        if source in sources:
            return source
    return None


def share(part: float, whole: float) -> float | None:
    """Return part / whole; None where there is no whole."""
    return part / whole if whole > 0 else None


def as_kpi(figure: Figure, totals: Totals, now: datetime, currency: str) -> Kpi:
    """Divide, where there is something to divide by; else the record says what is missing."""
    definition = BY_CODE[figure.code]
    numerator, denominator = figure.numerator, figure.denominator
    factor = definition.factor if figure.factor is None else figure.factor
    value = None
    if numerator is not None and denominator is not None and denominator > 0:
        value = numerator / denominator * factor
    kpi = Kpi(
        slug=definition.slug,
        basis=definition.basis,
        value=value,
        unit=definition.unit,
        numerator=numerator,
        numerator_unit=definition.numerator_unit,
        denominator=denominator,
        denominator_unit=definition.denominator_unit,
        formula=definition.formula,
        source=figure.source or definition.source,
        window_from=totals.window_from,
        window_to=totals.window_to,
        line=totals.line,
        baseline_id=None,
        completeness=figure.completeness,
        completeness_of=definition.completeness_of,
        demo=totals.demo,
        missing="",
        age_s=(now - totals.newest_utc).total_seconds() if totals.newest_utc else None,
    )
    if value is None:
        return replace(
            kpi,
            numerator=None,
            denominator=None,
            completeness=None,
            missing=figure.missing or definition.missing,
        )
    return _in_currency(kpi, currency) if MONEY in kpi.unit + kpi.numerator_unit else kpi


def _in_currency(kpi: Kpi, currency: str) -> Kpi:
    return replace(
        kpi,
        unit=kpi.unit.replace(MONEY, currency),
        numerator_unit=kpi.numerator_unit.replace(MONEY, currency),
        denominator_unit=kpi.denominator_unit.replace(MONEY, currency),
    )
