"""Defects with their newest mark and whether their picture is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, update

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.many import among
from service.plant.store.tables import DEFECTS, LOTS, MARKS, PICTURES, ROLLS
from service.plant.views.defects import MarkVerdict, MarkView


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectRecord:
    """A stored defect; y on the web since encoder zero."""

    defect_id: str
    tenant: Tenant
    roll_id: str | None
    lot_id: str | None
    kind: str
    score: float
    x0_mm: float
    y0_mm: float
    x1_mm: float
    y1_mm: float
    area_mm2: float
    length_mm: float
    unsure: bool
    bundle_id: str
    picture_sha256: str | None
    picture_held: bool
    mark: MarkView | None
    utc: datetime
    demo: bool
    start_mm: float | None  # of its roll or lot, where known


def mark_in_force() -> ColumnElement[bool]:
    """The join condition by which a defect meets the newest of its marks, if it has one."""
    others = MARKS.alias("others")
    newest = select(func.max(others.c.id)).where(others.c.defect_id == DEFECTS.c.defect_id)
    return MARKS.c.id == newest.correlate(DEFECTS).scalar_subquery()


def defect(tx: Transaction, defect_id: str) -> DefectRecord | None:
    """One defect."""
    found = _records(tx, _query().where(DEFECTS.c.defect_id == defect_id))
    return found[0] if found else None


def by_id(tx: Transaction, defect_ids: Sequence[str]) -> Sequence[DefectRecord]:
    """These defects, in no order."""
    return _records(tx, _query().where(among(tx, DEFECTS.c.defect_id, defect_ids)))


def defects_of_roll(tx: Transaction, roll_id: str) -> Sequence[DefectRecord]:
    """A roll's defects along the web."""
    return _records(
        tx, _query().where(DEFECTS.c.roll_id == roll_id).order_by(DEFECTS.c.y0_mm, DEFECTS.c.defect_id)
    )


def defects_of_rolls(tx: Transaction, roll_ids: Sequence[str]) -> dict[str, list[DefectRecord]]:
    """Each roll's defects along the web."""
    found: dict[str, list[DefectRecord]] = {roll_id: [] for roll_id in roll_ids}
    query = _query().where(among(tx, DEFECTS.c.roll_id, roll_ids))
    for record in _records(tx, query.order_by(DEFECTS.c.y0_mm, DEFECTS.c.defect_id)):
        found[record.roll_id or ""].append(record)
    return found


def defects_of_lot(tx: Transaction, lot_id: str, limit: int) -> Sequence[DefectRecord]:
    """A lot's newest findings."""
    query = _query().where(DEFECTS.c.lot_id == lot_id)
    return _records(tx, query.order_by(DEFECTS.c.utc.desc(), DEFECTS.c.defect_id).limit(limit))


def newest_with_picture(tx: Transaction, line: str | None, limit: int) -> Sequence[DefectRecord]:
    """The newest defects whose picture is held."""
    conditions: list[ColumnElement[bool]] = [PICTURES.c.sha256.is_not(None)]
    if line is not None:
        conditions.append(DEFECTS.c.line == line)
    query = _query().where(and_(*conditions))
    return _records(tx, query.order_by(DEFECTS.c.utc.desc(), DEFECTS.c.defect_id).limit(limit))


def label_in_force(tx: Transaction, defect_id: str) -> str | None:
    """The label that a new mark of this defect corrects."""
    query = (
        select(MARKS.c.label_id).where(MARKS.c.defect_id == defect_id).order_by(MARKS.c.id.desc()).limit(1)
    )
    return tx.execute(query).scalar()


def newest_labels(tx: Transaction, defect_id: str) -> Sequence[str]:
    """The labels of a defect's two newest marks, the newest first."""
    query = select(MARKS.c.label_id).where(MARKS.c.defect_id == defect_id)
    return [row[0] for row in tx.execute(query.order_by(MARKS.c.id.desc()).limit(2))]


def drop_newest_mark(tx: Transaction, defect_id: str, restated: str | None) -> None:
    """Take the newest mark away; the one before it stands on the label that says it anew."""
    of_defect = select(func.max(MARKS.c.id)).where(MARKS.c.defect_id == defect_id)
    tx.execute(delete(MARKS).where(MARKS.c.id == tx.execute(of_defect).scalar()))
    if restated is not None:
        newest = tx.execute(of_defect).scalar()
        tx.execute(update(MARKS).where(MARKS.c.id == newest).values(label_id=restated))


def add_mark(tx: Transaction, found: DefectRecord, mark: MarkView, label_id: str) -> None:
    """Keep a person's verdict; earlier ones stay."""
    tx.execute(
        insert(MARKS).values(
            **columns_of(found.tenant),
            demo=found.demo,
            defect_id=mark.defect_id,
            label_id=label_id,
            verdict=mark.verdict.value,
            kind=mark.kind,
            user=mark.user,
            utc=mark.utc,
        )
    )


@cache
def _query() -> Select[Any]:  # Any: columns of several types
    return (
        select(
            DEFECTS,
            PICTURES.c.sha256.label("held_sha256"),
            MARKS.c.verdict,
            MARKS.c.kind.label("mark_kind"),
            MARKS.c.user.label("mark_user"),
            MARKS.c.utc.label("mark_utc"),
            func.coalesce(ROLLS.c.start_mm, LOTS.c.start_mm).label("start_mm"),
        )
        .select_from(DEFECTS)
        .outerjoin(PICTURES, PICTURES.c.sha256 == DEFECTS.c.picture_sha256)
        .outerjoin(MARKS, mark_in_force())
        .outerjoin(ROLLS, ROLLS.c.roll_id == DEFECTS.c.roll_id)
        .outerjoin(LOTS, LOTS.c.lot_id == DEFECTS.c.lot_id)
    )


SAME = (
    *("defect_id", "roll_id", "lot_id", "kind", "score", "x0_mm", "y0_mm", "x1_mm", "y1_mm", "area_mm2"),
    *("length_mm", "unsure", "bundle_id", "picture_sha256", "utc", "demo", "start_mm"),
)


def _records(tx: Transaction, query: Select[Any]) -> Sequence[DefectRecord]:  # Any: as above
    return [
        DefectRecord(
            tenant=Tenant(**{name: row[name] for name in ("enterprise", "site", "area", "line")}),
            picture_held=row["held_sha256"] is not None,
            mark=_mark(dict(row)),
            **{name: row[name] for name in SAME},
        )
        for row in tx.execute(query).mappings()
    ]


def _mark(row: dict[str, Any]) -> MarkView | None:  # Any: column values
    if row["verdict"] is None:
        return None
    return MarkView(
        defect_id=row["defect_id"],
        verdict=MarkVerdict(row["verdict"]),
        kind=row["mark_kind"],
        user=row["mark_user"],
        utc=row["mark_utc"],
    )
