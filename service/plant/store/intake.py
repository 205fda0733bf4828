"""Raw events as delivered, the logs they come from, and the gaps in those logs."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from service.events import EVENT_CODEC, Event, LineStopped, Tenant
from service.plant.gate import BoundLog
from service.plant.ledger.chain import log_chain
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import CHECKPOINTS, LEDGER_PROJECTIONS
from service.plant.store.tables import EVENTS, LOGS, PROJECTIONS, TENURES
from service.plant.views.intake import Gap

GENERATION_SHIFT = 40  # order_no = generation << 40 | seq: 2^40 events in one log are 34 000 years at 1/s
CHUNK = 500  # ids in one IN (...): SQLite takes 32 766 variables, older servers 999


def chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list of keys into pieces that one statement takes."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def bound_log(tx: Transaction, line: str) -> BoundLog | None:
    """The log in force for a line."""
    query = (
        select(LOGS.c.log_id, LOGS.c.last_heard_utc, LOGS.c.ended)
        .join(TENURES, TENURES.c.log_id == LOGS.c.log_id)
        .where(TENURES.c.line == line)
        .order_by(TENURES.c.generation.desc())
        .limit(1)
    )
    row = tx.execute(query).first()
    return BoundLog(log_id=row[0], last_heard_utc=row[1], ended=row[2]) if row else None


def log_line(tx: Transaction, log_id: str) -> str | None:
    """The line a log belongs to; a log never changes its line."""
    return tx.execute(select(LOGS.c.line).where(LOGS.c.log_id == log_id)).scalar()


def succeeded_utc(tx: Transaction, line: str, log_id: str) -> datetime | None:
    """When another log took over from this one; None where it never spoke for the line."""
    tenures = tx.execute(
        select(TENURES.c.log_id, TENURES.c.began_utc)
        .where(TENURES.c.line == line)
        .order_by(TENURES.c.generation)
    ).all()
    own = [at for at, row in enumerate(tenures) if row.log_id == log_id]
    if not own or own[-1] + 1 == len(tenures):
        return None
    moment: datetime = tenures[own[-1] + 1].began_utc
    return moment


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


class OrderBook:
    """Gives each event of one log its place among all events of the line."""

    def __init__(self, tx: Transaction, log_id: str) -> None:
        rows = tx.execute(
            select(TENURES.c.from_seq, TENURES.c.generation)
            .where(TENURES.c.log_id == log_id)
            .order_by(TENURES.c.generation)
        ).all()
        self._tenures: list[tuple[int, int]] = [(row.from_seq, row.generation) for row in rows]

    def order_no(self, seq: int) -> int:
        """Larger is later; events from before a tenure belong to the one before."""
        fitting = [generation for from_seq, generation in self._tenures if from_seq <= seq]
        generation = fitting[-1] if fitting else self._tenures[0][1]
        return (generation << GENERATION_SHIFT) | seq


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
    tx.execute(insert(EVENTS), rows)
    return raw


def note_delivery(tx: Transaction, log_id: str, events: Sequence[Event], new: int, now: datetime) -> int:
    """Write down what is held of a log after a delivery; returns the last event without a gap before it."""
    row = tx.execute(select(LOGS).where(LOGS.c.log_id == log_id)).first()
    last = max(events, key=lambda event: event.seq)
    held, highest, contiguous = (row.held, row.highest_seq, row.contiguous_seq) if row else (0, 0, 0)
    ended = isinstance(last.body, LineStopped) if last.seq >= highest else bool(row and row.ended)
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
