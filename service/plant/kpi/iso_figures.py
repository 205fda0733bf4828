"""ISO 22400-2 by its formulas: cloth is discrete (m2, rolls), fibre a process (kg). Pure."""

from service.plant.kpi.economics import PriceVersion
from service.plant.kpi.figure import Figure, of_amounts, share
from service.plant.kpi.inputs import Amount, Inputs, Side
from service.plant.kpi.model_figures import good_area, good_mass, seen_mass
from service.plant.kpi.totals import Totals
from service.plant.views.kpis import KpiSource


def iso_figures(totals: Totals, inputs: Inputs) -> tuple[Figure, ...]:
    """Every ISO figure of the catalogue."""
    prices = inputs.economics.at(totals.window_to.date()) if inputs.economics else None
    return (
        *_time_figures("area", inputs.fabric, prices),
        *_time_figures("mass", inputs.fibre, prices),
        *_area_figures(totals, inputs),
        *_mass_figures(totals, inputs),
        Figure(
            code="first_pass_yield.rolls",
            numerator=inputs.records.first_pass,
            denominator=inputs.records.graded,
            completeness=share(inputs.records.graded, inputs.records.rolls),
        ),
    )


def _time_figures(basis: str, side: Side, prices: PriceVersion | None) -> tuple[Figure, ...]:
    planned = _planned_run(side, prices, basis, good=False)
    planned_good = _planned_run(side, prices, basis, good=True)
    return (
        of_amounts(f"availability.{basis}", side.run_h, side.planned_h),
        of_amounts(f"effectiveness.{basis}", planned, side.run_h),
        of_amounts(f"oee.{basis}", planned_good, side.planned_h if side.run_h else None),
    )


def _planned_run(side: Side, prices: PriceVersion | None, basis: str, *, good: bool) -> Amount | None:
    """PRU x quantity in hours, over the articles that have a planned rate."""
    if prices is None:
        return None
    hours, covered = 0.0, 0.0
    whole = sum(made.quantity for made in side.produced)
    for made in side.produced:
        priced = prices.article(made.article, basis)
        if priced is None or priced.planned_per_h is None:
            continue
        hours += (made.good if good else made.quantity) / priced.planned_per_h
        covered += made.quantity
    if covered <= 0:
        return None
    return Amount(value=hours, source=KpiSource.MEASURED, completeness=covered / whole)


def _area_figures(totals: Totals, inputs: Inputs) -> tuple[Figure, ...]:
    graded = Amount(value=totals.rolls.graded_m2) if totals.rolls.graded_m2 > 0 else None
    return (
        of_amounts("quality_ratio.area", good_area(totals), graded),
        of_amounts("scrap_ratio.area", inputs.fabric.scrap, graded),
        of_amounts("rework_ratio.area", inputs.fabric.rework, graded),
    )


def _mass_figures(totals: Totals, inputs: Inputs) -> tuple[Figure, ...]:
    mass, seen = inputs.mass, seen_mass(totals)
    if mass is None or mass.input_kg <= 0:
        codes = ("quality_ratio", "scrap_ratio", "loss_ratio", "integrated_goods_ratio")
        return tuple(Figure(code=f"{code}.mass", numerator=None, denominator=None) for code in codes)
    consumed = Amount(value=mass.input_kg, source=mass.source, completeness=seen)

    def part(kg: float) -> Amount:
        return Amount(value=kg, source=mass.source)

    return (
        of_amounts("quality_ratio.mass", good_mass(mass), consumed),
        of_amounts("scrap_ratio.mass", part(mass.ejected_kg + mass.waste_kg), consumed),
        of_amounts("loss_ratio.mass", part(mass.lost_kg), consumed),
        of_amounts("integrated_goods_ratio.mass", part(mass.useful_kg), consumed),
    )
