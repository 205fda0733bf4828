"""Stops that were not planned: how many, how long, what they cost. Pure."""

from service.plant.kpi.figure import Figure
from service.plant.kpi.inputs import Inputs
from service.plant.kpi.totals import Totals

MIN_PER_H = 60.0
NO_PRICE = "Needed: stop_hour, what an hour of a standing line costs, in the plant's economics file"


def stop_figures(totals: Totals, inputs: Inputs) -> tuple[Figure, ...]:
    """Number, share of the planned busy time and money; sums, with the planned time beside them."""
    stops = inputs.stops
    if stops is None or stops.planned_h <= 0:
        return tuple(Figure(code=code, numerator=None, denominator=None) for code in CODES)
    prices = inputs.economics.at(totals.window_to.date()) if inputs.economics else None
    price = prices.stop_hour if prices else None
    minutes = sum(stops.minutes_by_reason.values())
    explained = 1.0 - stops.minutes_by_reason.get("", 0.0) / minutes if minutes > 0 else 1.0
    money = None if price is None else minutes / MIN_PER_H * price
    return (
        Figure(
            code="stops.count",
            numerator=stops.count,
            denominator=stops.planned_h,
            factor=stops.planned_h,
            completeness=explained,
        ),
        Figure(
            code="stops.time",
            numerator=minutes,
            denominator=stops.planned_h * MIN_PER_H,
            completeness=explained,
        ),
        Figure(
            code="stops.money",
            numerator=money,
            denominator=stops.planned_h,
            factor=stops.planned_h,
            completeness=explained,
            missing=NO_PRICE if price is None else "",
        ),
    )


CODES = ("stops.count", "stops.time", "stops.money")
