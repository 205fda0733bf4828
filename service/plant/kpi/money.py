"""What production cost and what it is sold for, from quantities and the plant's price table. Pure."""

from dataclasses import dataclass

from service.plant.kpi.economics import PriceVersion
from service.plant.kpi.inputs import Amount, MassBalance, Side
from service.plant.views.kpis import KpiSource

KINDS_OF_COST = 4  # material, machine time, labour, energy


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What was spent; None with a reason where a priced quantity is not measured."""

    amount: Amount | None
    missing: str


def cost(side: Side, prices: PriceVersion | None, basis: str) -> Cost:
    """Add up material, machine time, labour and energy; kinds without a price are left out and told."""
    if prices is None or not side.produced:
        return Cost(amount=None, missing="")
    material = 0.0
    for made in side.produced:
        priced = prices.article(made.article, basis)
        if priced is None:
            return _lacks(f"prices of article {made.article!r} in the plant's economics file")
        material += made.quantity * priced.material
    total, kinds = material, 1
    for what, rate, amount in (
        ("running time", prices.machine_hour, side.run_h),
        ("labour hours", prices.labour_hour, side.labour_h),
        ("metered energy", prices.kwh, side.energy_kwh),
    ):
        if rate is None:
            continue
        if amount is None:
            return _lacks(f"{what}: it has a price, but nobody measures it")
        total += amount.value * rate
        kinds += 1
    return Cost(
        amount=Amount(value=total, source=KpiSource.ESTIMATED, completeness=kinds / KINDS_OF_COST), missing=""
    )


def income(side: Side, prices: PriceVersion | None, basis: str, mass: MassBalance | None) -> Amount | None:
    """What the output is sold for, by grade; None where an article has no prices."""
    if prices is None or not side.produced:
        return None
    total = 0.0
    for made in side.produced:
        priced = prices.article(made.article, basis)
        if priced is None:
            return None
        if basis == "mass":
            total += made.good * priced.price_first
            continue
        price_b = priced.price_first if priced.price_b is None else priced.price_b
        total += made.best * priced.price_first + (made.good - made.best) * price_b
        total += made.second * (priced.price_second or 0.0)
    if basis == "mass" and mass is not None:
        total += mass.by_product_kg * prices.by_product_kg
    return Amount(value=total, source=KpiSource.ESTIMATED)


def _lacks(what: str) -> Cost:
    return Cost(amount=None, missing=f"Needed: {what}")
