"""The management model's tables 6 and 7. Pure."""

from service.plant.kpi.figure import Figure, of_amounts, share
from service.plant.kpi.inputs import Amount, Inputs, MassBalance, Timing
from service.plant.kpi.money import cost, income
from service.plant.kpi.totals import Totals
from service.plant.views.kpis import KpiSource

KG_PER_T = 1000.0


def model_figures(totals: Totals, inputs: Inputs) -> tuple[Figure, ...]:
    """Every figure of the two tables that the lines don't count by themselves."""
    good_m2, good_kg = good_area(totals), good_mass(inputs.mass)
    tonnes = _scaled(good_kg, 1 / KG_PER_T)
    fabric, fibre = inputs.fabric, inputs.fibre
    return (
        of_amounts("equipment_productivity.area", good_m2, fabric.run_h),
        of_amounts("equipment_productivity.mass", good_kg, fibre.run_h),
        _loss(inputs.mass, totals),
        *_records(inputs),
        of_amounts("energy_per_unit.area", fabric.energy_kwh, good_m2),
        of_amounts("energy_per_unit.mass", fibre.energy_kwh, tonnes),
        of_amounts("labour_productivity.area", good_m2, fabric.labour_h),
        of_amounts("labour_productivity.mass", good_kg, fibre.labour_h),
        *_unit_money(totals, inputs, good_m2, tonnes),
        *_returns(inputs),
    )


def good_area(totals: Totals) -> Amount | None:
    """Area graded A or B; None where no roll was graded."""
    rolls = totals.rolls
    if rolls.graded_m2 <= 0:
        return None
    return Amount(value=rolls.graded_m2 - rolls.second_m2, completeness=share(rolls.final, rolls.ended))


def good_mass(mass: MassBalance | None) -> Amount | None:
    """Good output in kg."""
    if mass is None or mass.input_kg <= 0:
        return None
    return Amount(value=mass.good_kg, source=mass.source)


def seen_mass(totals: Totals) -> float | None:
    """Share of the fed mass that was inspected."""
    fibre = totals.fibre
    return share(fibre.inspected_kg, fibre.inspected_kg + fibre.not_inspected_kg)


def _loss(mass: MassBalance | None, totals: Totals) -> Figure:
    return Figure(
        code="material_loss.mass",
        numerator=mass.lost_kg if mass else None,
        denominator=mass.input_kg if mass else None,
        completeness=seen_mass(totals),
        source=mass.source if mass else None,
    )


def _records(inputs: Inputs) -> tuple[Figure, ...]:
    records = inputs.records
    return (
        Figure(
            code="cycle_time.rolls",
            numerator=records.release.minutes,
            denominator=records.release.cases,
            completeness=share(records.release.cases, records.release.of),
        ),
        _median("decision_speed.alarm", records.alarms),
        _median("decision_speed.review", records.reviews),
        _median("decision_speed.release", records.releases),
        Figure(
            code="digitalisation.rolls",
            numerator=records.complete,
            denominator=records.rolls,
            completeness=1.0 if records.rolls else None,
        ),
    )


def _median(code: str, timing: Timing) -> Figure:
    """A median is no ratio: the factor undoes the division, the number of cases stands beside it."""
    return Figure(
        code=code,
        numerator=timing.minutes,
        denominator=timing.cases,
        factor=float(timing.cases),
        completeness=share(timing.cases, timing.of),
    )


def _unit_money(
    totals: Totals, inputs: Inputs, good_m2: Amount | None, tonnes: Amount | None
) -> tuple[Figure, ...]:
    graded = Amount(value=totals.rolls.graded_m2) if totals.rolls.graded_m2 > 0 else None
    prices = inputs.economics.at(totals.window_to.date()) if inputs.economics else None
    figures: list[Figure] = []
    for basis, side, per_cost, per_profit in (
        ("area", inputs.fabric, good_m2, graded),
        ("mass", inputs.fibre, tonnes, tonnes),
    ):
        spent = cost(side, prices, basis)
        earned = income(side, prices, basis, inputs.mass)
        profit = None
        if spent.amount is not None and earned is not None:
            profit = Amount(
                value=earned.value - spent.amount.value,
                source=KpiSource.ESTIMATED,
                completeness=spent.amount.completeness,
            )
        for code, amount, per in (("unit_cost", spent.amount, per_cost), ("unit_profit", profit, per_profit)):
            figure = of_amounts(f"{code}.{basis}", amount, per)
            figures.append(
                Figure(
                    code=figure.code,
                    numerator=figure.numerator,
                    denominator=figure.denominator,
                    completeness=figure.completeness,
                    source=KpiSource.ESTIMATED,
                    missing=spent.missing,
                )
            )
    return tuple(figures)


def _returns(inputs: Inputs) -> tuple[Figure, ...]:
    investment = inputs.economics.investment if inputs.economics else None
    invested = investment.amount if investment else None
    saving = inputs.saving
    per_year = saving.per_year if saving else None
    priced = saving.priced if saving else None
    pays_back = per_year is not None and per_year > 0
    missing = "" if pays_back or per_year is None else "The change against the baseline saves nothing yet"
    return (
        Figure(
            code="payback.money",
            numerator=invested,
            denominator=per_year if pays_back else None,
            completeness=priced,
            missing=missing,
        ),
        Figure(code="roi.money", numerator=per_year, denominator=invested, completeness=priced),
    )


def _scaled(amount: Amount | None, by: float) -> Amount | None:
    if amount is None:
        return None
    return Amount(value=amount.value * by, source=amount.source, completeness=amount.completeness)
