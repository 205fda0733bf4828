"""Studies of appraisers: pictures, what the CNN said of them, and every person's verdicts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from service.event_terms import PictureWhy
from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.quality_tables import APPRAISALS, STUDIES
from service.plant.store.tables import DEFECTS, PICTURE_NOTES, PICTURES
from service.plant.views.audits import Study, StudyItem


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """One verdict as it is kept."""

    sha256: str
    appraiser: str
    trial: int
    reference: bool
    defective: bool
    kind: str | None


def found_pictures(tx: Transaction, line: str) -> list[StudyItem]:
    """Pictures of sure defects that the plant holds, by hash."""
    query = (
        select(PICTURES.c.sha256, func.max(DEFECTS.c.bundle_id).label("bundle_id"))
        .join(DEFECTS, DEFECTS.c.picture_sha256 == PICTURES.c.sha256)
        .where(DEFECTS.c.line == line, DEFECTS.c.unsure.is_(False))
        .group_by(PICTURES.c.sha256)
        .order_by(PICTURES.c.sha256)
    )
    return [
        StudyItem(sha256=row.sha256, defective=True, bundle_id=row.bundle_id) for row in tx.execute(query)
    ]


def clean_pictures(tx: Transaction, line: str, bundle_id: str) -> list[StudyItem]:
    """CLEAN samples that the plant holds and that show no found defect, by hash."""
    notes = PICTURE_NOTES
    query = (
        select(notes.c.sha256)
        .join(PICTURES, PICTURES.c.sha256 == notes.c.sha256)
        .outerjoin(DEFECTS, DEFECTS.c.picture_sha256 == notes.c.sha256)
        .where(
            notes.c.line == line,
            notes.c.why == PictureWhy.CLEAN_SAMPLE.value,
            notes.c.dropped.is_(False),
            DEFECTS.c.defect_id.is_(None),
        )
        .distinct()
        .order_by(notes.c.sha256)
    )
    return [StudyItem(sha256=row[0], defective=False, bundle_id=bundle_id) for row in tx.execute(query)]


def add(tx: Transaction, tenant: Tenant, study: Study) -> None:
    """Keep a new study."""
    items = [(item.sha256, item.defective, item.bundle_id) for item in study.items]
    tx.execute(
        insert(STUDIES).values(
            **columns_of(tenant),
            study_id=study.study_id,
            made_utc=study.made_utc,
            made_by=study.made_by,
            seed=study.seed,
            items=json.dumps(items),
            demo=study.demo,
        )
    )


def set_items(tx: Transaction, study_id: str, items: Sequence[StudyItem], *, demo: bool) -> None:
    """A study that grows, e.g. by blind second verdicts."""
    kept = json.dumps([(item.sha256, item.defective, item.bundle_id) for item in items])
    tx.execute(update(STUDIES).where(STUDIES.c.study_id == study_id).values(items=kept, demo=demo))


def drop_answer(tx: Transaction, study_id: str, sha256: str, appraiser: str) -> None:
    """A first-trial verdict that was taken back."""
    table = APPRAISALS
    tx.execute(
        delete(table).where(
            table.c.study_id == study_id,
            table.c.picture_sha256 == sha256,
            table.c.appraiser == appraiser,
            table.c.trial == 1,
            table.c.reference.is_(False),
        )
    )


def study(tx: Transaction, study_id: str) -> Study | None:
    """One study."""
    row = tx.execute(select(STUDIES).where(STUDIES.c.study_id == study_id)).mappings().first()
    return _study(row) if row else None


def studies(tx: Transaction, line: str | None) -> tuple[Study, ...]:
    """All studies, newest first."""
    query = select(STUDIES).order_by(STUDIES.c.made_utc.desc(), STUDIES.c.study_id)
    if line is not None:
        query = query.where(STUDIES.c.line == line)
    return tuple(_study(row) for row in tx.execute(query).mappings())


def put_answer(tx: Transaction, study_id: str, answer: StoredAnswer, utc: datetime) -> None:
    """Keep a verdict; a second one of the same trial takes the first one's place."""
    table = APPRAISALS
    tx.execute(
        delete(table).where(
            table.c.study_id == study_id,
            table.c.picture_sha256 == answer.sha256,
            table.c.appraiser == answer.appraiser,
            table.c.trial == answer.trial,
            table.c.reference.is_(answer.reference),
        )
    )
    tx.execute(
        insert(table).values(
            study_id=study_id,
            picture_sha256=answer.sha256,
            appraiser=answer.appraiser,
            trial=answer.trial,
            reference=answer.reference,
            defective=answer.defective,
            kind=answer.kind,
            utc=utc,
        )
    )


def answers(tx: Transaction, study_id: str) -> Sequence[StoredAnswer]:
    """Every verdict of a study, oldest first."""
    rows = tx.execute(select(APPRAISALS).where(APPRAISALS.c.study_id == study_id).order_by(APPRAISALS.c.id))
    return [
        StoredAnswer(
            sha256=row.picture_sha256,
            appraiser=row.appraiser,
            trial=row.trial,
            reference=row.reference,
            defective=row.defective,
            kind=row.kind,
        )
        for row in rows
    ]


def _study(row: Any) -> Study:  # Any: row mapping
    names = ("study_id", "line", "made_utc", "made_by", "seed", "demo")
    items = tuple(
        StudyItem(sha256=sha256, defective=defective, bundle_id=bundle_id)
        for sha256, defective, bundle_id in json.loads(row["items"])
    )
    return Study(items=items, **{name: row[name] for name in names})
