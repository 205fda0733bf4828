"""Totals and inputs → KPIs. Pure. Where nothing was counted a KPI has no value: never a false zero."""

from datetime import datetime

from service.plant.kpi.catalogue import CATALOGUE
from service.plant.kpi.figure import Figure, as_kpi, share
from service.plant.kpi.inputs import Inputs
from service.plant.kpi.iso_figures import iso_figures
from service.plant.kpi.model_figures import model_figures
from service.plant.kpi.stop_figures import stop_figures
from service.plant.kpi.totals import Totals
from service.plant.views.kpis import Kpi


def compute(
    totals: Totals, *, events_held: float | None, now: datetime, inputs: Inputs | None = None
) -> tuple[Kpi, ...]:
    """Every KPI of the catalogue; `events_held` is the share of the lines' events that arrived."""
    given = inputs or Inputs()
    figures = (
        *_area_figures(totals),
        *_mass_figures(totals),
        *_line_figures(totals, events_held),
        *_judgement_figures(totals),
        *model_figures(totals, given),
        *iso_figures(totals, given),
        *stop_figures(totals, given),
    )
    by_code = {figure.code: figure for figure in figures}
    currency = given.economics.currency if given.economics else ""
    return tuple(as_kpi(by_code[definition.code], totals, now, currency) for definition in CATALOGUE)


def _area_figures(totals: Totals) -> tuple[Figure, ...]:
    rolls = totals.rolls
    seen = share(totals.fabric.inspected_mm, totals.fabric.inspected_mm + totals.fabric.not_inspected_mm)
    final = share(rolls.final, rolls.ended)
    return (
        Figure(
            code="defect_rate.area",
            numerator=totals.fabric_defects.counted,
            denominator=totals.fabric.inspected_m2,
            completeness=seen,
        ),
        _roll_figure("defect_level.area", rolls.second_m2, rolls.graded_m2, final),
        _roll_figure("material_loss.area", rolls.downgraded_m2, rolls.graded_m2, final),
        _roll_figure("points_per_100_m2.area", rolls.points, rolls.inspected_m2, final),
    )


def _roll_figure(code: str, part: float, whole: float, final: float | None) -> Figure:
    return Figure(code=code, numerator=part, denominator=whole, completeness=final)


def _mass_figures(totals: Totals) -> tuple[Figure, ...]:
    fibre, shots = totals.fibre, totals.shots
    fed_kg = fibre.inspected_kg + fibre.not_inspected_kg
    seen = share(fibre.inspected_kg, fed_kg)
    figures = (
        ("defect_rate.mass", totals.fibre_defects.counted, fibre.inspected_kg / 1000, None),
        ("good_fibre_share.mass", shots.good_fibre_kg, shots.ejected_kg, None),
        # A sum, not a ratio: the factor undoes the division, the mass fed stands beside it.
        ("ejected_kg.mass", shots.ejected_kg, fed_kg, fed_kg),
    )
    return tuple(
        Figure(code=code, numerator=part, denominator=whole, factor=factor, completeness=seen)
        for code, part, whole, factor in figures
    )


def _line_figures(totals: Totals, events_held: float | None) -> tuple[Figure, ...]:
    both = (totals.fabric, totals.fibre)
    inspected_m = sum(part.inspected_mm for part in both) / 1000
    length_m = inspected_m + sum(part.not_inspected_mm for part in both) / 1000
    frames = sum(part.frames for part in both)
    waited_ms = sum(part.decision_ms_sum for part in both)
    figures = (
        ("coverage.length", inspected_m, length_m),
        ("deadline_miss_rate.frames", sum(part.deadline_misses for part in both), frames),
        ("decision_speed.time", waited_ms, sum(part.spans for part in both)),
    )
    return tuple(
        Figure(code=code, numerator=part, denominator=whole, completeness=events_held)
        for code, part, whole in figures
    )


def _judgement_figures(totals: Totals) -> tuple[Figure, ...]:
    defects = (totals.fabric_defects, totals.fibre_defects)
    marked, found = sum(part.marked for part in defects), sum(part.found for part in defects)
    shots = totals.shots
    return (
        Figure(
            code="false_alarm_share.marks",
            numerator=sum(part.wrong for part in defects),
            denominator=marked,
            completeness=share(marked, found),
        ),
        Figure(
            code="escape_share.shots",
            numerator=shots.escaped,
            denominator=shots.answered,
            completeness=share(shots.answered, shots.ordered),
        ),
    )
