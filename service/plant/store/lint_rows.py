"""What lines measured of lint, read from their events: few rows a lot, so no table of its own."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from service.events import EVENT_CODEC
from service.measured_events import LintMeasured
from service.plant.store.database import Transaction
from service.plant.store.materials import Material
from service.plant.store.tables import EVENTS

AROUND = timedelta(minutes=10)  # a line's clock may be set while a lot runs


@dataclass(frozen=True, slots=True, kw_only=True)
class LintColour:
    """Colour of one group of a lot."""

    rd: float | None
    plus_b: float | None
    refused: str


def lint_colours(tx: Transaction, lot: Material) -> tuple[LintColour, ...]:
    """Colours of a lot's groups, in the order of its line's log; a lot of a shift has thousands."""
    bodies = [json.loads(raw)["body"] for raw in tx.execute(_around(lot)).scalars()]
    return tuple(
        LintColour(rd=body["rd"], plus_b=body["plus_b"], refused=body["refused"])
        for body in bodies
        if body["lot_id"] == lot.id
    )


def lint_measured(tx: Transaction, lot: Material) -> tuple[tuple[datetime, LintMeasured], ...]:
    """The groups of a lot in the order of its line's log, each with its moment."""
    events = [EVENT_CODEC.validate_json(raw) for raw in tx.execute(_around(lot)).scalars()]
    return tuple(
        (event.stamp.utc, event.body)
        for event in events
        if isinstance(event.body, LintMeasured) and event.body.lot_id == lot.id
    )


def _around(lot: Material) -> Select[str]:
    """The raw events of the lot's line while the lot ran, and a little around."""
    query = select(EVENTS.c.raw).where(EVENTS.c.line == lot.tenant.line, EVENTS.c.kind == "lint_measured")
    if lot.started_utc is not None:
        query = query.where(EVENTS.c.utc >= lot.started_utc - AROUND)
    if lot.ended_utc is not None:
        query = query.where(EVENTS.c.utc <= lot.ended_utc + AROUND)
    return query.order_by(EVENTS.c.order_no)
