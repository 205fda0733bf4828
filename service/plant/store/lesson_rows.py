"""Pictures of good cloth that a lesson asked for, and the whole frames that a line kept in an hour."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from service.event_terms import PictureWhy
from service.plant.store.database import Transaction
from service.plant.store.tables import PICTURE_NOTES, PICTURES

OF_WHOLE_FRAMES = (PictureWhy.CLEAN_SAMPLE.value, PictureWhy.UNSURE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """A picture that is held."""

    sha256: str
    why: str
    mm_per_px: float
    demo: bool


def good_cloth(tx: Transaction, line: str, since: datetime, limit: int) -> tuple[KeptFrame, ...]:
    """Pictures of good cloth that are held, the newest first."""
    return _held(tx, line, (PictureWhy.GOOD_CLOTH.value,), since, limit)


def whole_frames(tx: Transaction, line: str, since: datetime, limit: int) -> tuple[KeptFrame, ...]:
    """Pictures that may be whole frames: CLEAN samples and doubtful ones, the newest first."""
    return _held(tx, line, OF_WHOLE_FRAMES, since, limit)


def _held(
    tx: Transaction, line: str, whys: tuple[str, ...], since: datetime, limit: int
) -> tuple[KeptFrame, ...]:
    notes = PICTURE_NOTES
    query = (
        select(notes.c.sha256, notes.c.why, notes.c.mm_per_px, notes.c.demo)
        .join(PICTURES, PICTURES.c.sha256 == notes.c.sha256)
        .where(notes.c.line == line, notes.c.why.in_(whys), notes.c.utc >= since, notes.c.dropped.is_(False))
        .order_by(notes.c.utc.desc(), notes.c.order_no.desc())
        .limit(limit)
    )
    return tuple(KeptFrame(**row) for row in tx.execute(query).mappings())
