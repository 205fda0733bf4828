"""Suppliers by what was measured of their lots. Pure; lots without a supplier have a card of their own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.special import gammaincinv

from service.plant.views.loop import Blame
from service.plant.views.plan import Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class LotMeasured:
    """What a line measured of one lot."""

    lot_id: str
    name: str
    supplier: str
    inspected_kg: float
    fed_kg: float
    passed_kg: float
    trash_area_pct: float | None
    contaminants: int  # sure findings in what was inspected
    ejected_kg: float
    good_fibre_kg: float
    second_share: float | None
    demo: bool


def scorecards(lots: Sequence[LotMeasured], blames: Sequence[Blame]) -> tuple[Scorecard, ...]:
    """A card for each supplier, the one with the most foreign matter first."""
    by_supplier: dict[str, list[LotMeasured]] = defaultdict(list)
    for lot in lots:
        by_supplier[lot.supplier].append(lot)
    factors = {one.name: one for one in blames if one.subject == "supplier"}
    cards = [_card(name, own, factors) for name, own in by_supplier.items()]
    return tuple(sorted(cards, key=lambda card: (-(card.contaminants_per_t or 0.0), card.supplier)))


def per_tonne(count: int, kg: float) -> tuple[float, float, float] | None:
    """A rate with its exact 95 % Poisson interval (Garwood 1936); None: nothing was inspected."""
    if kg <= 0:
        return None
    low = float(gammaincinv(count, 0.025)) if count else 0.0
    return count / kg * 1000, low / kg * 1000, float(gammaincinv(count + 1, 0.975)) / kg * 1000


def _card(name: str, lots: Sequence[LotMeasured], factors: Mapping[str, Blame]) -> Scorecard:
    fed = sum(lot.fed_kg for lot in lots)
    rate = per_tonne(sum(lot.contaminants for lot in lots), sum(lot.inspected_kg for lot in lots))
    blamed = factors.get(name)
    return Scorecard(
        supplier=name,
        lots=len(lots),
        fed_kg=fed,
        trash_area_pct=_mean([(lot.trash_area_pct, lot.inspected_kg) for lot in lots]),
        contaminants_per_t=rate[0] if rate else None,
        contaminants_low=rate[1] if rate else None,
        contaminants_high=rate[2] if rate else None,
        ejected_pct=100 * sum(lot.ejected_kg for lot in lots) / fed if fed > 0 else None,
        good_fibre_lost_pct=100 * sum(lot.good_fibre_kg for lot in lots) / fed if fed > 0 else None,
        fabric_factor=blamed.factor if blamed else None,
        fabric_factor_low=blamed.factor_low if blamed else None,
        fabric_factor_high=blamed.factor_high if blamed else None,
        second_share=_mean([(lot.second_share, lot.passed_kg) for lot in lots]),
        demo=any(lot.demo for lot in lots),
    )


def _mean(values: Sequence[tuple[float | None, float]]) -> float | None:
    """Mean by mass over the lots that were measured."""
    known = [(value, kg) for value, kg in values if value is not None and kg > 0]
    kg = sum(part for _, part in known)
    return sum(value * part for value, part in known) / kg if kg > 0 else None
