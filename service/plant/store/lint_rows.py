"""What lines measured of lint, read from their events: few rows a lot, so no table of its own."""

from datetime import datetime, timedelta

from sqlalchemy import select

from service.events import EVENT_CODEC
from service.measured_events import LintMeasured
from service.plant.store.database import Transaction
from service.plant.store.materials import Material
from service.plant.store.tables import EVENTS

AROUND = timedelta(minutes=10)  # a line's clock may be set while a lot runs


def lint_measured(tx: Transaction, lot: Material) -> tuple[tuple[datetime, LintMeasured], ...]:
    """The groups of a lot in the order of its line's log, each with its moment."""
    query = select(EVENTS.c.raw).where(EVENTS.c.line == lot.tenant.line, EVENTS.c.kind == "lint_measured")
    if lot.started_utc is not None:
        query = query.where(EVENTS.c.utc >= lot.started_utc - AROUND)
    if lot.ended_utc is not None:
        query = query.where(EVENTS.c.utc <= lot.ended_utc + AROUND)
    events = [
        EVENT_CODEC.validate_json(raw) for raw in tx.execute(query.order_by(EVENTS.c.order_no)).scalars()
    ]
    return tuple(
        (event.stamp.utc, event.body)
        for event in events
        if isinstance(event.body, LintMeasured) and event.body.lot_id == lot.id
    )
