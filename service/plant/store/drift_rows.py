"""What drift is measured from: scores and kinds of findings, looks of CLEAN samples; frozen references."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select

from service.event_terms import PictureWhy
from service.events import Tenant
from service.plant.appraisal.drift import Reference
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.quality_tables import DRIFT_REFERENCES, PICTURE_MEASURES
from service.plant.store.spc_spans import bundle_marks
from service.plant.store.tables import DEFECTS, PICTURE_NOTES
from service.plant.views.audits import DriftMeasure
from vision.looks import Looks

FOREVER = 2**62  # an order number behind every event


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSample:
    """One value of a measure."""

    value: float | str
    utc: datetime
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """A frozen reference."""

    version: int
    reference: Reference


def since(tx: Transaction, line: str, bundle_id: str) -> int:
    """The event from which on the line has run this CNN without a break; 0 where that is not known."""
    start = 0
    for order_no, bundle in reversed(bundle_marks(tx, line, FOREVER)):
        if bundle != bundle_id:
            break
        start = order_no
    return start


def add_looks(tx: Transaction, sha256: str, looks: Looks, utc: datetime) -> None:
    """Keep how a picture looks; a second time changes nothing."""
    table = PICTURE_MEASURES
    held = tx.execute(select(table.c.sha256).where(table.c.sha256 == sha256)).first()
    if held is None:
        values = {"brightness": looks.brightness, "sharpness": looks.sharpness}
        tx.execute(insert(table).values(sha256=sha256, measured_utc=utc, **values))


def samples(
    tx: Transaction, line: str, measure: DriftMeasure, since_order: int, limit: int, *, newest: bool
) -> list[DriftSample]:
    """The oldest or the newest samples behind an event, oldest first."""
    query, order = _query(line, measure, since_order)
    ordered = query.order_by(order.desc() if newest else order).limit(limit)
    rows = [DriftSample(value=row.value, utc=row.utc, demo=row.demo) for row in tx.execute(ordered)]
    return rows[::-1] if newest else rows


def count(tx: Transaction, line: str, measure: DriftMeasure, since_order: int) -> int:
    """How many samples there are behind an event."""
    query, _ = _query(line, measure, since_order)
    return int(tx.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def newest_reference(
    tx: Transaction, line: str, bundle_id: str, measure: DriftMeasure
) -> StoredReference | None:
    """The reference in force."""
    table = DRIFT_REFERENCES
    query = (
        select(table)
        .where(table.c.line == line, table.c.bundle_id == bundle_id, table.c.measure == measure.value)
        .order_by(table.c.version.desc())
        .limit(1)
    )
    row = tx.execute(query).mappings().first()
    if row is None:
        return None
    reference = Reference(edges=tuple(json.loads(row["edges"])), counts=tuple(json.loads(row["counts"])))
    return StoredReference(version=row["version"], reference=reference)


def add_reference(
    tx: Transaction,
    tenant: Tenant,
    article: str,
    bundle_id: str,
    measure: DriftMeasure,
    stored: StoredReference,
    by: tuple[str, datetime, str],
) -> None:
    """Freeze a reference; `by`: who, when, why."""
    user, utc, why = by
    tx.execute(
        insert(DRIFT_REFERENCES).values(
            **columns_of(tenant),
            article=article,
            bundle_id=bundle_id,
            measure=measure.value,
            version=stored.version,
            edges=json.dumps(stored.reference.edges),
            counts=json.dumps(stored.reference.counts),
            frozen_utc=utc,
            frozen_by=user,
            why=why,
        )
    )


def _query(line: str, measure: DriftMeasure, since_order: int) -> tuple[Select[Any], Any]:
    """Value, time and demo of each sample, and what orders them; Any: columns of several types."""
    if measure in (DriftMeasure.SCORES, DriftMeasure.CLASSES):
        value = DEFECTS.c.score if measure is DriftMeasure.SCORES else DEFECTS.c.kind
        query = select(value.label("value"), DEFECTS.c.utc, DEFECTS.c.demo).where(
            DEFECTS.c.line == line, DEFECTS.c.order_no >= since_order
        )
        return query, DEFECTS.c.order_no
    notes, looks = PICTURE_NOTES, PICTURE_MEASURES
    value = looks.c.brightness if measure is DriftMeasure.BRIGHTNESS else looks.c.sharpness
    query = (
        select(value.label("value"), notes.c.utc, notes.c.demo)
        .join(looks, looks.c.sha256 == notes.c.sha256)
        .where(
            notes.c.line == line,
            notes.c.order_no >= since_order,
            notes.c.why == PictureWhy.CLEAN_SAMPLE.value,
            notes.c.dropped.is_(False),
        )
    )
    return query, notes.c.order_no


def values_of(samples: Sequence[DriftSample]) -> tuple[list[float], list[str]]:
    """The same values as numbers (where they are) and as names."""
    numbers = [float(sample.value) for sample in samples if not isinstance(sample.value, str)]
    return numbers, [str(sample.value) for sample in samples]
