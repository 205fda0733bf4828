"""Words on frames of the live strip, the pictures that came for them, and the findings they speak of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select, update

from service.event_terms import PictureWhy
from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.review_tables import REVIEW_ITEMS, REVIEW_WORDS
from service.plant.store.review_tables import STRIP_WORDS as WORDS
from service.plant.store.tables import DEFECTS, LINES, MARKS, PICTURE_NOTES
from service.plant.views.review import ReviewWhy
from service.plant.views.strips import StripMark, StripWord

SAME = (
    *("word_id", "line", "user", "utc", "frame_seq", "web_mm", "end_mm", "machine", "found", "good"),
    *("supersedes", "picture_sha256", "label_id", "demo"),
)
SAME_MM = 0.5  # two frames never begin so near to each other
SAME_RUN = timedelta(minutes=15)  # a frame is kept minutes after it was judged, by the line's own clock


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStrip:
    """The picture of a judged frame, as its line kept it."""

    sha256: str
    roll_id: str | None
    lot_id: str | None
    utc: datetime  # by the line's clock, as that of its findings
    demo: bool


def add(tx: Transaction, tenant: Tenant, word: StripWord, after_no: int) -> None:
    """Keep a word; its picture is among what the line says after `after_no`."""
    values = {name: getattr(word, name) for name in SAME if name != "line"}
    tx.execute(insert(WORDS).values(**columns_of(tenant), **values, after_no=after_no, marks="[]"))


def newest_no(tx: Transaction, line: str) -> int:
    """The order_no of the newest event of a line."""
    return tx.execute(select(LINES.c.order_no).where(LINES.c.line == line)).scalar() or 0


def newest(tx: Transaction, line: str, limit: int) -> Sequence[StripWord]:
    """A line's words, newest first."""
    query = select(WORDS).where(WORDS.c.line == line).order_by(WORDS.c.id.desc())
    return [_word(row) for row in tx.execute(query.limit(limit)).mappings()]


def on_frame(
    tx: Transaction, line: str, frame_seq: int, web_mm: float, since: datetime
) -> tuple[StripWord, int] | None:
    """The newest word on a frame, and its `after_no`."""
    query = select(WORDS).where(
        WORDS.c.line == line,
        WORDS.c.frame_seq == frame_seq,
        WORDS.c.web_mm.between(web_mm - SAME_MM, web_mm + SAME_MM),
        WORDS.c.utc >= since,
        ~is_superseded(),
    )
    row = tx.execute(query.order_by(WORDS.c.id.desc()).limit(1)).mappings().first()
    return (_word(row), row["after_no"]) if row else None


def one(tx: Transaction, word_id: str) -> StripWord | None:
    """One word."""
    row = tx.execute(select(WORDS).where(WORDS.c.word_id == word_id)).mappings().first()
    return _word(row) if row else None


def on_picture(tx: Transaction, sha256: str) -> StripWord | None:
    """The word that counts on a picture."""
    query = select(WORDS).where(WORDS.c.picture_sha256 == sha256, ~is_superseded())
    row = tx.execute(query.order_by(WORDS.c.id.desc()).limit(1)).mappings().first()
    return _word(row) if row else None


def is_superseded() -> ColumnElement[bool]:
    """Whether a later word on the same frame counts instead."""
    later = WORDS.alias("later")
    return select(later.c.word_id).where(later.c.supersedes == WORDS.c.word_id).exists()


def with_picture(tx: Transaction, line: str | None, since: datetime) -> Sequence[tuple[StripWord, KeptStrip]]:
    """Words without a label whose line says that it keeps the frame, oldest first; None: of every line."""
    notes = PICTURE_NOTES
    names = ("sha256", "roll_id", "lot_id", "utc", "demo")
    query = (
        select(WORDS, *(notes.c[name].label(f"kept_{name}") for name in names))
        .join(
            notes,
            and_(
                notes.c.line == WORDS.c.line,
                notes.c.order_no > WORDS.c.after_no,
                notes.c.why == PictureWhy.JUDGED.value,
                notes.c.dropped.is_(False),
                notes.c.web_mm.between(WORDS.c.web_mm - SAME_MM, WORDS.c.web_mm + SAME_MM),
            ),
        )
        .where(WORDS.c.label_id.is_(None), WORDS.c.utc >= since)
    )
    if line is not None:
        query = query.where(WORDS.c.line == line)
    found: dict[str, tuple[StripWord, KeptStrip]] = {}
    for row in tx.execute(query.order_by(WORDS.c.id, notes.c.order_no)).mappings():
        kept = KeptStrip(**{name: row[f"kept_{name}"] for name in names})
        found.setdefault(row["word_id"], (_word(row), kept))
    return list(found.values())


def findings_within(tx: Transaction, word: StripWord, kept: KeptStrip) -> Sequence[str]:
    """Findings with a picture that lie in the frame as a whole and that nobody judged."""
    query = (
        select(DEFECTS.c.defect_id)
        .outerjoin(MARKS, MARKS.c.defect_id == DEFECTS.c.defect_id)
        .where(
            DEFECTS.c.line == word.line,
            DEFECTS.c.utc.between(kept.utc - SAME_RUN, kept.utc + SAME_RUN),
            DEFECTS.c.roll_id.is_not_distinct_from(kept.roll_id),
            DEFECTS.c.lot_id.is_not_distinct_from(kept.lot_id),
            DEFECTS.c.y0_mm >= word.web_mm - SAME_MM,
            DEFECTS.c.y1_mm <= word.end_mm + SAME_MM,
            DEFECTS.c.picture_sha256.is_not(None),
            MARKS.c.id.is_(None),
        )
    )
    return [row[0] for row in tx.execute(query.order_by(DEFECTS.c.y0_mm, DEFECTS.c.defect_id))]


def note_label(
    tx: Transaction, word_id: str, label_id: str, kept: KeptStrip, marks: Sequence[StripMark]
) -> None:
    """The word has its label now, on this picture."""
    values = {
        "label_id": label_id,
        "picture_sha256": kept.sha256,
        "demo": kept.demo,
        "marks": json.dumps([[mark.defect_id, mark.label_id] for mark in marks]),
    }
    tx.execute(update(WORDS).where(WORDS.c.word_id == word_id).values(**values))


def restate(tx: Transaction, word_id: str, label_id: str) -> None:
    """Another label says the same word now."""
    tx.execute(update(WORDS).where(WORDS.c.word_id == word_id).values(label_id=label_id))


def reviewer_of(tx: Transaction, sha256: str) -> str | None:
    """Who judged the frame in the review queue since."""
    query = (
        select(REVIEW_WORDS.c.user)
        .join(REVIEW_ITEMS, REVIEW_ITEMS.c.id == REVIEW_WORDS.c.item_id)
        .where(
            REVIEW_ITEMS.c.subject_id == sha256,
            REVIEW_ITEMS.c.why == ReviewWhy.JUDGED.value,
            REVIEW_WORDS.c.skipped.is_(False),
            REVIEW_WORDS.c.undone.is_(False),
        )
    )
    return tx.execute(query.limit(1)).scalar()


def _word(row: Any) -> StripWord:  # Any: row mapping
    marks = tuple(StripMark(defect_id=defect, label_id=label) for defect, label in json.loads(row["marks"]))
    return StripWord(marks=marks, **{name: row[name] for name in SAME})
