"""Items of the review queue and their leases: one person has an item at a time, until a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, or_, select, update

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.review_tables import REVIEW_ITEMS, REVIEW_WORDS
from service.plant.store.tables import PICTURE_NOTES
from service.plant.views.review import PicturePlace, ReviewSubject, ReviewWhy

ITEMS, WORDS = REVIEW_ITEMS, REVIEW_WORDS
NOT_DRAWN = 0  # audit_id of what no audit drew


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Something that enters the queue."""

    tenant: Tenant
    subject: ReviewSubject
    subject_id: str
    audit_id: int
    picture_sha256: str | None
    why: ReviewWhy
    value: float
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item as it is kept."""

    id: int
    tenant: Tenant
    subject: ReviewSubject
    subject_id: str
    audit_id: int
    picture_sha256: str | None
    why: ReviewWhy
    value: float
    round: int
    leased_to: str | None
    leased_until: datetime | None
    demo: bool


def add(tx: Transaction, items: Sequence[Queued], now: datetime) -> None:
    """Put items into the queue, free for anybody."""
    rows = [
        {
            **columns_of(item.tenant),
            "demo": item.demo,
            "subject": item.subject.value,
            "subject_id": item.subject_id,
            "audit_id": item.audit_id,
            "picture_sha256": item.picture_sha256,
            "why": item.why.value,
            "value": item.value,
            "queued_utc": now,
            "round": 1,
        }
        for item in items
    ]
    if rows:
        tx.execute(insert(ITEMS), rows)


def is_queued(tx: Transaction, item: Queued) -> bool:
    """Whether it came in already, e.g. by another fill at the same time."""
    query = select(ITEMS.c.id).where(
        ITEMS.c.subject == item.subject.value,
        ITEMS.c.subject_id == item.subject_id,
        ITEMS.c.audit_id == item.audit_id,
    )
    return tx.execute(query).first() is not None


def one(tx: Transaction, item_id: int) -> StoredItem | None:
    """One item."""
    row = tx.execute(select(ITEMS).where(ITEMS.c.id == item_id)).mappings().first()
    return _item(row) if row else None


def held_by(tx: Transaction, user: str, now: datetime) -> list[StoredItem]:
    """What lies on a person's desk, the most valuable first."""
    query = select(ITEMS).where(ITEMS.c.round > 0, ITEMS.c.leased_to == user, ITEMS.c.leased_until > now)
    return [_item(row) for row in tx.execute(query.order_by(*BY_VALUE)).mappings()]


def free(
    tx: Transaction, user: str, now: datetime, *, skipped_since: datetime, lines: Sequence[str], limit: int
) -> list[StoredItem]:
    """What a person may take: on nobody's desk, not judged by them before, not skipped by them lately.

    `lines`: of these only; empty: of all.
    """
    query = select(ITEMS).where(
        ITEMS.c.round > 0,
        or_(ITEMS.c.leased_until.is_(None), ITEMS.c.leased_until <= now),
        ~_met_by(user, skipped_since),
    )
    if lines:
        query = query.where(ITEMS.c.line.in_(lines))
    return [_item(row) for row in tx.execute(query.order_by(*BY_VALUE).limit(limit)).mappings()]


def lease(tx: Transaction, item_ids: Sequence[int], user: str, until: datetime) -> None:
    """Put items on a person's desk until a moment."""
    values = {"leased_to": user, "leased_until": until}
    tx.execute(update(ITEMS).where(ITEMS.c.id.in_(item_ids)).values(**values))


def put_back(tx: Transaction, item_id: int, round_: int) -> None:
    """Off every desk; round 0 closes the item."""
    values = {"round": round_, "leased_to": None, "leased_until": None}
    tx.execute(update(ITEMS).where(ITEMS.c.id == item_id).values(**values))


def close(tx: Transaction, item_ids: Sequence[int]) -> None:
    """These were judged elsewhere."""
    values = {"round": 0, "leased_to": None, "leased_until": None}
    tx.execute(update(ITEMS).where(ITEMS.c.id.in_(item_ids)).values(**values))


def waiting(tx: Transaction) -> Mapping[ReviewWhy, int]:
    """How many items wait, by why."""
    query = select(ITEMS.c.why, func.count()).where(ITEMS.c.round > 0).group_by(ITEMS.c.why)
    return {ReviewWhy(row[0]): int(row[1]) for row in tx.execute(query)}


def with_others(tx: Transaction, user: str, now: datetime) -> int:
    """How many items lie on other people's desks."""
    query = (
        select(func.count())
        .select_from(ITEMS)
        .where(ITEMS.c.round > 0, ITEMS.c.leased_until > now, ITEMS.c.leased_to != user)
    )
    return int(tx.execute(query).scalar_one())


def place_of(tx: Transaction, sha256: str, near_mm: float | None) -> PicturePlace | None:
    """Where a picture lies on the web, as its line said; y counts from encoder zero.

    Equal pictures of several places (simulated ones) are told apart by what is near.
    """
    notes = PICTURE_NOTES
    query = (
        select(notes.c.x0_mm, notes.c.web_mm, notes.c.mm_per_px)
        .where(notes.c.sha256 == sha256, notes.c.dropped.is_(False), notes.c.mm_per_px > 0)
        .order_by(func.abs(notes.c.web_mm - (near_mm or 0.0)), notes.c.order_no.desc())
        .limit(1)
    )
    row = tx.execute(query).first()
    return PicturePlace(x0_mm=row[0], y0_mm=row[1], mm_per_px=row[2]) if row else None


def group_of(tx: Transaction, sha256: str) -> str:
    """The roll or lot that a picture was taken of; empty: its line did not say."""
    notes = PICTURE_NOTES
    query = select(func.coalesce(notes.c.roll_id, notes.c.lot_id, "")).where(notes.c.sha256 == sha256)
    return tx.execute(query.order_by(notes.c.order_no.desc()).limit(1)).scalar() or ""


def _met_by(user: str, skipped_since: datetime) -> ColumnElement[bool]:
    lately = case((WORDS.c.skipped, WORDS.c.utc > skipped_since), else_=True)
    return exists().where(
        and_(WORDS.c.item_id == ITEMS.c.id, WORDS.c.user == user, WORDS.c.undone.is_(False), lately)
    )


BY_VALUE = (ITEMS.c.value.desc(), ITEMS.c.id)
SAME = ("id", "subject_id", "audit_id", "picture_sha256", "value", "round", "leased_to", "leased_until")


def _item(row: Any) -> StoredItem:  # Any: row mapping
    return StoredItem(
        tenant=Tenant(**{name: row[name] for name in ("enterprise", "site", "area", "line")}),
        subject=ReviewSubject(row["subject"]),
        why=ReviewWhy(row["why"]),
        demo=row["demo"],
        **{name: row[name] for name in SAME},
    )
