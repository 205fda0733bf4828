"""Which pictures are held, and which the lines kept but did not deliver yet."""

from datetime import datetime

from sqlalchemy import and_, exists, func, insert, select

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.roll_hours import RollEnd
from service.plant.store.tables import DEFECTS, PICTURE_NOTES, PICTURES, ROLLS


def media_type(tx: Transaction, sha256: str) -> str | None:
    """The media type of a held picture."""
    return tx.execute(select(PICTURES.c.media_type).where(PICTURES.c.sha256 == sha256)).scalar()


def add(tx: Transaction, tenant: Tenant, sha256: str, kind: str, size: int, now: datetime) -> bool:
    """Note that a picture is held; False where it was already."""
    if media_type(tx, sha256) is not None:
        return False
    values = {"sha256": sha256, "media_type": kind, "bytes": size, "stored_utc": now}
    tx.execute(insert(PICTURES).values(**columns_of(tenant), **values))
    return True


def ends_of_rolls(tx: Transaction, sha256: str) -> list[RollEnd]:
    """Where the rolls ended that have a defect with this picture; running ones are left out."""
    query = (
        select(ROLLS.c.line, ROLLS.c.ended_utc, ROLLS.c.demo)
        .join(DEFECTS, DEFECTS.c.roll_id == ROLLS.c.roll_id)
        .where(DEFECTS.c.picture_sha256 == sha256, ROLLS.c.ended_utc.is_not(None))
        .distinct()
    )
    return [RollEnd(line=row.line, utc=row.ended_utc, demo=row.demo) for row in tx.execute(query)]


def missing(tx: Transaction, line: str, limit: int) -> tuple[str, ...]:
    """Kept by the line, not dropped since, not held here; newest first."""
    notes, later = PICTURE_NOTES, PICTURE_NOTES.alias("later")
    dropped = exists().where(
        and_(
            later.c.sha256 == notes.c.sha256,
            later.c.line == notes.c.line,
            later.c.dropped,
            later.c.order_no > notes.c.order_no,
        )
    )
    newest = func.max(notes.c.order_no)
    query = (
        select(notes.c.sha256)
        .outerjoin(PICTURES, PICTURES.c.sha256 == notes.c.sha256)
        .where(notes.c.line == line, notes.c.dropped.is_(False), PICTURES.c.sha256.is_(None), ~dropped)
        .group_by(notes.c.sha256)
        .order_by(newest.desc())
        .limit(limit)
    )
    return tuple(row.sha256 for row in tx.execute(query))
