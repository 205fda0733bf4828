"""What people said of items of the review queue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from service.plant.store.database import Transaction
from service.plant.store.review_tables import REVIEW_ITEMS, REVIEW_WORDS

WORDS = REVIEW_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWord:
    """A verdict or a skip as it is kept."""

    id: int  # 0: not kept yet
    item_id: int
    round: int
    user: str
    utc: datetime
    skipped: bool
    defective: bool | None
    kind: str | None
    missed: int
    boxes: tuple[dict[str, float], ...]  # px_* in the picture, mm_* on the web where known
    label_ids: tuple[str, ...]


def add(tx: Transaction, word: StoredWord) -> None:
    """Keep what was said."""
    names = ("item_id", "round", "user", "utc", "skipped", "defective", "kind", "missed")
    values = {name: getattr(word, name) for name in names}
    tx.execute(
        insert(WORDS).values(
            **values, boxes=json.dumps(word.boxes), label_ids=json.dumps(word.label_ids), undone=False
        )
    )


def of_item(tx: Transaction, item_id: int) -> list[StoredWord]:
    """Verdicts on an item that stand, oldest first."""
    query = select(WORDS).where(
        WORDS.c.item_id == item_id, WORDS.c.skipped.is_(False), WORDS.c.undone.is_(False)
    )
    return [_word(row) for row in tx.execute(query.order_by(WORDS.c.id)).mappings()]


def newest_of(tx: Transaction, user: str) -> StoredWord | None:
    """What a person did last, taken back things aside."""
    query = select(WORDS).where(WORDS.c.user == user, WORDS.c.undone.is_(False))
    row = tx.execute(query.order_by(WORDS.c.id.desc()).limit(1)).mappings().first()
    return _word(row) if row else None


def take_back(tx: Transaction, word_id: int) -> None:
    """It was not meant."""
    tx.execute(update(WORDS).where(WORDS.c.id == word_id).values(undone=True))


def judged_since(tx: Transaction, user: str, since: datetime) -> int:
    """How many verdicts of a person stand since a moment."""
    fits = (WORDS.c.user == user, WORDS.c.utc >= since)
    stands = (WORDS.c.skipped.is_(False), WORDS.c.undone.is_(False))
    return int(tx.execute(select(func.count()).select_from(WORDS).where(*fits, *stands)).scalar_one())


def skipped_since(tx: Transaction, user: str, since: datetime) -> int:
    """How many items that still wait a person skipped since a moment."""
    query = (
        select(func.count(WORDS.c.item_id.distinct()))
        .join(REVIEW_ITEMS, REVIEW_ITEMS.c.id == WORDS.c.item_id)
        .where(
            WORDS.c.user == user,
            WORDS.c.utc > since,
            WORDS.c.skipped,
            WORDS.c.undone.is_(False),
            REVIEW_ITEMS.c.round > 0,
        )
    )
    return int(tx.execute(query).scalar_one())


def offer_skipped_again(tx: Transaction, user: str) -> int:
    """Forget what a person skipped; returns how much that was."""
    fits = (WORDS.c.user == user, WORDS.c.skipped, WORDS.c.undone.is_(False))
    return int(tx.execute(update(WORDS).where(*fits).values(undone=True)).rowcount)


def texts_of(rows: Sequence[StoredWord]) -> list[tuple[bool, str | None]]:
    """What verdicts say, without who and when: to compare them."""
    return [(bool(row.defective), row.kind if row.defective else None) for row in rows]


def _word(row: Any) -> StoredWord:  # Any: row mapping
    names = ("id", "item_id", "round", "user", "utc", "skipped", "defective", "kind", "missed")
    return StoredWord(
        boxes=tuple(json.loads(row["boxes"])),
        label_ids=tuple(json.loads(row["label_ids"])),
        **{name: row[name] for name in names},
    )
