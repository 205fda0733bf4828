"""What a line does right now, from its newest rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from service.plant.store.database import Transaction
from service.plant.store.tables import LINES, LOGS, SPANS

SPEED_ROWS = 60  # about a minute of spans
SPEED_OVER_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Sums over a line's newest spans."""

    inspected_mm: float
    length_mm: float
    deadline_misses: int


def line_row(tx: Transaction, line: str) -> dict[str, Any] | None:  # Any: column values
    """The line's row, if it ever delivered."""
    row = tx.execute(select(LINES).where(LINES.c.line == line)).mappings().first()
    return dict(row) if row else None


def tenant_area(tx: Transaction, line: str) -> str:
    """The area a line says it stands in; empty where it never delivered."""
    return tx.execute(select(LINES.c.area).where(LINES.c.line == line)).scalar() or ""


def recent(tx: Transaction, line: str, since: datetime) -> Recent:
    """Sums over the spans since a moment."""
    length = SPANS.c.to_mm - SPANS.c.from_mm
    row = tx.execute(
        select(
            func.sum(case((SPANS.c.inspected, length), else_=0.0)),
            func.sum(length),
            func.sum(SPANS.c.deadline_misses),
        ).where(SPANS.c.line == line, SPANS.c.utc >= since)
    ).one()
    return Recent(inspected_mm=row[0] or 0.0, length_mm=row[1] or 0.0, deadline_misses=row[2] or 0)


def speed_m_min(tx: Transaction, line: str, not_before: datetime) -> float | None:
    """Speed over the newest half minute, by the line's own clock; None where the data are old or too few."""
    query = (
        select(SPANS.c.log_id, SPANS.c.utc, SPANS.c.mono_ns, SPANS.c.encoder_mm)
        .where(SPANS.c.line == line)
        .order_by(SPANS.c.order_no.desc())
        .limit(SPEED_ROWS)
    )
    rows = tx.execute(query).all()
    if not rows or rows[0].utc < not_before:
        return None
    newest = rows[0]
    elapsed = [(newest.mono_ns - row.mono_ns) / 1e9 for row in rows]
    usable = [
        (seconds, row.encoder_mm)
        for seconds, row in zip(elapsed, rows, strict=True)
        if row.log_id == newest.log_id and 0 < seconds <= SPEED_OVER_S
    ]
    if not usable:
        return None
    seconds, encoder_mm = max(usable)
    metres: float = (newest.encoder_mm - encoder_mm) / 1000
    return metres / seconds * 60 if metres >= 0 else None


def log_state(tx: Transaction, line: str) -> tuple[int, datetime | None, list[str]]:
    """Missing events of a line, when it was last heard, and the logs that have gaps."""
    rows = tx.execute(select(LOGS).where(LOGS.c.line == line)).all()
    missing = sum(row.highest_seq - row.held for row in rows)
    heard = max((row.last_heard_utc for row in rows), default=None)
    return missing, heard, [row.log_id for row in rows if row.highest_seq > row.held]
