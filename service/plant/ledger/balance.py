"""input = good + ejected + by-product + waste + unaccounted, in one basis. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.event_terms import MassFlow
from service.plant.ledger.terms import BalanceStatus, Basis

INDEPENDENT = (MassFlow.INPUT, MassFlow.GOOD)  # without both measured, what is missing can't be told


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSum:
    """What went one way, in the basis's unit; None: no figure of that kind."""

    measured: float | None = None  # scales, people, imports
    estimated: float | None = None  # from the lines' events

    @property
    def value(self) -> float | None:
        """The figure that counts: what was measured, else the estimate."""
        return self.measured if self.measured is not None else self.estimated


@dataclass(frozen=True, slots=True, kw_only=True)
class UnaccountedLimit:
    """How much may be missing (or too much) before it is an alarm: the larger of the two."""

    pct: float  # of the input
    least: float  # kg, m2 or m: weighing is not finer

    def of(self, taken_in: float) -> float:
        """The limit of an input."""
        return max(self.least, self.pct / 100 * taken_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What lay at the place at the beginning and at the end; None: not counted there."""

    before: float | None = None
    after: float | None = None

    @property
    def growth(self) -> float | None:
        """How much more lies there at the end; 0 where nobody counts, None where only one end was counted."""
        if self.before is None and self.after is None:
            return 0.0
        return None if self.before is None or self.after is None else self.after - self.before


UNCOUNTED = Stock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Where what came in went."""

    basis: Basis
    flows: dict[MassFlow, FlowSum]
    unaccounted: float | None  # below 0: more came out than went in; None: can't be told
    limit: UnaccountedLimit
    status: BalanceStatus
    stock: Stock = UNCOUNTED

    def of(self, flow: MassFlow) -> float | None:
        """The figure of one flow."""
        return self.flows.get(flow, FlowSum()).value

    @property
    def unaccounted_pct(self) -> float | None:
        """Share of the input; None where it can't be told."""
        taken_in = self.of(MassFlow.INPUT)
        return 100 * self.unaccounted / taken_in if self.unaccounted is not None and taken_in else None

    def told(self) -> str:
        """The equation in words and numbers."""
        unit = self.basis.unit
        parts = " + ".join(f"{flow.value} {self.of(flow) or 0:g}" for flow in list(MassFlow)[1:])
        rest = "not measured" if self.unaccounted is None else f"{self.unaccounted:g}"
        grown = self.stock.growth
        stock = "" if grown == 0 else f" + growth of stock {_shown(grown)}"
        return f"input {_shown(self.of(MassFlow.INPUT))} = {parts}{stock} + unaccounted {rest} {unit}"


def balance(
    basis: Basis, flows: dict[MassFlow, FlowSum], limit: UnaccountedLimit, stock: Stock = UNCOUNTED
) -> Balance:
    """Draw the balance of one basis: what came in went out, lies there more than before, or is unaccounted.

    The unaccounted part needs an input and a good output that was measured: a good output that was worked
    out from the input says nothing of what is missing.
    """
    taken_in, good = flows.get(MassFlow.INPUT, FlowSum()).value, flows.get(MassFlow.GOOD, FlowSum()).measured
    grown = stock.growth
    if taken_in is None or good is None or grown is None:
        status = BalanceStatus.NOT_MEASURED
        return Balance(basis=basis, flows=flows, unaccounted=None, limit=limit, status=status, stock=stock)
    others = (flow for flow in MassFlow if flow not in INDEPENDENT)
    gone = good + sum(flows.get(flow, FlowSum()).value or 0.0 for flow in others)
    missing = taken_in - gone - grown
    within = abs(missing) <= limit.of(taken_in)
    status = BalanceStatus.CLOSED if within else BalanceStatus.UNACCOUNTED
    return Balance(basis=basis, flows=flows, unaccounted=missing, limit=limit, status=status, stock=stock)


def add_up(rows: Iterable[tuple[MassFlow, bool, float]]) -> dict[MassFlow, FlowSum]:
    """Sum up (flow, whether it is an estimate, quantity)."""
    sums: dict[tuple[MassFlow, bool], float] = {}
    for flow, is_estimate, quantity in rows:
        sums[flow, is_estimate] = sums.get((flow, is_estimate), 0.0) + quantity
    return {
        flow: FlowSum(measured=sums.get((flow, False)), estimated=sums.get((flow, True)))
        for flow in MassFlow
        if (flow, False) in sums or (flow, True) in sums
    }


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:g}"
