"""Lots to orders at least cost by SciPy's HiGHS; where it can't be done, which limits give way. Pure.

Kilograms of each lot in each order; a mixture's features are the means of its lots by mass, so that limits on
them are linear. The elastic solve lets every quantity and every limit give way at the price of its relative
violation, and tells the cheapest way out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from service.plant.errors import PlantError
from service.plant.planning.limits import Limit, blend_limits, shut_out
from service.plant.views.plan import Assigned, LotOffer, Mixture, Obstacle, OrderNeed

TIME_LIMIT_S = 20.0
CLOSE = 1e-3  # of the best cost: an order book has no better prices
LEAST_KG = 0.05  # below it a part of a lot is rounding
VIOLATED = 1e-6  # relative: what a limit gives way by rounding
MOST_PAIRS = 50_000  # lots times orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What goes where, and what gave way."""

    assigned: tuple[Assigned, ...]
    mixtures: tuple[Mixture, ...]
    obstacles: tuple[Obstacle, ...]
    cost: float


@dataclass(slots=True, kw_only=True)
class _Program:
    """A linear program under construction."""

    cost: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[dict[int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def variable(self, cost: float, most: float, *, whole: bool = False) -> int:
        self.cost.append(cost)
        self.most.append(most)
        self.whole.append(int(whole))
        return len(self.cost) - 1

    def row(self, terms: dict[int, float], low: float, high: float) -> None:
        self.rows.append(terms)
        self.low.append(low)
        self.high.append(high)

    def solve(self) -> Any:  # Any: scipy's OptimizeResult
        at = [(row, column, value) for row, terms in enumerate(self.rows) for column, value in terms.items()]
        shape = (len(self.rows), len(self.cost))
        matrix = csr_array(
            ([value for *_, value in at], ([row for row, *_ in at], [column for _, column, _ in at])),
            shape=shape,
        )
        return milp(
            c=np.array(self.cost),
            constraints=LinearConstraint(matrix, self.low, self.high),
            bounds=Bounds(0, np.array(self.most)),
            integrality=np.array(self.whole),
            options={"time_limit": TIME_LIMIT_S, "mip_rel_gap": CLOSE},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    lots: Sequence[LotOffer]
    orders: Sequence[OrderNeed]
    elastic: bool
    program: _Program = field(default_factory=_Program)
    kg: dict[tuple[int, int], int] = field(default_factory=dict)  # lot, order → variable
    short: dict[int, int] = field(default_factory=dict)  # order → variable


def assign(lots: Sequence[LotOffer], orders: Sequence[OrderNeed]) -> Assignment:
    """Give every order its kilograms within its limits, at least cost; else say what stands in the way.

    Raises:
        PlantError: bad_plan: two lots or orders share an id, a number is out of range, or the solver gave up.
    """
    _check(lots, orders)
    if not orders:
        return Assignment(assigned=(), mixtures=(), obstacles=(), cost=0.0)
    for elastic in (False, True):
        asked = _asked(lots, orders, elastic=elastic)
        found = asked.program.solve()
        if found.x is not None:
            return _answer(asked, np.asarray(found.x))
    raise PlantError(
        "bad_plan", f"the solver found no plan ({found.message}); ask with fewer lots and orders"
    )


def _asked(lots: Sequence[LotOffer], orders: Sequence[OrderNeed], *, elastic: bool) -> _Question:
    asked = _Question(lots=lots, orders=orders, elastic=elastic)
    for o, order in enumerate(orders):
        for i, lot in enumerate(lots):
            if shut_out(lot, order):
                continue
            cost = lot.price_per_kg + (lot.second_share or 0.0) * order.second_loss_per_kg
            most = min(lot.available_kg, order.needs_kg)
            asked.kg[i, o] = asked.program.variable(0.0 if elastic else cost, most)
    for i, lot in enumerate(lots):
        own = {asked.kg[i, o]: 1.0 for o in range(len(orders)) if (i, o) in asked.kg}
        if own:
            asked.program.row(own, 0.0, lot.available_kg)
    for o, order in enumerate(orders):
        _quantity(asked, o, order)
        for limit in blend_limits(order):
            _blend(asked, o, order, limit)
        _parts(asked, o, order)
    return asked


def _quantity(asked: _Question, o: int, order: OrderNeed) -> None:
    terms = {asked.kg[i, o]: 1.0 for i in range(len(asked.lots)) if (i, o) in asked.kg}
    if asked.elastic:
        asked.short[o] = asked.program.variable(1.0 / order.needs_kg, order.needs_kg)
        terms[asked.short[o]] = 1.0
    if not terms:  # no lot may go into it at all
        terms = {asked.program.variable(0.0, 0.0): 1.0}
    asked.program.row(terms, order.needs_kg, order.needs_kg)


def _blend(asked: _Question, o: int, order: OrderNeed, limit: Limit) -> None:
    terms = {
        asked.kg[i, o]: limit.excess(getattr(lot, limit.name))
        for i, lot in enumerate(asked.lots)
        if (i, o) in asked.kg
    }
    if not terms:
        return
    if asked.elastic:
        scale = max(abs(limit.value), 1e-6) * order.needs_kg
        terms[asked.program.variable(1.0 / scale, np.inf)] = -1.0
    asked.program.row(terms, -np.inf, 0.0)


def _parts(asked: _Question, o: int, order: OrderNeed) -> None:
    """Whole decisions only where an order limits how many lots, or how little of one, may go in."""
    if order.most_lots is None and order.least_part_kg <= 0:
        return
    used = {}
    for i in range(len(asked.lots)):
        if (i, o) in asked.kg:
            kg = asked.kg[i, o]
            used[i] = asked.program.variable(0.0, 1.0, whole=True)
            asked.program.row({kg: 1.0, used[i]: -asked.program.most[kg]}, -np.inf, 0.0)
            asked.program.row({kg: 1.0, used[i]: -order.least_part_kg}, 0.0, np.inf)
    if order.most_lots is not None and used:
        terms = dict.fromkeys(used.values(), 1.0)
        if asked.elastic:
            terms[asked.program.variable(1.0 / order.most_lots, float(len(used)))] = -1.0
        asked.program.row(terms, -np.inf, float(order.most_lots))


def _answer(asked: _Question, x: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Assignment:
    parts = {key: float(x[at]) for key, at in asked.kg.items() if x[at] > LEAST_KG}
    mixtures, obstacles = [], []
    for o, order in enumerate(asked.orders):
        own = [(asked.lots[i], kg) for (i, at), kg in parts.items() if at == o]
        mixture = _mixture(order, own)
        mixtures.append(mixture)
        if asked.elastic:
            obstacles += _obstacles(order, mixture, asked.lots)
    return Assignment(
        assigned=tuple(
            Assigned(lot_id=asked.lots[i].lot_id, order_id=asked.orders[o].order_id, kg=round(kg, 1))
            for (i, o), kg in sorted(parts.items(), key=lambda item: (item[0][1], item[0][0]))
        ),
        mixtures=tuple(mixtures),
        obstacles=tuple(obstacles),
        cost=sum(mixture.cost for mixture in mixtures),
    )


def _mixture(order: OrderNeed, parts: Sequence[tuple[LotOffer, float]]) -> Mixture:
    kg = sum(part for _, part in parts)

    def mean(name: str) -> float | None:
        values = [(getattr(lot, name), part) for lot, part in parts]
        if not kg or any(value is None for value, _ in values):
            return None
        return float(sum(value * part for value, part in values) / kg)

    price = mean("price_per_kg") or 0.0
    second = sum((lot.second_share or 0.0) * part for lot, part in parts)
    return Mixture(
        order_id=order.order_id, kg=round(kg, 1), lots=len(parts), trash_area_pct=mean("trash_area_pct"),
        rd=mean("rd"), plus_b=mean("plus_b"), second_share=mean("second_share"), price_per_kg=price,
        cost=price * kg + second * order.second_loss_per_kg,
    )  # fmt: skip


def _obstacles(order: OrderNeed, mixture: Mixture, lots: Sequence[LotOffer]) -> list[Obstacle]:
    found = []
    short = order.needs_kg - mixture.kg
    if short > max(LEAST_KG * len(lots), VIOLATED * order.needs_kg):
        closed = [why for lot in lots if (why := shut_out(lot, order))]
        left_out = f" {len(closed)} lots may not go into it, e.g.: {closed[0]}." if closed else ""
        found.append(
            Obstacle(
                order_id=order.order_id, limit="quantity", wanted=order.needs_kg, reached=mixture.kg,
                by=short, unit="kg",
                text=f"order {order.order_id} lacks {short:.0f} of {order.needs_kg:.0f} kg: the lots that "
                f"may go into it, and that others leave, hold {mixture.kg:.0f} kg.{left_out}",
            )
        )  # fmt: skip
    for limit in blend_limits(order):
        value = getattr(mixture, limit.name)
        if value is not None and limit.excess(value) > VIOLATED * max(abs(limit.value), 1e-6):
            side = "below" if limit.is_least else "above"
            found.append(
                Obstacle(
                    order_id=order.order_id, limit=limit.name, wanted=limit.value, reached=value,
                    by=limit.excess(value), unit=limit.unit,
                    text=f"order {order.order_id}: {limit.words} of the best mixture is "
                    f"{value:.4g}{limit.unit}, {limit.excess(value):.2g}{limit.unit} {side} the limit "
                    f"{limit.value:.4g}{limit.unit}",
                )
            )  # fmt: skip
    if order.most_lots is not None and mixture.lots > order.most_lots:
        found.append(
            Obstacle(
                order_id=order.order_id, limit="lots", wanted=float(order.most_lots),
                reached=float(mixture.lots), by=float(mixture.lots - order.most_lots), unit="lots",
                text=f"order {order.order_id} needs {mixture.lots} lots to be filled, "
                f"{mixture.lots - order.most_lots} more than the {order.most_lots} it may have",
            )
        )  # fmt: skip
    return found


def _check(lots: Sequence[LotOffer], orders: Sequence[OrderNeed]) -> None:
    for what, ids in (("lot", [lot.lot_id for lot in lots]), ("order", [one.order_id for one in orders])):
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise PlantError(
                "bad_plan", f"{what} {twice[0]!r} stands in the plan twice; give each its own id"
            )
    if len(lots) * len(orders) > MOST_PAIRS:
        raise PlantError("bad_plan", f"{len(lots)} lots for {len(orders)} orders are too many; plan in parts")
    for order in orders:
        if not 0 < order.needs_kg < 1e9 or order.least_part_kg < 0 or (order.most_lots or 1) < 1:
            raise PlantError(
                "bad_plan",
                f"order {order.order_id}: needs_kg {order.needs_kg:g} must be above 0 and below 1e9, "
                f"least_part_kg at least 0, most_lots at least 1",
            )
    for lot in lots:
        if not 0 <= lot.available_kg < 1e9:
            raise PlantError(
                "bad_plan", f"lot {lot.lot_id}: available_kg {lot.available_kg:g} is out of range"
            )
