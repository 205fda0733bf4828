"""What flowed in and out: entries and weighings as measured, the lines' belt feed and shots as estimates."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select

from service.event_terms import MassFlow
from service.plant.ledger.terms import Basis, Origin, Step
from service.plant.store.database import Transaction
from service.plant.store.hour_sums import edge_sums, hour_sums, parts_of
from service.plant.store.hours import HOUR
from service.plant.store.intake import chunks
from service.plant.store.ledger_tables import FLOWS, HOURS, UNITS
from service.plant.store.tables import GRADES, LINES, LOTS, ROLLS, SHOTS, SPANS
from service.plant.views.kpis import Window

Flow = tuple[MassFlow, bool, float]  # way, whether it is an estimate, quantity
Flows = dict[str, list[tuple[Basis, Flow, bool]]]  # by place; the last value: rendered input had a part
FIRED = "scheduled"


def measured(tx: Transaction, places: Sequence[str], from_utc: datetime, to_utc: datetime) -> Flows:
    """Flows booked at places in a stretch of time."""
    query = (
        select(
            FLOWS.c.line,
            FLOWS.c.basis,
            FLOWS.c.flow,
            func.sum(FLOWS.c.quantity).label("quantity"),
            func.max(case((FLOWS.c.demo, 1), else_=0)).label("demo"),
        )
        .where(
            FLOWS.c.line.in_(places),
            FLOWS.c.utc >= from_utc,
            FLOWS.c.utc < to_utc,
            FLOWS.c.superseded_by.is_(None),
        )
        .group_by(FLOWS.c.line, FLOWS.c.basis, FLOWS.c.flow)
    )
    found: Flows = defaultdict(list)
    for row in tx.execute(query):
        flow = (MassFlow(row.flow), False, float(row.quantity))
        found[row.line].append((Basis(row.basis), flow, bool(row.demo)))
    return found


def estimated(tx: Transaction, lines: Sequence[str], from_utc: datetime, to_utc: datetime) -> Flows:
    """What the lines' events say of the same stretch."""
    found: Flows = defaultdict(list)
    belts = _by_belt(tx, lines, Window(from_utc=from_utc, to_utc=to_utc))
    for line, (fed_kg, ejected_kg, demo) in belts.items():
        found[line] += [(Basis.MASS, flow, demo) for flow in _from_feed(fed_kg, ejected_kg)]
    query = (
        select(
            ROLLS.c.line,
            func.sum(GRADES.c.area_m2).label("m2"),
            func.max(case((GRADES.c.demo, 1), else_=0)).label("demo"),
        )
        .select_from(ROLLS)
        .join(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .where(ROLLS.c.line.in_(lines), ROLLS.c.ended_utc >= from_utc, ROLLS.c.ended_utc < to_utc)
        .group_by(ROLLS.c.line)
    )
    for row in tx.execute(query):
        if row.m2:
            found[row.line].append((Basis.AREA, (MassFlow.INPUT, True, float(row.m2)), bool(row.demo)))
    return found


def _by_belt(tx: Transaction, lines: Sequence[str], window: Window) -> dict[str, tuple[float, float, bool]]:
    """Of each line: kilograms fed and ejected, and whether rendered input had a part."""
    whole, edges = parts_of(window)
    parts = [hour_sums(tx, whole, lines), *(edge_sums(tx, edge, lines) for edge in edges)]
    fed = ("inspected_kg", "not_inspected_kg")
    found = {}
    for line in lines:
        sums = [part[line] for part in parts if line in part]
        found[line] = (
            sum(part.get(name) or 0.0 for part in sums for name in fed),
            sum(part.get("ejected_kg") or 0.0 for part in sums),
            any(part.get("demo") for part in sums),
        )
    return found


def places(tx: Transaction, from_utc: datetime, to_utc: datetime) -> list[str]:
    """Places where anything was booked or inspected in a stretch of time, or in its first and last hour."""
    booked = select(FLOWS.c.line).where(FLOWS.c.utc >= from_utc, FLOWS.c.utc < to_utc).distinct()
    hours = exists().where(
        HOURS.c.line == LINES.c.line, HOURS.c.hour_utc > from_utc - HOUR, HOURS.c.hour_utc < to_utc
    )
    inspected = select(LINES.c.line).where(hours)
    return sorted({line for query in (booked, inspected) for line in tx.execute(query).scalars()})


def lot_names(tx: Transaction, lot_id: str) -> tuple[str, set[str]] | None:
    """A lot's name, and the ids under which lines ran it (their lot has its id or its name)."""
    unit = tx.execute(select(UNITS.c.name).where(UNITS.c.unit_id == lot_id)).scalar()
    own = tx.execute(select(LOTS.c.name).where(LOTS.c.lot_id == lot_id)).scalar()
    name = unit or own
    if name is None:
        return None
    query = select(LOTS.c.lot_id).where(or_(LOTS.c.lot_id == lot_id, LOTS.c.name == name))
    return name, {lot_id, *tx.execute(query).scalars()}


def lot_feeds(tx: Transaction, run_ids: Iterable[str]) -> list[tuple[str, Flow]]:
    """What the lines' events say of a lot: (line, flow)."""
    found: list[tuple[str, Flow]] = []
    for run_id in sorted(run_ids):
        spans = select(SPANS.c.line, func.sum(SPANS.c.fed_kg)).where(SPANS.c.lot_id == run_id)
        fed = {line: float(kg or 0.0) for line, kg in tx.execute(spans.group_by(SPANS.c.line))}
        shots = select(SHOTS.c.line, func.sum(SHOTS.c.ejected_kg)).where(
            SHOTS.c.lot_id == run_id, SHOTS.c.fate == FIRED
        )
        ejected = {line: float(kg or 0.0) for line, kg in tx.execute(shots.group_by(SHOTS.c.line))}
        for line in sorted(fed.keys() | ejected.keys()):
            found += [(line, flow) for flow in _from_feed(fed.get(line, 0.0), ejected.get(line, 0.0))]
    return found


def flows_of_units(
    tx: Transaction, unit_ids: Sequence[str], lot_ids: Sequence[str]
) -> list[tuple[str, Step, str, Basis, Flow]]:
    """Flows booked on units, or on lots by name: (place, step, unit, basis, flow)."""
    rows: dict[str, Any] = {}  # Any: rows
    for column, keys in ((FLOWS.c.unit_id, unit_ids), (FLOWS.c.lot_id, lot_ids)):
        for part in chunks(keys):
            query = select(FLOWS).where(column.in_(part), FLOWS.c.superseded_by.is_(None))
            rows |= {row.entry_id: row for row in tx.execute(query)}
    return [
        (
            row.line,
            Step(row.step),
            row.lot_id if row.lot_id in lot_ids else row.unit_id,
            Basis(row.basis),
            (MassFlow(row.flow), row.origin == Origin.EVENT.value, row.quantity),
        )
        for _, row in sorted(rows.items())
    ]


def masses_of(tx: Transaction, unit_ids: Sequence[str]) -> dict[str, float]:
    """The mass of each unit, as it was first booked in kilograms, for shares of a mixture."""
    found: dict[str, float] = {}
    for part in chunks(unit_ids):
        query = (
            select(FLOWS.c.unit_id, FLOWS.c.quantity)
            .where(
                FLOWS.c.unit_id.in_(part),
                FLOWS.c.basis == Basis.MASS.value,
                FLOWS.c.superseded_by.is_(None),
            )
            .order_by(FLOWS.c.utc, FLOWS.c.entry_id)
        )
        for row in tx.execute(query):
            found.setdefault(row.unit_id, row.quantity)
    return found


def _from_feed(fed_kg: float, ejected_kg: float) -> list[Flow]:
    if not fed_kg and not ejected_kg:
        return []
    return [
        (MassFlow.INPUT, True, fed_kg),
        (MassFlow.GOOD, True, fed_kg - ejected_kg),
        (MassFlow.EJECTED, True, ejected_kg),
    ]
