"""Totals → KPIs. Pure. Where nothing was counted a KPI has no value: never a false zero."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.kpi import catalogue
from service.plant.kpi.totals import Totals
from service.plant.views.kpis import Kpi, KpiDefinition

PERCENT = 100.0
INSPECTED_LENGTH = "inspected length"
FED_MASS_INSPECTED = "fed mass that was inspected"
ROLLS_FINAL = "ended rolls with a final grade"
LOG_HELD = "events of the lines' logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one KPI is worked out from."""

    definition: KpiDefinition
    numerator: float
    denominator: float
    factor: float
    completeness: float | None
    completeness_of: str


def compute(totals: Totals, *, events_held: float | None, now: datetime) -> tuple[Kpi, ...]:
    """Every KPI of the catalogue; `events_held` is the share of the lines' events that arrived."""
    figures = (
        *_area_figures(totals),
        *_mass_figures(totals),
        *_line_figures(totals, events_held),
        *_judgement_figures(totals, events_held),
    )
    by_definition = {figure.definition: figure for figure in figures}
    return tuple(_kpi(by_definition[definition], totals, now) for definition in catalogue.CATALOGUE)


def share(part: float, whole: float) -> float | None:
    """Return part / whole; None where there is no whole."""
    return part / whole if whole > 0 else None


def _area_figures(totals: Totals) -> tuple[Figure, ...]:
    rolls = totals.rolls
    seen = share(totals.fabric.inspected_mm, totals.fabric.inspected_mm + totals.fabric.not_inspected_mm)
    final = share(rolls.final, rolls.ended)
    return (
        Figure(
            definition=catalogue.DEFECT_RATE,
            numerator=totals.fabric_defects.counted,
            denominator=totals.fabric.inspected_m2,
            factor=1000.0,
            completeness=seen,
            completeness_of=INSPECTED_LENGTH,
        ),
        _roll_figure(catalogue.DEFECT_LEVEL, rolls.second_m2, rolls.graded_m2, final),
        _roll_figure(catalogue.MATERIAL_LOSS_AREA, rolls.downgraded_m2, rolls.graded_m2, final),
        _roll_figure(catalogue.POINTS, rolls.points, rolls.inspected_m2, final),
    )


def _roll_figure(definition: KpiDefinition, part: float, whole: float, final: float | None) -> Figure:
    return Figure(
        definition=definition,
        numerator=part,
        denominator=whole,
        factor=PERCENT,
        completeness=final,
        completeness_of=ROLLS_FINAL,
    )


def _mass_figures(totals: Totals) -> tuple[Figure, ...]:
    fibre, shots = totals.fibre, totals.shots
    fed_kg = fibre.inspected_kg + fibre.not_inspected_kg
    seen = share(fibre.inspected_kg, fed_kg)
    figures = (
        (catalogue.CONTAMINATION_RATE, totals.fibre_defects.counted, fibre.inspected_kg / 1000, 1.0),
        (catalogue.MATERIAL_LOSS_MASS, shots.ejected_kg, fed_kg, PERCENT),
        (catalogue.GOOD_FIBRE_SHARE, shots.good_fibre_kg, shots.ejected_kg, PERCENT),
    )
    # The ejected mass is a sum, not a ratio: the factor undoes the division, the mass fed stands beside it.
    ejected = (catalogue.EJECTED, shots.ejected_kg, fed_kg, fed_kg)
    return tuple(
        Figure(
            definition=definition,
            numerator=part,
            denominator=whole,
            factor=factor,
            completeness=seen,
            completeness_of=FED_MASS_INSPECTED,
        )
        for definition, part, whole, factor in (*figures, ejected)
    )


def _line_figures(totals: Totals, events_held: float | None) -> tuple[Figure, ...]:
    both = (totals.fabric, totals.fibre)
    inspected_m = sum(part.inspected_mm for part in both) / 1000
    length_m = inspected_m + sum(part.not_inspected_mm for part in both) / 1000
    frames = sum(part.frames for part in both)
    figures = (
        (catalogue.COVERAGE, inspected_m, length_m, PERCENT),
        (catalogue.DEADLINE_MISS_RATE, sum(part.deadline_misses for part in both), frames, PERCENT),
        (
            catalogue.DECISION_SPEED,
            sum(part.decision_ms_sum for part in both),
            sum(part.spans for part in both),
            1.0,
        ),
    )
    return tuple(
        Figure(
            definition=definition,
            numerator=part,
            denominator=whole,
            factor=factor,
            completeness=events_held,
            completeness_of=LOG_HELD,
        )
        for definition, part, whole, factor in figures
    )


def _judgement_figures(totals: Totals, events_held: float | None) -> tuple[Figure, ...]:
    defects = (totals.fabric_defects, totals.fibre_defects)
    marked, found = sum(part.marked for part in defects), sum(part.found for part in defects)
    shots = totals.shots
    return (
        Figure(
            definition=catalogue.FALSE_ALARM_SHARE,
            numerator=sum(part.wrong for part in defects),
            denominator=marked,
            factor=PERCENT,
            completeness=share(marked, found),
            completeness_of="found defects that were marked",
        ),
        Figure(
            definition=catalogue.ESCAPES,
            numerator=shots.escaped,
            denominator=shots.answered,
            factor=PERCENT,
            completeness=share(shots.answered, shots.ordered),
            completeness_of="ordered shots that were answered",
        ),
    )


def _kpi(figure: Figure, totals: Totals, now: datetime) -> Kpi:
    definition = figure.definition
    measured = figure.denominator > 0
    return Kpi(
        slug=definition.slug,
        basis=definition.basis,
        value=figure.numerator / figure.denominator * figure.factor if measured else None,
        unit=definition.unit,
        numerator=figure.numerator if measured else None,
        numerator_unit=definition.numerator_unit,
        denominator=figure.denominator if measured else None,
        denominator_unit=definition.denominator_unit,
        formula=definition.formula,
        source=definition.source,
        window_from=totals.window_from,
        window_to=totals.window_to,
        line=totals.line,
        baseline_id=None,
        completeness=figure.completeness if measured else None,
        completeness_of=figure.completeness_of,
        demo=totals.demo,
        missing="" if measured else definition.missing,
        age_s=(now - totals.newest_utc).total_seconds() if totals.newest_utc else None,
    )
