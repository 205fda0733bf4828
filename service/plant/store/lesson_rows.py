"""Pictures of good cloth that a lesson asked for, and the whole frames that a line kept in an hour."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from service.event_terms import PictureWhy
from service.plant.store.database import Transaction
from service.plant.store.review_tables import STRIP_WORDS
from service.plant.store.strip_rows import is_superseded
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
    """Pictures of good cloth that are held, the newest first; none that a person called a defect."""
    defects = select(STRIP_WORDS.c.picture_sha256).where(
        STRIP_WORDS.c.picture_sha256.is_not(None), STRIP_WORDS.c.good.is_(False), ~is_superseded()
    )
    is_not_one = PICTURE_NOTES.c.sha256.not_in(defects)
    return _held(tx, line, (PictureWhy.GOOD_CLOTH.value,), since, limit, is_not_one)


def whole_frames(tx: Transaction, line: str, since: datetime, limit: int) -> tuple[KeptFrame, ...]:
    """Pictures that may be whole frames: CLEAN samples and doubtful ones, the newest first."""
    return _held(tx, line, OF_WHOLE_FRAMES, since, limit)


def _held(
    tx: Transaction,
    line: str,
    whys: tuple[str, ...],
    since: datetime,
    limit: int,
    *more: ColumnElement[bool],
) -> tuple[KeptFrame, ...]:
    notes = PICTURE_NOTES
    query = (
        select(notes.c.sha256, notes.c.why, notes.c.mm_per_px, notes.c.demo)
        .join(PICTURES, PICTURES.c.sha256 == notes.c.sha256)
        .where(notes.c.line == line, notes.c.why.in_(whys), notes.c.utc >= since, notes.c.dropped.is_(False))
        .where(*more)
        .order_by(notes.c.utc.desc(), notes.c.order_no.desc())
        .limit(limit)
    )
    return tuple(KeptFrame(**row) for row in tx.execute(query).mappings())
