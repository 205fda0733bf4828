"""Messages to the mill's systems, and who still waits for them; written in the transaction of the facts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, Select, and_, case, delete, exists, func, insert, select, update

from service.mill_terms import MessageKind
from service.plant.outbox.messages import CODEC, Message
from service.plant.outbox.topics import is_retained, topic_of
from service.plant.store.database import Transaction
from service.plant.store.many import among, insert_rows
from service.plant.store.mill_tables import DELIVERIES, DESTINATIONS, OUTBOX
from service.plant.views.outbox import DestinationKind, DestinationView, OutboxMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Somebody who is told messages."""

    name: str
    kind: DestinationKind
    kinds: tuple[MessageKind, ...]  # none: all


def add(tx: Transaction, messages: Sequence[Message], now: datetime) -> int:
    """Keep messages and owe them to every destination that wants them; one told before is left out."""
    known = _known(tx, [message.message_id for message in messages])
    fresh = {message.message_id: message for message in messages if message.message_id not in known}
    if not fresh:
        return 0
    insert_rows(tx, OUTBOX, [_row(message, now) for message in fresh.values()])
    _owe(tx, list(fresh), now)
    return len(fresh)


def _known(tx: Transaction, ids: Sequence[str]) -> set[str]:
    if not ids:
        return set()
    return set(tx.execute(select(OUTBOX.c.message_id).where(among(tx, OUTBOX.c.message_id, ids))).scalars())


def _row(message: Message, now: datetime) -> dict[str, object]:
    place = message.place
    return {
        "message_id": message.message_id,
        "enterprise": place.enterprise,
        "site": place.site,
        "area": place.area,
        "line": place.line,
        "demo": message.demo,
        "kind": message.kind.value,
        "topic": topic_of(message),
        "retained": is_retained(message),
        "payload": CODEC.dump_json(message).decode(),
        "happened_utc": message.happened_utc,
        "written_utc": now,
    }


def _owe(tx: Transaction, ids: Sequence[str], now: datetime) -> None:
    wanted = {row.name: set(json.loads(row.kinds)) for row in tx.execute(_active())}
    if not wanted:
        return
    query = select(OUTBOX.c.id, OUTBOX.c.kind).where(among(tx, OUTBOX.c.message_id, ids))
    rows = tx.execute(query.order_by(OUTBOX.c.id)).all()
    owed = [
        {"destination": name, "outbox_id": row.id, "attempts": 0, "next_utc": now, "given_up": False}
        | {"last_error": ""}
        for name, kinds in wanted.items()
        for row in rows
        if not kinds or row.kind in kinds
    ]
    if owed:
        insert_rows(tx, DELIVERIES, owed)


def _active() -> Select[str, str]:
    return select(DESTINATIONS.c.name, DESTINATIONS.c.kinds).where(DESTINATIONS.c.active)


def set_destinations(
    tx: Transaction, enterprise: str, site: str, wanted: Sequence[Destination], now: datetime
) -> None:
    """From now on these are told; what was owed to one that left is forgotten with it."""
    known = {row.name: row for row in tx.execute(select(DESTINATIONS))}
    gone = known.keys() - {destination.name for destination in wanted}
    for name in gone:
        tx.execute(delete(DELIVERIES).where(DELIVERIES.c.destination == name))
        tx.execute(delete(DESTINATIONS).where(DESTINATIONS.c.name == name))
    for destination in wanted:
        values = {"kind": destination.kind.value, "kinds": json.dumps([*destination.kinds]), "active": True}
        if destination.name in known:
            tx.execute(update(DESTINATIONS).where(DESTINATIONS.c.name == destination.name).values(**values))
        else:
            place = {"enterprise": enterprise, "site": site, "name": destination.name, "since_utc": now}
            tx.execute(insert(DESTINATIONS).values(**place, **values))


def due(tx: Transaction, destination: str, limit: int) -> tuple[OutboxMessage, ...]:
    """What a destination should be told next, in order."""
    query = (
        select(OUTBOX, DELIVERIES.c.attempts)
        .join(DELIVERIES, DELIVERIES.c.outbox_id == OUTBOX.c.id)
        .where(DELIVERIES.c.destination == destination, DELIVERIES.c.given_up.is_(False))
        .order_by(OUTBOX.c.id)
        .limit(limit)
    )
    return tuple(_message(row, row["attempts"]) for row in tx.execute(query).mappings())


def delivered(tx: Transaction, destination: str, ids: Sequence[int]) -> None:
    """The destination has these: nothing is owed any more."""
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        tx.execute(
            delete(DELIVERIES).where(
                DELIVERIES.c.destination == destination, DELIVERIES.c.outbox_id.in_(part)
            )
        )


def failed(
    tx: Transaction, destination: str, outbox_id: int, error: str, next_utc: datetime, *, give_up: bool
) -> None:
    """One more attempt did not succeed."""
    tx.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.destination == destination, DELIVERIES.c.outbox_id == outbox_id)
        .values(
            attempts=DELIVERIES.c.attempts + 1, last_error=error[:1000], next_utc=next_utc, given_up=give_up
        )
    )


def try_again(tx: Transaction, destination: str, now: datetime) -> int:
    """Whatever waits for a destination is due now, given up or not; returns how many."""
    done = tx.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.destination == destination)
        .values(next_utc=now, given_up=False, attempts=0)
    )
    return done.rowcount


def views(tx: Transaction) -> tuple[DestinationView, ...]:
    """How far each destination has been told, by name."""
    owed = func.count(DELIVERIES.c.outbox_id)
    query = (
        select(
            DESTINATIONS.c.name,
            DESTINATIONS.c.kind,
            DESTINATIONS.c.since_utc,
            owed.label("owed"),
            func.coalesce(func.sum(case((DELIVERIES.c.given_up, 1), else_=0)), 0).label("given_up"),
            func.coalesce(func.max(DELIVERIES.c.attempts), 0).label("attempts"),
            func.min(OUTBOX.c.written_utc).label("oldest_utc"),
            func.coalesce(func.max(DELIVERIES.c.last_error), "").label("last_error"),
        )
        .outerjoin(DELIVERIES, DELIVERIES.c.destination == DESTINATIONS.c.name)
        .outerjoin(OUTBOX, OUTBOX.c.id == DELIVERIES.c.outbox_id)
        .group_by(DESTINATIONS.c.name, DESTINATIONS.c.kind, DESTINATIONS.c.since_utc)
        .order_by(DESTINATIONS.c.name)
    )
    return tuple(
        DestinationView(**{**row, "kind": DestinationKind(row["kind"])})
        for row in tx.execute(query).mappings()
    )


def after(
    tx: Transaction, outbox_id: int, limit: int, kinds: Sequence[MessageKind], line: str | None
) -> tuple[OutboxMessage, ...]:
    """Messages that follow one, oldest first: the same stream for those who come and fetch."""
    conditions = [OUTBOX.c.id > outbox_id]
    if kinds:
        conditions.append(OUTBOX.c.kind.in_([kind.value for kind in kinds]))
    if line is not None:
        conditions.append(OUTBOX.c.line == line)
    query = select(OUTBOX).where(and_(*conditions)).order_by(OUTBOX.c.id).limit(limit)
    return tuple(_message(row, 0) for row in tx.execute(query).mappings())


def prune(tx: Transaction, now: datetime, keep: timedelta) -> int:
    """Forget messages older than `keep` that nobody waits for; returns how many."""
    waits = exists().where(DELIVERIES.c.outbox_id == OUTBOX.c.id)
    done = tx.execute(delete(OUTBOX).where(OUTBOX.c.written_utc < now - keep, ~waits))
    return done.rowcount


def _message(row: RowMapping, attempts: int) -> OutboxMessage:
    return OutboxMessage(
        id=row["id"],
        message_id=row["message_id"],
        kind=MessageKind(row["kind"]),
        topic=row["topic"],
        retained=row["retained"],
        payload=row["payload"],
        written_utc=row["written_utc"],
        attempts=attempts,
    )
