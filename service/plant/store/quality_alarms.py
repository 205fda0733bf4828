"""Alarms of charts and of drift: one row an excursion, from its first signal to the first point without."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.quality_tables import QUALITY_ALARMS
from service.plant.views.quality_alarms import QualityAlarm

FIELDS = (
    *("line", "article", "bundle_id", "measure", "rule", "limits_version", "first_point", "last_point"),
    *(
        "signals",
        "value",
        "bound",
        "plan_id",
        "plan_version",
        "respond_within_min",
        "raised_utc",
        "ended_utc",
    ),
    *("acknowledged_utc", "acknowledged_by", "cause", "action", "demo"),
)


def raise_alarm(tx: Transaction, tenant: Tenant, alarm: QualityAlarm) -> None:
    """Keep a new alarm; its id is given by the store."""
    values = {name: getattr(alarm, name) for name in FIELDS if name != "line"}
    tx.execute(insert(QUALITY_ALARMS).values(**columns_of(tenant), **values, steps=json.dumps(alarm.steps)))


def go_on(tx: Transaction, alarm_id: int, last_point: int | None) -> None:
    """Another point of the same excursion."""
    table = QUALITY_ALARMS
    values = {"signals": table.c.signals + 1, "last_point": last_point}
    tx.execute(update(table).where(table.c.id == alarm_id).values(values))


def end(tx: Transaction, alarm_id: int, utc: datetime) -> None:
    """The excursion is over."""
    tx.execute(update(QUALITY_ALARMS).where(QUALITY_ALARMS.c.id == alarm_id).values(ended_utc=utc))


def acknowledge(tx: Transaction, alarm_id: int, user: str, utc: datetime, cause: str, action: str) -> None:
    """Somebody took it up: who, when, what it was, what was done; a second time only adds words."""
    table = QUALITY_ALARMS
    values = {
        "acknowledged_utc": func.coalesce(table.c.acknowledged_utc, utc),
        "acknowledged_by": func.coalesce(table.c.acknowledged_by, user),
        "cause": cause,
        "action": action,
    }
    tx.execute(update(table).where(table.c.id == alarm_id).values(values))


def one(tx: Transaction, alarm_id: int) -> QualityAlarm | None:
    """One alarm."""
    row = tx.execute(select(QUALITY_ALARMS).where(QUALITY_ALARMS.c.id == alarm_id)).mappings().first()
    return _alarm(row) if row else None


def running(
    tx: Transaction, line: str, article: str, bundle_id: str, measure: str
) -> dict[str, QualityAlarm]:
    """Excursions of one chart that have not ended, by rule."""
    table = QUALITY_ALARMS
    query = select(table).where(
        table.c.line == line,
        table.c.article == article,
        table.c.bundle_id == bundle_id,
        table.c.measure == measure,
        table.c.ended_utc.is_(None),
    )
    return {row["rule"]: _alarm(row) for row in tx.execute(query).mappings()}


def is_running(tx: Transaction, line: str, measure: str) -> bool:
    """Whether a measure of a line has an excursion that has not ended, under whatever CNN."""
    table = QUALITY_ALARMS
    query = select(table.c.id).where(
        table.c.line == line, table.c.measure == measure, table.c.ended_utc.is_(None)
    )
    return tx.execute(query.limit(1)).first() is not None


def listing(
    tx: Transaction, line: str | None, *, only_open: bool, offset: int, limit: int
) -> tuple[int, Sequence[QualityAlarm]]:
    """How many alarms there are, and one page, newest first; open: not acknowledged."""
    table = QUALITY_ALARMS
    query = select(table)
    if line is not None:
        query = query.where(table.c.line == line)
    if only_open:
        query = query.where(table.c.acknowledged_utc.is_(None))
    total = tx.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = tx.execute(query.order_by(table.c.id.desc()).offset(offset).limit(limit)).mappings()
    return int(total), [_alarm(row) for row in rows]


def raised_between(
    tx: Transaction, line: str | None, from_utc: datetime, to_utc: datetime
) -> Sequence[QualityAlarm]:
    """Alarms raised in a window, whether or not somebody took them up."""
    table = QUALITY_ALARMS
    query = select(table).where(table.c.raised_utc >= from_utc, table.c.raised_utc < to_utc)
    if line is not None:
        query = query.where(table.c.line == line)
    return [_alarm(row) for row in tx.execute(query.order_by(table.c.id)).mappings()]


def _alarm(row: Any) -> QualityAlarm:  # Any: row mapping
    values = {name: row[name] for name in FIELDS}
    return QualityAlarm(id=row["id"], steps=tuple(json.loads(row["steps"])), **values)
