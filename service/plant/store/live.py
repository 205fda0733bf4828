"""What a line does right now, from its newest rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from service.plant.store.database import Transaction
from service.plant.store.many import Row
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


def line_rows(tx: Transaction, lines: Sequence[str]) -> dict[str, Row]:
    """The rows of those of the lines that ever delivered."""
    query = select(LINES).where(LINES.c.line.in_(lines))
    return {row["line"]: dict(row) for row in tx.execute(query).mappings()}


def recent(tx: Transaction, lines: Sequence[str], since: datetime) -> dict[str, Recent]:
    """Sums over each line's spans since a moment; lines without any are left out."""
    length = SPANS.c.to_mm - SPANS.c.from_mm
    query = (
        select(
            SPANS.c.line,
            func.sum(case((SPANS.c.inspected, length), else_=0.0)).label("inspected_mm"),
            func.sum(length).label("length_mm"),
            func.sum(SPANS.c.deadline_misses).label("deadline_misses"),
        )
        .where(SPANS.c.line.in_(lines), SPANS.c.utc >= since)
        .group_by(SPANS.c.line)
    )
    return {
        row.line: Recent(
            inspected_mm=row.inspected_mm, length_mm=row.length_mm, deadline_misses=row.deadline_misses
        )
        for row in tx.execute(query)
    }


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


@dataclass(slots=True, kw_only=True)
class Heard:
    """What arrived of a line's logs."""

    missing: int = 0  # events
    newest_utc: datetime | None = None
    with_gaps: list[str] = field(default_factory=list)  # ids of logs


def log_states(tx: Transaction, lines: Sequence[str]) -> dict[str, Heard]:
    """What arrived of each line's logs."""
    found = {line: Heard() for line in lines}
    for row in tx.execute(select(LOGS).where(LOGS.c.line.in_(lines)).order_by(LOGS.c.log_id)):
        heard = found[row.line]
        heard.missing += row.highest_seq - row.held
        heard.newest_utc = max(heard.newest_utc or row.last_heard_utc, row.last_heard_utc)
        if row.highest_seq > row.held:
            heard.with_gaps.append(row.log_id)
    return found
