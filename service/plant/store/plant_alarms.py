"""Alarms that the plant itself raises: by code and subject, open until their cause is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update

from service.plant.store.columns import said_of, said_text
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import PLANT_ALARMS
from service.plant.store.people import Owner
from service.plant.views.lines import AlarmView
from service.said.sayings import Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantAlarm:
    """What is wrong, where."""

    code: str
    subject: str  # what it is about, e.g. a shift or a roll; one alarm each
    line: str
    said: Saying
    demo: bool = False


def raise_alarm(tx: Transaction, owner: Owner, alarm: PlantAlarm, now: datetime) -> None:
    """Open an alarm, or bring what an open one says up to date."""
    told = {"detail": alarm.said.text, "said": said_text((alarm.said,))}
    fits = _open(alarm.code, alarm.subject)
    if tx.execute(select(PLANT_ALARMS.c.id).where(*fits)).first() is not None:
        tx.execute(update(PLANT_ALARMS).where(*fits).values(**told))
        return
    tx.execute(
        insert(PLANT_ALARMS).values(
            enterprise=owner.enterprise,
            site=owner.site,
            line=alarm.line,
            code=alarm.code,
            subject=alarm.subject,
            **told,
            raised_utc=now,
            cleared_utc=None,
            acknowledged_utc=None,
            acknowledged_by="",
            demo=alarm.demo,
        )
    )


def clear_alarm(tx: Transaction, code: str, subject: str, now: datetime) -> None:
    """The cause is gone."""
    tx.execute(update(PLANT_ALARMS).where(*_open(code, subject)).values(cleared_utc=now))


def acknowledge(tx: Transaction, code: str, subject: str, user: str, now: datetime) -> bool:
    """A person has seen an open alarm; returns whether there was one."""
    fits = (*_open(code, subject), PLANT_ALARMS.c.acknowledged_utc.is_(None))
    done = update(PLANT_ALARMS).where(*fits).values(acknowledged_utc=now, acknowledged_by=user)
    return bool(tx.execute(done).rowcount)


def newest(tx: Transaction, line: str | None, limit: int) -> Sequence[AlarmView]:
    """The plant's newest alarms, cleared ones included."""
    query = select(PLANT_ALARMS).order_by(PLANT_ALARMS.c.raised_utc.desc(), PLANT_ALARMS.c.id.desc())
    if line is not None:
        query = query.where(PLANT_ALARMS.c.line == line)
    names = ("line", "code", "detail", "raised_utc", "cleared_utc", "demo")
    return [
        AlarmView(said=said_of(row["said"]), **{name: row[name] for name in names})
        for row in tx.execute(query.limit(limit)).mappings()
    ]


def _open(code: str, subject: str) -> tuple[ColumnElement[bool], ...]:
    return (
        PLANT_ALARMS.c.code == code,
        PLANT_ALARMS.c.subject == subject,
        PLANT_ALARMS.c.cleared_utc.is_(None),
    )
