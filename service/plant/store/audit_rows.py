"""Audits of passed rolls and CLEAN samples: what may be drawn, what was, and what people answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update

from service.event_terms import PictureWhy
from service.events import Tenant
from service.plant.appraisal.misses import RollAudit
from service.plant.grading.grade import FIRST
from service.plant.store.database import Transaction
from service.plant.store.defects import mark_in_force
from service.plant.store.intake import columns_of
from service.plant.store.quality_tables import AUDIT_SAMPLES
from service.plant.store.tables import DEFECTS, GRADES, MARKS, PICTURE_NOTES, PICTURES, ROLLS, SPANS
from service.plant.views.audits import AuditItem, AuditKind
from service.plant.views.defects import MarkVerdict
from service.plant.views.kpis import Window
from service.plant.views.rolls import GradeStatus

FIELDS = (
    *("id", "draw_id", "line", "subject", "population", "seed", "from_utc", "to_utc", "drawn_utc"),
    *("drawn_by", "answered_utc", "answered_by", "missed", "note", "demo"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawable:
    """Something that may be drawn."""

    subject: str
    demo: bool


def passed_rolls(tx: Transaction, line: str, window: Window) -> list[Drawable]:
    """Rolls that ended in a window with a final grade A, by id."""
    query = (
        select(ROLLS.c.roll_id, ROLLS.c.demo)
        .join(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .where(
            ROLLS.c.line == line,
            ROLLS.c.ended_utc >= window.from_utc,
            ROLLS.c.ended_utc < window.to_utc,
            GRADES.c.grade == FIRST,
            GRADES.c.status == GradeStatus.FINAL.value,
        )
        .order_by(ROLLS.c.roll_id)
    )
    return [Drawable(subject=row.roll_id, demo=row.demo) for row in tx.execute(query)]


def clean_samples(tx: Transaction, line: str, window: Window) -> list[Drawable]:
    """Pictures of CLEAN frames that the plant holds, by hash."""
    notes = PICTURE_NOTES
    query = (
        select(notes.c.sha256, func.max(case((notes.c.demo, 1), else_=0)).label("demo"))
        .join(PICTURES, PICTURES.c.sha256 == notes.c.sha256)
        .where(
            notes.c.line == line,
            notes.c.utc >= window.from_utc,
            notes.c.utc < window.to_utc,
            notes.c.why == PictureWhy.CLEAN_SAMPLE.value,
            notes.c.dropped.is_(False),
        )
        .group_by(notes.c.sha256)
        .order_by(notes.c.sha256)
    )
    return [Drawable(subject=row.sha256, demo=bool(row.demo)) for row in tx.execute(query)]


def add(tx: Transaction, tenant: Tenant, item: AuditItem) -> None:
    """Keep a drawn item; its id is given by the store."""
    values = {name: getattr(item, name) for name in FIELDS if name not in ("id", "line")}
    tx.execute(insert(AUDIT_SAMPLES).values(**columns_of(tenant), kind=item.kind.value, **values))


def one(tx: Transaction, item_id: int) -> AuditItem | None:
    """One item."""
    row = tx.execute(select(AUDIT_SAMPLES).where(AUDIT_SAMPLES.c.id == item_id)).mappings().first()
    return _item(row) if row else None


def of_draw(tx: Transaction, draw_id: str) -> tuple[AuditItem, ...]:
    """The items of one draw."""
    query = select(AUDIT_SAMPLES).where(AUDIT_SAMPLES.c.draw_id == draw_id).order_by(AUDIT_SAMPLES.c.id)
    return tuple(_item(row) for row in tx.execute(query).mappings())


def answer(tx: Transaction, item_id: int, user: str, utc: datetime, missed: int, note: str) -> None:
    """Keep what a person saw."""
    values = {"answered_utc": utc, "answered_by": user, "missed": missed, "note": note}
    tx.execute(update(AUDIT_SAMPLES).where(AUDIT_SAMPLES.c.id == item_id).values(**values))


def reopen(tx: Transaction, item_id: int) -> None:
    """The answer was not meant: the item waits again."""
    values = {"answered_utc": None, "answered_by": None, "missed": None, "note": ""}
    tx.execute(update(AUDIT_SAMPLES).where(AUDIT_SAMPLES.c.id == item_id).values(**values))


def page(
    tx: Transaction, line: str | None, *, waiting: bool, offset: int, limit: int
) -> tuple[int, tuple[AuditItem, ...]]:
    """How many items there are, and one page, newest first."""
    conditions: list[ColumnElement[bool]] = [AUDIT_SAMPLES.c.id > 0]
    if line is not None:
        conditions.append(AUDIT_SAMPLES.c.line == line)
    if waiting:
        conditions.append(AUDIT_SAMPLES.c.answered_utc.is_(None))
    total = tx.execute(select(func.count()).select_from(AUDIT_SAMPLES).where(*conditions)).scalar_one()
    query = select(AUDIT_SAMPLES).where(*conditions).order_by(AUDIT_SAMPLES.c.id.desc())
    return int(total), tuple(_item(row) for row in tx.execute(query.offset(offset).limit(limit)).mappings())


def of_window(tx: Transaction, line: str | None, window: Window) -> tuple[AuditItem, ...]:
    """Items whose own window lies within this one."""
    table = AUDIT_SAMPLES
    query = select(table).where(table.c.from_utc >= window.from_utc, table.c.to_utc <= window.to_utc)
    if line is not None:
        query = query.where(table.c.line == line)
    return tuple(_item(row) for row in tx.execute(query.order_by(table.c.id)).mappings())


def found_on(tx: Transaction, items: Sequence[AuditItem]) -> list[RollAudit]:
    """For each answered roll: the true defects that the machine had found on it."""
    wrong = and_(MARKS.c.verdict == MarkVerdict.WRONG.value, MARKS.c.kind.is_(None))
    audits = []
    for item in items:
        query = (
            select(func.count())
            .select_from(DEFECTS)
            .outerjoin(MARKS, mark_in_force())
            .where(
                DEFECTS.c.roll_id == item.subject,
                or_(MARKS.c.verdict.is_(None), ~wrong),
                or_(MARKS.c.verdict.is_not(None), DEFECTS.c.unsure.is_(False)),
            )
        )
        found = int(tx.execute(query).scalar_one())
        audits.append(RollAudit(roll_id=item.subject, found=found, missed=item.missed or 0))
    return audits


def clean_frames(tx: Transaction, line: str | None, window: Window) -> int:
    """CLEAN frames of a window."""
    query = select(func.sum(SPANS.c.clean)).where(SPANS.c.utc >= window.from_utc, SPANS.c.utc < window.to_utc)
    if line is not None:
        query = query.where(SPANS.c.line == line)
    return int(tx.execute(query).scalar() or 0)


def _item(row: Any) -> AuditItem:  # Any: row mapping
    return AuditItem(kind=AuditKind(row["kind"]), **{name: row[name] for name in FIELDS})
