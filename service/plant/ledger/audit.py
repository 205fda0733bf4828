"""Proof that nothing was edited or removed: verify chain and heads, remove old events with a trace."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from service.plant.errors import PlantError
from service.plant.ledger.chain import (
    MARK_LENGTH,
    Link,
    digest_of,
    fault_of,
    joined_digest,
    log_chain,
    numbers_of,
)
from service.plant.ledger.heads import Head, read_heads
from service.plant.store import chain, sealed
from service.plant.store.database import Database, Transaction
from service.plant.store.postings import Poster
from service.said.codes import Said
from service.said.sayings import Saying, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a verification found; without faults, all that is sealed is as it was."""

    links: int
    entries: int
    events: int
    heads: int  # exported ones that were compared
    removed: int  # chains whose beginning retention took away, with a checkpoint
    unsealed: int  # events from before the chain began
    faults: tuple[str, ...]  # in English
    said: tuple[Saying, ...]  # the same for any language


@dataclass(slots=True)
class _Counts:
    links: int = 0
    entries: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Compares rows with what the chain says of them."""

    database: Database
    poster: Poster

    def verify(self, heads_dir: Path | None = None) -> Report:
        """Walk every chain from its checkpoint to its head."""
        counts = _Counts()
        with self.database.read() as tx:
            faults = list(self._faults(tx, counts))
            heads = read_heads(heads_dir) if heads_dir is not None else []
            faults += _head_faults(tx, heads)
            removed = sum(chain.checkpoint(tx, name) is not None for name in chain.chains(tx))
            unsealed, extra = _unsealed(tx)
        said = (*faults, *extra)
        return Report(
            links=counts.links, entries=counts.entries, events=counts.events, heads=len(heads),
            removed=removed, unsealed=unsealed, said=said, faults=tuple(fault.text for fault in said),
        )  # fmt: skip

    def _faults(self, tx: Transaction, counts: _Counts) -> Iterator[Saying]:
        for name in chain.chains(tx):
            before = chain.checkpoint(tx, name)
            for link, covers, marks in chain.links(tx, name):
                counts.links += 1
                if fault := fault_of(link, before):
                    yield say(Said.CHAIN_FAULT, chain=name, because=fault)
                before = (link.number, link.hash)
                if link.kind == "events":
                    counts.events += len(numbers_of(covers))
                    yield from _event_faults(tx, name, link, covers, marks)
                else:
                    yield from self._row_faults(tx, link, counts)
        yield from sealed.strangers(tx)

    def _row_faults(self, tx: Transaction, link: Link, counts: _Counts) -> Iterator[Saying]:
        if link.kind == "entry":
            counts.entries += 1
        content = sealed.content(tx, link.kind, link.subject)
        if content is None:
            yield say(Said.ROW_MISSING, row_kind=link.kind, subject=link.subject, sealed_utc=link.utc)
        elif digest_of(content) != link.digest:
            yield say(Said.ROW_EDITED, row_kind=link.kind, subject=link.subject, sealed_utc=link.utc)
        elif link.kind == "entry":
            yield from sealed.column_faults(tx, link.subject, self.poster)


def _event_faults(tx: Transaction, name: str, link: Link, covers: str, marks: str) -> Iterator[Saying]:
    log_id = name.removeprefix("log/")
    held = chain.sealed_events(tx, log_id, covers)
    seqs = numbers_of(covers)
    if len(held) == len(seqs) and joined_digest([covers, *(held[seq] for seq in seqs)]) == link.digest:
        return
    told = False
    for at, seq in enumerate(seqs):
        mark = marks[at * MARK_LENGTH : (at + 1) * MARK_LENGTH]
        if seq not in held:
            yield say(Said.EVENT_MISSING, event=str(seq), log=log_id)
        elif not held[seq].startswith(mark):
            yield say(Said.EVENT_EDITED, event=str(seq), log=log_id)
        else:
            continue
        told = True
    if not told:
        yield say(Said.EVENTS_DONT_FIT, events=link.subject, log=log_id, link=str(link.number))


def _head_faults(tx: Transaction, heads: list[Head]) -> list[Saying]:
    faults = []
    for head in heads:
        kept = chain.link_at(tx, head.chain, head.number)
        newest = chain.checkpoint(tx, head.chain)
        if kept is None and newest is not None and head.number <= newest[0]:
            continue  # taken away by retention, behind a newer checkpoint
        if kept is None:
            faults.append(say(Said.HEAD_CUT_OFF, chain=head.chain, link=str(head.number), day=head.day))
        elif kept != head.hash:
            faults.append(say(Said.HEAD_WRITTEN_ANEW, chain=head.chain, link=str(head.number), day=head.day))
    return faults


def _unsealed(tx: Transaction) -> tuple[int, list[Saying]]:
    """Events no link covers: from before the chain began, or put in by hand."""
    before, faults = 0, list[Saying]()
    for log_id in chain.log_ids(tx):
        name = log_chain(log_id)
        covered, began = 0, None
        for link, covers, _ in chain.links(tx, name):
            began = began or link.utc
            covered += len(numbers_of(covers))
        held = chain.count_events(tx, log_id)
        early = held if began is None else chain.count_events(tx, log_id, began)
        if began is None and chain.checkpoint(tx, name) is not None:
            early = 0
        before += early
        if held > covered + early:
            faults.append(say(Said.EVENTS_ADDED, log=log_id, events=held - covered - early))
    return before, faults


def day_heads(tx: Transaction, day: date) -> list[Head]:
    """The newest link of each chain."""
    heads = []
    for name in chain.chains(tx):
        newest = chain.head(tx, name)
        if newest is not None:
            heads.append(Head(day=day.isoformat(), chain=name, number=newest[0], hash=newest[1]))
    return heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What retention took away."""

    log_id: str
    events: int
    to_link: int
    hash: str


def remove_events(
    database: Database, before: datetime, *, now: datetime, user: str, why: str
) -> tuple[Removed, ...]:
    """Take away raw events of before a moment; what was counted from them stays, and a checkpoint is sealed.

    Raises:
        PlantError: bad_entry: no reason given. bad_time: the moment lies ahead.
    """
    if not why.strip():
        raise PlantError("bad_entry", "removing events needs a reason; say why")
    if before.tzinfo is None or before > now:
        raise PlantError("bad_time", f"{before} must be a moment in the past, with a time zone")
    with database.read() as tx:
        log_ids = chain.log_ids(tx)
    found = (_remove(database, log_id, before, now=now, user=user, why=why) for log_id in log_ids)
    return tuple(one for one in found if one is not None)


def _remove(
    database: Database, log_id: str, before: datetime, *, now: datetime, user: str, why: str
) -> Removed | None:
    """Remove what is old of one log, a piece at a time; each piece leaves a sealed checkpoint."""
    events, last = 0, None
    while True:
        with database.write() as tx:
            gone = chain.remove(tx, log_id, before, now=now, user=user, why=why)
            if gone is not None:
                sealed.note_removal(tx, log_chain(log_id), gone[1].number, now)
        if gone is None:
            break
        events, last = events + gone[0], gone[1]
    return Removed(log_id=log_id, events=events, to_link=last.number, hash=last.hash) if last else None


def as_json(report: Report) -> str:
    """A report for machines."""
    names = [name for name in Report.__dataclass_fields__ if name != "said"]
    return json.dumps({name: getattr(report, name) for name in names}, ensure_ascii=False)
