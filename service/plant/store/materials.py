"""Rolls and lots as the events tell them, with their spans."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, RowMapping, Select, Table, and_, func, select, true

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.many import among
from service.plant.store.tables import DEFECTS, GRADES, LINES, LOTS, ROLLS, SPANS
from service.plant.views.rolls import Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A roll or lot and its place on the web; an end that has not arrived is the newest known millimetre."""

    id: str
    tenant: Tenant
    name: str
    article: str
    supplier: str
    placeholder: bool
    start_mm: float
    end_mm: float
    width_mm: float  # 0: not known
    started_utc: datetime | None
    ended_utc: datetime | None
    demo: bool
    inspected: tuple[tuple[float, float], ...]
    missed: tuple[Stretch, ...]
    expired_mm: float = 0.0  # inspected while a part of the camera's calibration had run out


def roll(tx: Transaction, roll_id: str) -> Material | None:
    """One roll."""
    row = tx.execute(select(ROLLS).where(ROLLS.c.roll_id == roll_id)).mappings().first()
    return _material(tx, row, ROLLS, "roll_id") if row else None


def ended_of(tx: Transaction, roll_ids: Collection[str]) -> Sequence[Material]:
    """Those of the rolls that have ended, by id."""
    query = select(ROLLS).where(among(tx, ROLLS.c.roll_id, roll_ids), ROLLS.c.ended_utc.is_not(None))
    rows = tx.execute(query.order_by(ROLLS.c.roll_id)).mappings().all()
    spans: dict[str, list[Any]] = {row["roll_id"]: [] for row in rows}  # Any: rows
    if spans:
        for span in tx.execute(_spans(SPANS.c.roll_id).where(among(tx, SPANS.c.roll_id, spans))):
            spans[span.roll_id].append(span)
    return [
        _built(row, "roll_id", own, _ends(tx, row, "roll_id", own), _width_mm(tx, row))
        for row in rows
        for own in [spans[row["roll_id"]]]
    ]


def lot(tx: Transaction, lot_id: str) -> Material | None:
    """One lot."""
    row = tx.execute(select(LOTS).where(LOTS.c.lot_id == lot_id)).mappings().first()
    return _material(tx, row, LOTS, "lot_id") if row else None


def heads(tx: Transaction, roll_ids: Sequence[str]) -> dict[str, Material]:
    """Rolls without their spans: names and times of a list."""
    rows = tx.execute(select(ROLLS).where(ROLLS.c.roll_id.in_(roll_ids))).mappings()
    return {row["roll_id"]: _built(row, "roll_id", (), (0.0, 0.0), 0.0) for row in rows}


def ended_rolls(tx: Transaction, since: datetime | None = None) -> Sequence[str]:
    """Ids of the rolls that have ended (since a moment), oldest first."""
    query = select(ROLLS.c.roll_id).where(ROLLS.c.ended_utc.is_not(None)).order_by(ROLLS.c.ended_utc)
    if since is not None:
        query = query.where(ROLLS.c.ended_utc >= since)
    return list(tx.execute(query).scalars())


def roll_page(
    tx: Transaction, offset: int, limit: int, *, line: str | None, article: str | None, grade: str | None
) -> tuple[int, Sequence[str]]:
    """Number of rolls that fit, and the ids of one page, newest first."""
    conditions: list[ColumnElement[bool]] = []
    if line is not None:
        conditions.append(ROLLS.c.line == line)
    if article is not None:
        conditions.append(ROLLS.c.article == article)
    if grade is not None:
        graded = select(GRADES.c.roll_id).where(GRADES.c.latest, GRADES.c.grade == grade)
        conditions.append(ROLLS.c.roll_id.in_(graded))
    return _page(tx, ROLLS, "roll_id", conditions, offset, limit)


def lot_page(tx: Transaction, offset: int, limit: int, line: str | None) -> tuple[int, Sequence[str]]:
    """Number of lots, and the ids of one page, newest first."""
    conditions = [LOTS.c.line == line] if line is not None else []
    return _page(tx, LOTS, "lot_id", conditions, offset, limit)


def open_rolls(tx: Transaction, lines: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Id and name of the roll that runs on each line that has one."""
    return _open_materials(tx, lines, ROLLS, "roll_id")


def open_lots(tx: Transaction, lines: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Id and name of the lot that runs on each line that has one."""
    return _open_materials(tx, lines, LOTS, "lot_id")


def _open_materials(
    tx: Transaction, lines: Sequence[str], table: Table, key: str
) -> dict[str, tuple[str, str]]:
    """The newest roll or lot of each line, if it has not ended."""
    others = table.alias("others")
    newest = select(func.max(others.c.order_no)).where(others.c.line == LINES.c.line)
    query = (
        select(table.c.line, table.c[key].label("key"), table.c.name, table.c.ended_utc)
        .select_from(LINES)
        .join(
            table,
            and_(
                table.c.line == LINES.c.line,
                table.c.order_no == newest.correlate(LINES).scalar_subquery(),
            ),
        )
        .where(LINES.c.line.in_(lines))
    )
    return {row.line: (row.key, row.name) for row in tx.execute(query) if row.ended_utc is None}


def _page(
    tx: Transaction, table: Table, key: str, conditions: list[ColumnElement[bool]], offset: int, limit: int
) -> tuple[int, Sequence[str]]:
    fits = and_(true(), *conditions)
    total = tx.execute(select(func.count()).select_from(table).where(fits)).scalar_one()
    query = select(table.c[key]).where(fits).order_by(table.c.utc.desc(), table.c[key])
    return total, [row[0] for row in tx.execute(query.offset(offset).limit(limit))]


def _material(tx: Transaction, row: RowMapping, table: Table, key: str) -> Material:
    spans = tx.execute(_spans(SPANS.c[key]).where(SPANS.c[key] == row[key])).all()
    return _built(row, key, spans, _ends(tx, row, key, spans), _width_mm(tx, row))


def _spans(key: Column[Any]) -> Select[Any]:  # Any: columns of several types
    names = ("from_mm", "to_mm", "inspected", "reason", "detail", "calibration_expired")
    return select(key, *(SPANS.c[name] for name in names))


def _built(
    row: RowMapping, key: str, spans: Sequence[Any], ends: tuple[float, float], width_mm: float
) -> Material:
    start_mm, end_mm = ends
    return Material(
        id=row[key],
        tenant=Tenant(**{name: row[name] for name in ("enterprise", "site", "area", "line")}),
        name=row["name"],
        article=row["article"],
        supplier=row.get("supplier", ""),
        placeholder=row["start_order"] is None,
        start_mm=start_mm,
        end_mm=max(start_mm, end_mm),
        width_mm=width_mm,
        started_utc=row["started_utc"],
        ended_utc=row["ended_utc"],
        demo=row["demo"],
        inspected=tuple((span.from_mm, span.to_mm) for span in spans if span.inspected),
        missed=tuple(
            Stretch(from_mm=span.from_mm, to_mm=span.to_mm, reason=span.reason, detail=span.detail)
            for span in spans
            if not span.inspected
        ),
        expired_mm=sum(span.to_mm - span.from_mm for span in spans if span.calibration_expired),
    )


def _ends(tx: Transaction, row: RowMapping, key: str, spans: Sequence[Any]) -> tuple[float, float]:
    """Where it begins and ends on the web; what has not arrived is taken from what lies on it."""
    start, end = row["start_mm"], row["end_mm"]
    if start is not None and end is not None:
        return start, end
    query = select(func.min(DEFECTS.c.y0_mm), func.max(DEFECTS.c.y1_mm)).where(DEFECTS.c[key] == row[key])
    low, high = tx.execute(query).one()
    lows = [span.from_mm for span in spans] + ([] if low is None else [low])
    highs = [span.to_mm for span in spans] + ([] if high is None else [high])
    if start is None:
        start = min(lows, default=end if end is not None else 0.0)
    return start, end if end is not None else max(highs, default=start)


def _width_mm(tx: Transaction, row: RowMapping) -> float:
    own = row.get("width_mm")
    if own:
        return float(own)
    query = select(LINES.c.web_width_mm).where(LINES.c.line == row["line"])
    return float(tx.execute(query).scalar() or 0.0)
