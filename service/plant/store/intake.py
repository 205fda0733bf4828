"""Raw events as delivered, the logs they come from, and the gaps in those logs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, func, insert, select, update

from service.events import EVENT_CODEC, Event, LineStopped, Tenant
from service.plant.gate import BoundLog
from service.plant.ledger.chain import log_chain
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import CHECKPOINTS, LEDGER_PROJECTIONS
from service.plant.store.many import Row, insert_rows
from service.plant.store.tables import EVENTS, LOGS, PROJECTIONS, TENURES
from service.plant.views.intake import Gap

GENERATION_SHIFT = 40  # order_no = generation << 40 | seq: 2^40 events in one log are 34 000 years at 1/s
Key = TypeVar("Key", str, int)
CHUNK = 500  # ids in one IN (...): SQLite takes 32 766 variables, older servers 999


def chunks(items: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Cut a list of keys into pieces that one statement takes."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """A stretch in which a log spoke for a line."""

    log_id: str
    generation: int
    from_seq: int
    began_utc: datetime
    last_heard_utc: datetime  # of the log
    ended: bool  # the log


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLogs:
    """What is known of a delivering log and of the line it speaks for, read once for a batch."""

    log_id: str
    row: Row | None  # of the log; None: it never delivered
    tenures: Sequence[Tenure]  # of the line, oldest first

    @property
    def owner(self) -> str | None:
        """The line the log belongs to; a log never changes its line."""
        return self.row["line"] if self.row is not None else None

    @property
    def highest_seq(self) -> int:
        """Of the events that the log delivered; 0: none."""
        return int(self.row["highest_seq"]) if self.row is not None else 0

    @property
    def bound(self) -> BoundLog | None:
        """The log in force for the line."""
        if not self.tenures:
            return None
        last = self.tenures[-1]
        return BoundLog(log_id=last.log_id, last_heard_utc=last.last_heard_utc, ended=last.ended)

    @property
    def succeeded_utc(self) -> datetime | None:
        """When another log took over from this one; None where it never spoke for the line."""
        own = [at for at, tenure in enumerate(self.tenures) if tenure.log_id == self.log_id]
        if not own or own[-1] + 1 == len(self.tenures):
            return None
        return self.tenures[own[-1] + 1].began_utc

    def order_no(self, seq: int) -> int:
        """An event's place among all events of the line: larger is later.

        Events from before a tenure belong to the one before.
        """
        own = [tenure for tenure in self.tenures if tenure.log_id == self.log_id]
        generation = next((one.generation for one in reversed(own) if one.from_seq <= seq), own[0].generation)
        return (generation << GENERATION_SHIFT) | seq


def line_logs(tx: Transaction, line: str, log_id: str) -> LineLogs:
    """Read what is known of a log and a line."""
    row = tx.execute(select(LOGS).where(LOGS.c.log_id == log_id)).mappings().first()
    query = (
        select(TENURES, LOGS.c.last_heard_utc, LOGS.c.ended)
        .outerjoin(LOGS, TENURES.c.log_id == LOGS.c.log_id)  # a log that begins now has no row yet
        .where(TENURES.c.line == line)
        .order_by(TENURES.c.generation)
    )
    tenures = [
        Tenure(
            log_id=found.log_id, generation=found.generation, from_seq=found.from_seq,
            began_utc=found.began_utc, last_heard_utc=found.last_heard_utc or found.began_utc,
            ended=bool(found.ended),
        )
        for found in tx.execute(query)
    ]  # fmt: skip
    return LineLogs(log_id=log_id, row=dict(row) if row is not None else None, tenures=tenures)


def add_tenure(tx: Transaction, tenant: Tenant, log_id: str, from_seq: int, now: datetime) -> None:
    """From this event on the log speaks for its line."""
    newest = tx.execute(select(func.max(TENURES.c.generation))).scalar() or 0
    tx.execute(
        insert(TENURES).values(
            generation=newest + 1, log_id=log_id, from_seq=from_seq, began_utc=now, **columns_of(tenant)
        )
    )


def columns_of(tenant: Tenant) -> dict[str, str]:
    """The tenant as column values."""
    return {
        "enterprise": tenant.enterprise,
        "site": tenant.site,
        "area": tenant.area,
        "line": tenant.line,
    }


def held_ids(tx: Transaction, log_id: str, seqs: Sequence[int]) -> dict[int, str]:
    """Which of these events are held, with their ids."""
    if not seqs:
        return {}
    query = select(EVENTS.c.seq, EVENTS.c.event_id).where(
        EVENTS.c.log_id == log_id, EVENTS.c.seq.between(min(seqs), max(seqs))
    )
    return {row.seq: row.event_id for row in tx.execute(query)}


def insert_events(tx: Transaction, placed: Sequence[tuple[Event, int]], now: datetime) -> dict[int, str]:
    """Keep events whole; returns the text of each, by seq."""
    raw = {event.seq: EVENT_CODEC.dump_json(event).decode() for event, _ in placed}
    rows = [
        {
            "log_id": event.log_id,
            "seq": event.seq,
            **columns_of(event.tenant),
            "utc": event.stamp.utc,
            "mono_ns": event.stamp.mono_ns,
            "encoder_mm": event.stamp.encoder_mm,
            "order_no": order_no,
            "demo": event.demo,
            "event_id": event.id,
            "schema_version": event.schema_version,
            "kind": event.body.kind,
            "received_utc": now,
            "raw": raw[event.seq],
        }
        for event, order_no in placed
    ]
    insert_rows(tx, EVENTS, rows)
    return raw


def note_delivery(tx: Transaction, logs: LineLogs, events: Sequence[Event], new: int, now: datetime) -> int:
    """Write down what is held of a log after a delivery; returns the last event without a gap before it.

    `logs` are as they were before it; `new` says how many of the events were not held.
    """
    log_id, row = logs.log_id, logs.row
    last = max(events, key=lambda event: event.seq)
    held, highest, contiguous = (row["held"], row["highest_seq"], row["contiguous_seq"]) if row else (0, 0, 0)
    ended = isinstance(last.body, LineStopped) if last.seq >= highest else bool(row and row["ended"])
    held, highest = held + new, max(highest, last.seq)
    contiguous = highest if held == highest else _contiguous(tx, log_id, contiguous)
    values = {
        "last_heard_utc": now,
        "held": held,
        "highest_seq": highest,
        "contiguous_seq": contiguous,
        "ended": ended,
    }
    if row is None:
        tx.execute(insert(LOGS).values(log_id=log_id, **columns_of(last.tenant), **values))
    else:
        tx.execute(update(LOGS).where(LOGS.c.log_id == log_id).values(**values))
    return contiguous


def _contiguous(tx: Transaction, log_id: str, start: int) -> int:
    query = (
        select(EVENTS.c.seq)
        .where(EVENTS.c.log_id == log_id, EVENTS.c.seq > start)
        .order_by(EVENTS.c.seq)
        .execution_options(yield_per=CHUNK)
    )
    last = start
    with tx.execute(query) as rows:
        for (seq,) in rows:
            if seq != last + 1:
                break
            last = seq
    return last


def gaps(tx: Transaction, log_id: str) -> tuple[Gap, ...]:
    """Events of a log that never arrived."""
    removed = select(func.max(CHECKPOINTS.c.events_to_seq)).where(CHECKPOINTS.c.chain == log_chain(log_id))
    first = tx.execute(removed).scalar() or 0  # what retention took away is no gap
    before = func.lag(EVENTS.c.seq, 1, first).over(order_by=EVENTS.c.seq).label("before")
    steps = select(EVENTS.c.seq, before).where(EVENTS.c.log_id == log_id).subquery()
    query = select(steps).where(steps.c.seq > steps.c.before + 1).order_by(steps.c.seq)
    return tuple(Gap(log_id=log_id, from_seq=row.before + 1, to_seq=row.seq - 1) for row in tx.execute(query))


def clear_projections(tx: Transaction) -> None:
    """Forget all that was derived from events."""
    for table in (*PROJECTIONS, *LEDGER_PROJECTIONS):
        tx.execute(delete(table))


def batches(tx: Transaction, size: int) -> Iterator[list[tuple[Event, int]]]:
    """All events with their place, in the order of each log, in batches."""
    query = (
        select(EVENTS.c.raw, EVENTS.c.order_no)
        .order_by(EVENTS.c.line, EVENTS.c.order_no)
        .execution_options(yield_per=size)
    )
    with tx.execute(query) as rows:
        for part in rows.partitions(size):
            yield [(EVENT_CODEC.validate_json(row.raw), row.order_no) for row in part]
