"""Lists for machine clients: newest first, from a cursor on, so that no page shifts meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_, select, true

from service.plant.cursors import Cursor
from service.plant.store.database import Transaction
from service.plant.store.tables import DEFECTS, GRADES, LOTS, ROLLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client wants to see; None: everything."""

    line: str | None = None
    from_utc: datetime | None = None  # included
    to_utc: datetime | None = None  # excluded
    after: Cursor | None = None
    limit: int = 50


def roll_ids(
    tx: Transaction, asked: Asked, *, article: str | None, grade: str | None, name: str | None
) -> tuple[Sequence[str], Cursor | None]:
    """Ids of rolls, and where the list goes on."""
    conditions: list[ColumnElement[bool]] = []
    if article is not None:
        conditions.append(ROLLS.c.article == article)
    if name is not None:
        conditions.append(ROLLS.c.name == name)
    if grade is not None:
        graded = select(GRADES.c.roll_id).where(GRADES.c.latest, GRADES.c.grade == grade)
        conditions.append(ROLLS.c.roll_id.in_(graded))
    return _ids(tx, ROLLS, "roll_id", asked, conditions)


def lot_ids(tx: Transaction, asked: Asked, *, supplier: str | None) -> tuple[Sequence[str], Cursor | None]:
    """Ids of lots, and where the list goes on."""
    conditions = [LOTS.c.supplier == supplier] if supplier is not None else []
    return _ids(tx, LOTS, "lot_id", asked, conditions)


def defect_ids(
    tx: Transaction, asked: Asked, *, kind: str | None, roll_id: str | None, lot_id: str | None
) -> tuple[Sequence[str], Cursor | None]:
    """Ids of defects, and where the list goes on."""
    wanted = {"kind": kind, "roll_id": roll_id, "lot_id": lot_id}
    conditions = [DEFECTS.c[name] == value for name, value in wanted.items() if value is not None]
    return _ids(tx, DEFECTS, "defect_id", asked, conditions)


def _ids(
    tx: Transaction, table: Table, key: str, asked: Asked, conditions: Sequence[ColumnElement[bool]]
) -> tuple[Sequence[str], Cursor | None]:
    columns = table.c
    wanted = [true(), *conditions, *_bounds(columns, asked)]
    if asked.after is not None:
        older = and_(columns.utc == asked.after.utc, columns[key] > asked.after.key)
        wanted.append(or_(columns.utc < asked.after.utc, older))
    query = select(columns[key], columns.utc).where(and_(*wanted)).order_by(columns.utc.desc(), columns[key])
    rows = tx.execute(query.limit(asked.limit + 1)).all()
    page = rows[: asked.limit]
    more = Cursor(utc=page[-1][1], key=page[-1][0]) if len(rows) > asked.limit else None
    return [row[0] for row in page], more


def _bounds(columns: Any, asked: Asked) -> list[ColumnElement[bool]]:  # Any: a table's columns
    bounds: list[ColumnElement[bool]] = []
    if asked.line is not None:
        bounds.append(columns.line == asked.line)
    if asked.from_utc is not None:
        bounds.append(columns.utc >= asked.from_utc)
    if asked.to_utc is not None:
        bounds.append(columns.utc < asked.to_utc)
    return bounds
