"""What to do with each lot once orders got theirs: use, re-route, hold or keep spare, and why. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from service.plant.planning.assign import Assignment, assign
from service.plant.planning.limits import broken
from service.plant.planning.tree import WORDS, Case, explain
from service.plant.views.plan import LotAdvice, LotOffer, OrderNeed, Plan

HOLD, SPARE = "hold", "spare"


def plan(lots: Sequence[LotOffer], orders: Sequence[OrderNeed], now: datetime | None = None) -> Plan:
    """Assign lots to orders, say what each lot is for, and explain it in words.

    Raises:
        PlantError: bad_plan.
    """
    made = assign(lots, orders)
    goes = _goes(made)
    advices = tuple(_advice(lot, orders, goes.get(lot.lot_id, {})) for lot in lots)
    cases = [
        Case(features=_features(lot), goes=_word(advice)) for lot, advice in zip(lots, advices, strict=True)
    ]
    return Plan(
        feasible=not made.obstacles,
        cost=made.cost,
        assigned=made.assigned,
        mixtures=made.mixtures,
        lots=advices,
        obstacles=made.obstacles,
        rules=tuple(rule.words for rule in explain(cases)),
        made_utc=now,
        demo=any(lot.demo for lot in lots),
    )


def _goes(made: Assignment) -> dict[str, dict[str, float]]:
    goes: dict[str, dict[str, float]] = defaultdict(dict)
    for part in made.assigned:
        goes[part.lot_id][part.order_id] = part.kg
    return goes


def _advice(lot: LotOffer, orders: Sequence[OrderNeed], goes: Mapping[str, float]) -> LotAdvice:
    breaks = {order.order_id: broken(lot, order) for order in orders}
    fits = tuple(order_id for order_id, limits in breaks.items() if not limits)
    left = lot.available_kg - sum(goes.values())
    into = tuple(sorted(goes, key=lambda order_id: -goes[order_id]))
    if lot.meant_for and lot.meant_for not in goes and goes:
        advice, reason = "reroute", _first(breaks.get(lot.meant_for, ())) or "another order makes more of it"
    elif goes:
        advice, reason = (
            "use",
            "keeps every limit by itself" if set(into) <= set(fits) else _thinned(breaks, into),
        )
    elif orders and not fits:
        advice, reason = HOLD, _first(*breaks.values())
    else:
        advice, reason = SPARE, "orders are filled at less cost from other lots"
    return LotAdvice(
        lot_id=lot.lot_id, advice=advice, order_ids=into, fits=fits, left_kg=round(max(0.0, left), 1),
        expected_second_share=lot.second_share, reason=reason,
    )  # fmt: skip


def _thinned(breaks: Mapping[str, Sequence[str]], into: Sequence[str]) -> str:
    limits = _first(*(breaks[order_id] for order_id in into))
    return f"thinned out by other lots of the mixture: {limits}"


def _first(*limits: Sequence[str]) -> str:
    return next((text for texts in limits for text in texts), "")


def _features(lot: LotOffer) -> dict[str, float]:
    return {name: float(value) for name in WORDS if (value := getattr(lot, name)) is not None}


def _word(advice: LotAdvice) -> str:
    """Where a lot goes, for the tree; a lot in several orders goes where most of it goes."""
    return f"order {advice.order_ids[0]}" if advice.order_ids else advice.advice


def told(plan: Plan) -> str:
    """A plan for a person at the console."""
    lines = [f"{part.order_id}\t{part.lot_id}\t{part.kg:.0f} kg" for part in plan.assigned]
    lines += [obstacle.text for obstacle in plan.obstacles]
    counts = Counter(lot.advice for lot in plan.lots)
    lines.append(", ".join(f"{advice}: {number} lots" for advice, number in sorted(counts.items())))
    lines += [
        f"{lot.lot_id}: {lot.advice}: {lot.reason}" for lot in plan.lots if lot.advice in (HOLD, "reroute")
    ]
    lines += [f"rule: {words}" for words in plan.rules]
    cost = f", cost {plan.cost:.2f}" if plan.cost is not None else ""
    head = "every order is filled within its limits" if plan.feasible else "not every limit can be kept"
    return "\n".join([head + cost, *lines])
