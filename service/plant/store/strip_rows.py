"""Words on frames of the live strip, and the pictures that came for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.review_tables import STRIP_WORDS as WORDS
from service.plant.store.tables import PICTURE_NOTES
from service.plant.views.strips import StripWord

SAME = ("word_id", "line", "user", "utc", "frame_seq", "web_mm", "machine", "good", "supersedes")
SAME_MM = 0.5  # two frames never begin so near to each other


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStrip:
    """The picture of a judged frame, as its line kept it."""

    sha256: str
    group: str  # roll or lot; empty: the line did not say
    demo: bool


def add(tx: Transaction, tenant: Tenant, word: StripWord) -> None:
    """Keep a word."""
    values = {name: getattr(word, name) for name in SAME if name != "line"}
    tx.execute(insert(WORDS).values(**columns_of(tenant), **values))


def newest(tx: Transaction, line: str, limit: int) -> Sequence[StripWord]:
    """A line's words, newest first."""
    query = select(WORDS).where(WORDS.c.line == line).order_by(WORDS.c.utc.desc(), WORDS.c.word_id)
    return [_word(row) for row in tx.execute(query.limit(limit)).mappings()]


def before(tx: Transaction, line: str, web_mm: float) -> str | None:
    """The newest word on the frame that begins here."""
    query = select(WORDS.c.word_id).where(WORDS.c.line == line, _near(WORDS.c.web_mm, web_mm))
    return tx.execute(query.order_by(WORDS.c.utc.desc()).limit(1)).scalar()


def without_label(tx: Transaction, since: datetime) -> Sequence[StripWord]:
    """Words whose picture had not come, oldest first."""
    query = select(WORDS).where(WORDS.c.picture_sha256.is_(None), WORDS.c.utc >= since)
    return [_word(row) for row in tx.execute(query.order_by(WORDS.c.utc, WORDS.c.word_id)).mappings()]


def picture_of(tx: Transaction, word: StripWord, why: str) -> KeptStrip | None:
    """The frame's picture, if its line has told that it was kept."""
    notes = PICTURE_NOTES
    query = (
        select(notes.c.sha256, notes.c.roll_id, notes.c.lot_id, notes.c.demo)
        .where(
            notes.c.line == word.line,
            notes.c.why == why,
            notes.c.dropped.is_(False),
            notes.c.media_type == "image/png",  # crops of defects are JPEG
            _near(notes.c.web_mm, word.web_mm),
        )
        .order_by(notes.c.order_no.desc())
        .limit(1)
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    return KeptStrip(sha256=row.sha256, group=row.roll_id or row.lot_id or "", demo=row.demo)


def note_picture(tx: Transaction, word_id: str, sha256: str) -> None:
    """The word has its label now, on this picture."""
    tx.execute(update(WORDS).where(WORDS.c.word_id == word_id).values(picture_sha256=sha256))


def _near(column: ColumnElement[Any], web_mm: float) -> ColumnElement[bool]:  # Any: of the column
    return column.between(web_mm - SAME_MM, web_mm + SAME_MM)


def _word(row: Any) -> StripWord:  # Any: row mapping
    return StripWord(picture_sha256=row["picture_sha256"], **{name: row[name] for name in SAME})
