"""Counts of stock in force."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select

from service.plant.ledger.stock import STOCK_NEAR, Counted
from service.plant.ledger.terms import Basis
from service.plant.store.database import Transaction
from service.plant.store.intake import chunks
from service.plant.store.ledger_tables import FLOWS, STOCKS


def counted_near(
    tx: Transaction, places: Sequence[str], boundaries: Sequence[datetime]
) -> dict[str, list[Counted]]:
    """By place: what was counted within reach of any of these moments."""
    near = [STOCKS.c.utc.between(moment - STOCK_NEAR, moment + STOCK_NEAR) for moment in boundaries]
    query = _in_force().where(STOCKS.c.line.in_(places), or_(*near))
    found: dict[str, list[Counted]] = {}
    for row in tx.execute(query):
        found.setdefault(row.line, []).append(_counted(row))
    return found


def newest_of_units(
    tx: Transaction, unit_ids: Sequence[str], lot_ids: Sequence[str]
) -> dict[tuple[str, str], tuple[str, Counted]]:
    """The newest count of each unit at each place: (place, unit) → lot as named, count."""
    found: dict[tuple[str, str], tuple[str, Counted]] = {}
    for column, keys in ((STOCKS.c.unit_id, unit_ids), (STOCKS.c.lot_id, lot_ids)):
        for part in chunks(keys):
            for row in tx.execute(_in_force().where(column.in_(part))):
                key = (row.line, row.unit_id)
                if key not in found or row.utc >= found[key][1].utc:
                    found[key] = (row.lot_id, _counted(row))
    return found


def _in_force() -> Select[Any]:  # Any: columns of several types
    return select(STOCKS).where(STOCKS.c.superseded_by.is_(None)).order_by(STOCKS.c.utc)


def _counted(row: Any) -> Counted:  # Any: a row
    return Counted(utc=row.utc, unit_id=row.unit_id, basis=Basis(row.basis), quantity=row.quantity)


def newest_flows(tx: Transaction, unit_ids: Sequence[str], lot_ids: Sequence[str]) -> dict[str, datetime]:
    """When something of these units or lots last went in or out, by place."""
    found: dict[str, datetime] = {}
    for column, keys in ((FLOWS.c.unit_id, unit_ids), (FLOWS.c.lot_id, lot_ids)):
        for part in chunks(keys):
            query = select(FLOWS.c.line, FLOWS.c.utc).where(column.in_(part), FLOWS.c.superseded_by.is_(None))
            for row in tx.execute(query):
                found[row.line] = max(found.get(row.line, row.utc), row.utc)
    return found
