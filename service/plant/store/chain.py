"""The hash chain's links and what they seal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from service.plant.ledger.chain import (
    MARK_LENGTH,
    PLANT_CHAIN,
    Link,
    digest_of,
    joined_digest,
    log_chain,
    make_link,
    numbers_of,
    ranges_of,
)
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import CHECKPOINTS, LINKS
from service.plant.store.many import Row, insert_rows
from service.plant.store.tables import EVENTS, LOGS

EVENTS_AT_A_TIME = 2_000
MOST_LINKS = 2_000  # removed in one transaction: some seconds of the writer's time at most


def head(tx: Transaction, chain: str) -> tuple[int, str] | None:
    """Number and hash of a chain's newest link, or of the checkpoint that took its place."""
    query = select(LINKS.c.number, LINKS.c.hash).where(LINKS.c.chain == chain)
    row = tx.execute(query.order_by(LINKS.c.number.desc()).limit(1)).first()
    return (row[0], row[1]) if row else checkpoint(tx, chain)


def checkpoint(tx: Transaction, chain: str) -> tuple[int, str] | None:
    """Number and hash of the newest removed link; None where none was removed."""
    query = select(CHECKPOINTS.c.number, CHECKPOINTS.c.hash).where(CHECKPOINTS.c.chain == chain)
    row = tx.execute(query.order_by(CHECKPOINTS.c.number.desc()).limit(1)).first()
    return (row[0], row[1]) if row else None


def removed_to_seq(tx: Transaction, log_id: str) -> int:
    """The last event of a log that retention removed; 0: none."""
    query = select(func.max(CHECKPOINTS.c.events_to_seq)).where(CHECKPOINTS.c.chain == log_chain(log_id))
    return tx.execute(query).scalar() or 0


def any_removed(tx: Transaction) -> bool:
    """Whether retention ever removed events."""
    return tx.execute(select(CHECKPOINTS.c.chain).limit(1)).first() is not None


def seal(tx: Transaction, *, utc: datetime, kind: str, subject: str, content: str) -> None:
    """Add a link of the plant's own chain over a row's content, in the transaction that writes the row."""
    seal_all(tx, utc=utc, kind=kind, contents=[(subject, content)])


def seal_all(tx: Transaction, *, utc: datetime, kind: str, contents: Sequence[tuple[str, str]]) -> None:
    """Add a link of the plant's own chain over each of some rows: (its key, its content), in this order."""
    before, rows = head(tx, PLANT_CHAIN), []
    for subject, content in contents:
        link = make_link(
            before, chain=PLANT_CHAIN, utc=utc, kind=kind, subject=subject, digest=digest_of(content)
        )
        rows.append(_row(link, "", ""))
        before = (link.number, link.hash)
    insert_rows(tx, LINKS, rows)


def seal_events(tx: Transaction, log_id: str, raw: Mapping[int, str], now: datetime) -> None:
    """Add a link to a log's chain over the events of one delivery: their texts as kept, by seq."""
    seqs = sorted(raw)
    digests = [digest_of(raw[seq]) for seq in seqs]
    covers = ranges_of(seqs)
    link = make_link(
        head(tx, log_chain(log_id)),
        chain=log_chain(log_id),
        utc=now,
        kind="events",
        subject=f"{seqs[0]}-{seqs[-1]}",
        digest=joined_digest([covers, *digests]),
    )
    insert_rows(tx, LINKS, [_row(link, covers, "".join(digest[:MARK_LENGTH] for digest in digests))])


def chains(tx: Transaction) -> list[str]:
    """Every chain that has links or a checkpoint."""
    found = set(tx.execute(select(LINKS.c.chain).distinct()).scalars())
    return sorted(found | set(tx.execute(select(CHECKPOINTS.c.chain).distinct()).scalars()))


def links(tx: Transaction, chain: str) -> Iterator[tuple[Link, str, str]]:
    """A chain's links in order, with what event links cover and their marks."""
    query = (
        select(LINKS)
        .where(LINKS.c.chain == chain)
        .order_by(LINKS.c.number)
        .execution_options(yield_per=EVENTS_AT_A_TIME)
    )
    with tx.execute(query) as rows:
        for row in rows:
            yield _link(row), row.covers, row.marks


def link_at(tx: Transaction, chain: str, number: int) -> str | None:
    """The hash of one link, or of the checkpoint at its place."""
    for table in (LINKS, CHECKPOINTS):
        query = select(table.c.hash).where(table.c.chain == chain, table.c.number == number)
        if (found := tx.execute(query).scalar()) is not None:
            return str(found)
    return None


def sealed_events(tx: Transaction, log_id: str, covers: str) -> dict[int, str]:
    """Digests of the events that a link covers, as they are stored now, by seq."""
    seqs = numbers_of(covers)
    query = select(EVENTS.c.seq, EVENTS.c.raw).where(
        EVENTS.c.log_id == log_id, EVENTS.c.seq.between(seqs[0], seqs[-1])
    )
    wanted = set(seqs)
    return {row.seq: digest_of(row.raw) for row in tx.execute(query) if row.seq in wanted}


def count_events(tx: Transaction, log_id: str, before: datetime | None = None) -> int:
    """How many events of a log are held; only those received before a moment, where one is given."""
    query = select(func.count()).select_from(EVENTS).where(EVENTS.c.log_id == log_id)
    if before is not None:
        query = query.where(EVENTS.c.received_utc < before)
    return tx.execute(query).scalar_one()


def log_ids(tx: Transaction) -> list[str]:
    """Every log that ever delivered."""
    return list(tx.execute(select(LOGS.c.log_id).order_by(LOGS.c.log_id)).scalars())


def remove(
    tx: Transaction, log_id: str, before: datetime, *, now: datetime, user: str, why: str
) -> tuple[int, Link] | None:
    """Remove the oldest deliveries of a log that lie wholly before a moment; leave a checkpoint.

    Nothing goes that lies behind a gap, or behind an event that came in a later delivery. About MOST_LINKS go
    at once, so that lines need not wait long: ask again until nothing is left.
    Returns the number of events removed and the last link removed; None where nothing is old enough.
    """
    found = _last_whole(tx, log_id, before)
    if found is None:
        return None
    link, to_seq = found
    gone = tx.execute(delete(EVENTS).where(EVENTS.c.log_id == log_id, EVENTS.c.seq <= to_seq)).rowcount
    tx.execute(delete(LINKS).where(LINKS.c.chain == link.chain, LINKS.c.number <= link.number))
    row = {"chain": link.chain, "number": link.number, "hash": link.hash, "events_to_seq": to_seq}
    tx.execute(insert(CHECKPOINTS).values(**row, removed_utc=now, user=user, why=why))
    return gone, link


def _last_whole(tx: Transaction, log_id: str, before: datetime) -> tuple[Link, int] | None:
    """The last link that can go, and the last event: links up to it cover every event up to that one."""
    late_from, accounted = _first_since(tx, log_id, before), removed_to_seq(tx, log_id)
    highest, last = accounted, None
    for seen, (link, covers, _) in enumerate(links(tx, log_chain(log_id)), 1):
        if seen == 1 and accounted == 0:
            accounted = count_events(tx, log_id, link.utc)  # from before the chain began
        seqs = numbers_of(covers)
        highest, accounted = max(highest, *seqs), accounted + len(seqs)
        late = late_from is not None and highest >= late_from
        if late or link.utc >= before or (last is not None and seen > MOST_LINKS):
            break
        if accounted == highest:
            last = (link, highest)
    return last


def _first_since(tx: Transaction, log_id: str, moment: datetime) -> int | None:
    """The first event of a log that lies at or after a moment."""
    query = select(EVENTS.c.seq).where(EVENTS.c.log_id == log_id, EVENTS.c.utc >= moment)
    return tx.execute(query.order_by(EVENTS.c.seq).limit(1)).scalar()


def _row(link: Link, covers: str, marks: str) -> Row:
    names = ("chain", "number", "utc", "kind", "subject", "digest", "previous", "hash")
    return {name: getattr(link, name) for name in names} | {"covers": covers, "marks": marks}


def _link(row: Any) -> Link:  # Any: row
    return Link(
        chain=row.chain, number=row.number, utc=row.utc, kind=row.kind, subject=row.subject,
        digest=row.digest, previous=row.previous, hash=row.hash,
    )  # fmt: skip
