"""Grades and entries of the audit log, sealed by the plant's chain as they are written."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, select

from service.plant.store.chain import seal_all
from service.plant.store.database import Transaction
from service.plant.store.intake import chunks
from service.plant.store.tables import AUDIT, GRADES

GRADE_COLUMNS = [column for column in GRADES.c if column.name != "latest"]  # that alone may change


def sealed_text(tx: Transaction, kind: str, row_id: int) -> str | None:
    """A grade ("grade") or an entry of the audit log ("audit") as text; None: it is gone."""
    return sealed_texts(tx, kind, [row_id]).get(row_id)


def sealed_texts(tx: Transaction, kind: str, row_ids: Sequence[int]) -> dict[int, str]:
    """Rows of one kind as text, by id; those that are gone are left out."""
    table, columns = (GRADES, GRADE_COLUMNS) if kind == "grade" else (AUDIT, list(AUDIT.c))
    return {
        row["id"]: row_text(row)
        for part in chunks(row_ids)
        for row in tx.execute(select(*columns).where(table.c.id.in_(part))).mappings()
    }


def seal_rows(tx: Transaction, kind: str, row_ids: Sequence[int], now: datetime) -> None:
    """Seal rows that were just written, in this order."""
    texts = sealed_texts(tx, kind, row_ids)
    contents = [(str(row_id), texts.get(row_id, "")) for row_id in row_ids]
    seal_all(tx, utc=now, kind=kind, contents=contents)


def row_text(row: RowMapping) -> str:
    """A row as text: the same on every database."""
    plain = {str(name): _plain(value) for name, value in row.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
