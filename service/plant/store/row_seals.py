"""Grades and entries of the audit log, sealed by the plant's chain as they are written."""

import json
from datetime import datetime

from sqlalchemy import RowMapping, select

from service.plant.store.chain import seal
from service.plant.store.database import Transaction
from service.plant.store.tables import AUDIT, GRADES

GRADE_COLUMNS = [column for column in GRADES.c if column.name != "latest"]  # that alone may change


def sealed_text(tx: Transaction, kind: str, row_id: int) -> str | None:
    """A grade ("grade") or an entry of the audit log ("audit") as text; None: it is gone."""
    table, columns = (GRADES, GRADE_COLUMNS) if kind == "grade" else (AUDIT, list(AUDIT.c))
    found = tx.execute(select(*columns).where(table.c.id == row_id)).mappings().first()
    return row_text(found) if found is not None else None


def seal_row(tx: Transaction, kind: str, row_id: int, now: datetime) -> None:
    """Seal a row that was just written."""
    seal(tx, utc=now, kind=kind, subject=str(row_id), content=sealed_text(tx, kind, row_id) or "")


def row_text(row: RowMapping) -> str:
    """A row as text: the same on every database."""
    plain = {str(name): _plain(value) for name, value in row.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
