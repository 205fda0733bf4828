"""What may enter the review queue, and what was judged elsewhere meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.quality_tables import AUDIT_SAMPLES
from service.plant.store.review_tables import REVIEW_ITEMS, REVIEW_WORDS, STRIP_WORDS
from service.plant.store.strip_rows import is_superseded
from service.plant.store.tables import DEFECTS, MARKS, PICTURES
from service.plant.views.audits import AuditKind
from service.plant.views.review import ReviewSubject, ReviewWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A defect that nobody judged and that is not in the queue."""

    tenant: Tenant
    defect_id: str
    kind: str
    length_mm: float
    unsure: bool
    picture_sha256: str
    of_roll: bool
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An audit sample without an answer that is not in the queue."""

    tenant: Tenant
    audit_id: int
    kind: AuditKind
    subject: str
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenStrip:
    """A whole frame in which a person saw a defect, and that is not in the queue."""

    tenant: Tenant
    sha256: str
    demo: bool


def new_defects(tx: Transaction, since: datetime, limit: int) -> list[Found]:
    """Defects with a held picture, newest first."""
    query = (
        select(DEFECTS)
        .join(PICTURES, PICTURES.c.sha256 == DEFECTS.c.picture_sha256)
        .outerjoin(MARKS, MARKS.c.defect_id == DEFECTS.c.defect_id)
        .outerjoin(
            REVIEW_ITEMS,
            and_(
                REVIEW_ITEMS.c.subject == ReviewSubject.DEFECT.value,
                REVIEW_ITEMS.c.subject_id == DEFECTS.c.defect_id,
            ),
        )
        .where(DEFECTS.c.utc >= since, MARKS.c.id.is_(None), REVIEW_ITEMS.c.id.is_(None))
        .order_by(DEFECTS.c.utc.desc())
        .limit(limit)
    )
    return [
        Found(
            tenant=_tenant(dict(row)),
            of_roll=row["roll_id"] is not None,
            **{
                name: row[name]
                for name in ("defect_id", "kind", "length_mm", "unsure", "picture_sha256", "demo")
            },
        )
        for row in tx.execute(query).mappings()
    ]


def new_audits(tx: Transaction) -> list[Drawn]:
    """Audit samples that wait for an answer."""
    query = (
        select(AUDIT_SAMPLES)
        .outerjoin(REVIEW_ITEMS, REVIEW_ITEMS.c.audit_id == AUDIT_SAMPLES.c.id)
        .where(AUDIT_SAMPLES.c.answered_utc.is_(None), REVIEW_ITEMS.c.id.is_(None))
        .order_by(AUDIT_SAMPLES.c.id)
    )
    return [
        Drawn(
            tenant=_tenant(dict(row)),
            audit_id=row["id"],
            kind=AuditKind(row["kind"]),
            subject=row["subject"],
            demo=row["demo"],
        )
        for row in tx.execute(query).mappings()
    ]


def new_strips(tx: Transaction, since: datetime) -> list[SeenStrip]:
    """Frames that a person called a defect, where the machine showed none; each with its held picture."""
    query = (
        select(STRIP_WORDS)
        .join(PICTURES, PICTURES.c.sha256 == STRIP_WORDS.c.picture_sha256)
        .outerjoin(REVIEW_ITEMS, _of_strip())
        .where(
            STRIP_WORDS.c.utc >= since,
            STRIP_WORDS.c.good.is_(False),
            STRIP_WORDS.c.found == 0,
            REVIEW_ITEMS.c.id.is_(None),
            ~is_superseded(),
        )
        .order_by(STRIP_WORDS.c.id)
    )
    rows = {row["picture_sha256"]: dict(row) for row in tx.execute(query).mappings()}  # each picture once
    return [SeenStrip(tenant=_tenant(row), sha256=sha256, demo=row["demo"]) for sha256, row in rows.items()]


def strips_again(tx: Transaction) -> Sequence[int]:
    """Items that were closed because their frame was called good, and is called a defect again."""
    judged = select(REVIEW_WORDS.c.id).where(
        REVIEW_WORDS.c.item_id == REVIEW_ITEMS.c.id,
        REVIEW_WORDS.c.skipped.is_(False),
        REVIEW_WORDS.c.undone.is_(False),
    )
    query = (
        select(REVIEW_ITEMS.c.id)
        .join(STRIP_WORDS, _of_strip())
        .where(REVIEW_ITEMS.c.round == 0, STRIP_WORDS.c.good.is_(False), ~is_superseded(), ~judged.exists())
        .distinct()
    )
    return [row[0] for row in tx.execute(query)]


def judged_elsewhere(tx: Transaction) -> Sequence[int]:
    """Items still without a verdict that another page settled.

    Their defect was marked, their audit was answered, or their frame was called good after all.
    """
    query = (
        select(REVIEW_ITEMS.c.id)
        .outerjoin(
            MARKS,
            and_(
                REVIEW_ITEMS.c.subject == ReviewSubject.DEFECT.value,
                MARKS.c.defect_id == REVIEW_ITEMS.c.subject_id,
            ),
        )
        .outerjoin(AUDIT_SAMPLES, AUDIT_SAMPLES.c.id == REVIEW_ITEMS.c.audit_id)
        .outerjoin(STRIP_WORDS, and_(_of_strip(), STRIP_WORDS.c.good, ~is_superseded()))
        .where(
            REVIEW_ITEMS.c.round == 1,
            or_(
                MARKS.c.id.is_not(None),
                AUDIT_SAMPLES.c.answered_utc.is_not(None),
                STRIP_WORDS.c.word_id.is_not(None),
            ),
        )
        .distinct()
    )
    return [row[0] for row in tx.execute(query)]


def was_drawn(tx: Transaction, line: str, kind: AuditKind, by: str, from_utc: datetime) -> bool:
    """Whether a daily draw was made for a window that begins at a moment."""
    fits = (
        AUDIT_SAMPLES.c.line == line,
        AUDIT_SAMPLES.c.kind == kind.value,
        AUDIT_SAMPLES.c.drawn_by == by,
        AUDIT_SAMPLES.c.from_utc == from_utc,
    )
    return tx.execute(select(AUDIT_SAMPLES.c.id).where(*fits).limit(1)).first() is not None


def _of_strip() -> ColumnElement[bool]:
    """The join condition by which an item meets the words on its frame."""
    return and_(
        REVIEW_ITEMS.c.why == ReviewWhy.JUDGED.value,
        REVIEW_ITEMS.c.subject_id == STRIP_WORDS.c.picture_sha256,
    )


def _tenant(row: dict[str, str]) -> Tenant:
    return Tenant(**{name: row[name] for name in ("enterprise", "site", "area", "line")})
