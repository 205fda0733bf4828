"""Alarms: raised and cleared events, paired. A line that starts anew has no alarms of before."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, literal, select, union_all

from service.plant.store.columns import said_of
from service.plant.store.database import Transaction
from service.plant.store.tables import ALARM_EVENTS, LINES, STARTS
from service.plant.views.lines import AlarmView

LOOK_BACK = 2_000  # alarm events; older ones are in the raw events


def active(tx: Transaction, line: str) -> tuple[AlarmView, ...]:
    """What a line's alarms are now: since the first raise after the last clear; newest first."""
    events = ALARM_EVENTS
    cleared = (
        select(events.c.code, func.max(events.c.order_no).label("order_no"))
        .where(events.c.line == line, events.c.raised.is_(False))
        .group_by(events.c.code)
        .subquery()
    )
    query = (
        select(events)
        .join(LINES, LINES.c.line == events.c.line)
        .outerjoin(cleared, cleared.c.code == events.c.code)
        .where(
            events.c.line == line,
            events.c.raised.is_(True),
            events.c.order_no > LINES.c.started_order,
            events.c.order_no > func.coalesce(cleared.c.order_no, -1),
        )
        .order_by(events.c.order_no)
    )
    first: dict[str, Any] = {}  # Any: rows
    for row in tx.execute(query).mappings():
        first.setdefault(row["code"], row)
    return tuple(sorted((_view(row) for row in first.values()), key=lambda a: a.raised_utc, reverse=True))


def recent(tx: Transaction, line: str | None) -> list[AlarmView]:
    """Alarms of the newest events, cleared ones included, newest first."""
    alarms = select(
        ALARM_EVENTS.c.line,
        ALARM_EVENTS.c.order_no,
        ALARM_EVENTS.c.utc,
        ALARM_EVENTS.c.demo,
        ALARM_EVENTS.c.code,
        ALARM_EVENTS.c.raised,
        ALARM_EVENTS.c.detail,
        ALARM_EVENTS.c.said,
    )
    starts = select(
        STARTS.c.line,
        STARTS.c.order_no,
        STARTS.c.utc,
        STARTS.c.demo,
        literal("").label("code"),
        STARTS.c.started.label("raised"),
        literal("").label("detail"),
        literal("").label("said"),
    ).where(STARTS.c.started)
    both = union_all(alarms, starts).subquery()
    query = select(both).order_by(both.c.utc.desc()).limit(LOOK_BACK)
    if line is not None:
        query = query.where(both.c.line == line)
    rows = sorted(tx.execute(query).mappings(), key=lambda row: (row["line"], row["order_no"]))
    return sorted(_paired(rows), key=lambda alarm: alarm.raised_utc, reverse=True)


def _paired(rows: list[Any]) -> Iterator[AlarmView]:  # Any: row mappings
    raised: dict[tuple[str, str], Any] = {}
    for row in rows:
        key = (row["line"], row["code"])
        if row["code"] == "":  # the line started anew
            for old in [key for key in raised if key[0] == row["line"]]:
                yield _view(raised.pop(old), row["utc"])
        elif row["raised"]:
            raised.setdefault(key, row)
        elif key in raised:
            yield _view(raised.pop(key), row["utc"])
    yield from (_view(row) for row in raised.values())


def _view(row: Any, cleared_utc: Any = None) -> AlarmView:  # Any: row mapping and its time
    return AlarmView(
        line=row["line"],
        code=row["code"],
        detail=row["detail"],
        said=said_of(row["said"]),
        raised_utc=row["utc"],
        cleared_utc=cleared_utc,
        demo=row["demo"],
    )
