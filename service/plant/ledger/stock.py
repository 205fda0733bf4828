"""Stock between shifts: what was counted near a boundary, and whether both ends can be compared. Pure.

A unit that was counted at one end and not at the other makes the change unknown: an empty machine is counted
as 0, nobody may take silence for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.ledger.balance import UNCOUNTED, Stock
from service.plant.ledger.terms import Basis

STOCK_NEAR = timedelta(minutes=30)  # a count belongs to a boundary that is no further away


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One count of one unit."""

    utc: datetime
    unit_id: str
    basis: Basis
    quantity: float


def stock_of(counts: Sequence[Counted], basis: Basis, from_utc: datetime, to_utc: datetime) -> Stock:
    """The stock at both ends of a window; an end at which a unit is missing is not counted."""
    own = [count for count in counts if count.basis is basis]
    before, after = _near(own, from_utc), _near(own, to_utc)
    if not before and not after:
        return UNCOUNTED
    every = before.keys() | after.keys()
    return Stock(before=_whole(before, every), after=_whole(after, every))


def _near(counts: Sequence[Counted], boundary: datetime) -> dict[str, float]:
    """The count of each unit nearest to a boundary; of two as near the later one."""
    found: dict[str, Counted] = {}
    for count in sorted(counts, key=lambda one: one.utc):
        away = abs(count.utc - boundary)
        held = found.get(count.unit_id)
        if away <= STOCK_NEAR and (held is None or away <= abs(held.utc - boundary)):
            found[count.unit_id] = count
    return {unit_id: count.quantity for unit_id, count in found.items()}


def _whole(found: dict[str, float], every: set[str]) -> float | None:
    return sum(found.values()) if every <= found.keys() else None
