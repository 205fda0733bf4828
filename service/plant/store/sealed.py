"""The content that links of the plant's own chain seal, as it is stored now."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from service.plant.ledger.entries import ENTRY_CODEC, FlowBooked, StockCounted
from service.plant.ledger.terms import Origin
from service.plant.store.chain import seal, seal_all
from service.plant.store.database import Transaction
from service.plant.store.intake import chunks
from service.plant.store.journal import columns_of, corrected_by
from service.plant.store.ledger_tables import CHECKPOINTS, ENTRIES, FLOWS, LINKS, READINGS, STOCKS
from service.plant.store.postings import Poster, stock_row
from service.plant.store.row_seals import row_text, sealed_text
from service.said.codes import Said
from service.said.sayings import Saying, say


def content(tx: Transaction, kind: str, subject: str) -> str | None:
    """What a link seals, as it stands now; None: it is gone."""
    if kind == "entry":
        row = tx.execute(select(ENTRIES.c.number, ENTRIES.c.raw).where(ENTRIES.c.entry_id == subject)).first()
        return f"{row.number}\n{row.raw}" if row else None
    if kind == "reading":
        return reading_texts(tx, [subject]).get(subject)
    if kind == "retention":
        chain, number = subject.rsplit("#", 1)
        return removal_text(tx, chain, int(number))
    return sealed_text(tx, kind, int(subject))


def reading_texts(tx: Transaction, reading_ids: Sequence[str]) -> dict[str, str]:
    """Readings as text, by id; those that are gone are left out."""
    return {
        row["reading_id"]: row_text(row)
        for part in chunks(reading_ids)
        for row in tx.execute(select(READINGS).where(READINGS.c.reading_id.in_(part))).mappings()
    }


def seal_readings(tx: Transaction, reading_ids: Sequence[str], now: datetime) -> None:
    """Seal readings that were just written; those of events are sealed with their events."""
    texts = reading_texts(tx, reading_ids)
    seal_all(tx, utc=now, kind="reading", contents=[(one, texts[one]) for one in reading_ids])


def removal_text(tx: Transaction, chain: str, number: int) -> str | None:
    """A checkpoint as text."""
    query = select(CHECKPOINTS).where(CHECKPOINTS.c.chain == chain, CHECKPOINTS.c.number == number)
    row = tx.execute(query).mappings().first()
    return row_text(row) if row is not None else None


def note_removal(tx: Transaction, chain: str, number: int, now: datetime) -> None:
    """Seal a checkpoint."""
    text = removal_text(tx, chain, number)
    if text is not None:
        seal(tx, utc=now, kind="retention", subject=f"{chain}#{number}", content=text)


def column_faults(tx: Transaction, entry_id: str, poster: Poster) -> Iterator[Saying]:
    """Where an entry's own columns, or the flow that is counted, say something else than its text."""
    row = tx.execute(select(ENTRIES).where(ENTRIES.c.entry_id == entry_id)).mappings().one()
    entry = ENTRY_CODEC.validate_json(row["raw"])
    wrong = [name for name, value in columns_of(entry).items() if row[name] != value]
    if wrong:
        yield say(Said.ENTRY_EDITED_BESIDE, entry=entry_id, columns=", ".join(wrong))
    match entry.body:
        case FlowBooked():
            what, table, told = "flow", FLOWS, poster.flow_row(entry, entry.body)
        case StockCounted():
            what, table, told = "stock", STOCKS, stock_row(entry, entry.body)
        case _:
            return
    flow = tx.execute(select(table).where(table.c.entry_id == entry_id)).mappings().first()
    if flow is None:
        yield say(Said.PART_MISSING, part=what, entry=entry_id)
        return
    names = [name for name in told if name != "superseded_by"]
    changed = [name for name in names if flow[name] != told[name]]
    later = corrected_by(tx, entry_id)
    if flow["superseded_by"] != later:
        changed.append("superseded_by")
    if changed:
        yield say(Said.PART_EDITED, part=what, entry=entry_id, columns=", ".join(changed))


def strangers(tx: Transaction) -> Iterator[Saying]:
    """Entries and sent readings that no link seals: put in past the ledger."""
    sealed = select(LINKS.c.subject).where(LINKS.c.kind == "entry")
    query = select(ENTRIES.c.entry_id).where(ENTRIES.c.entry_id.not_in(sealed)).order_by(ENTRIES.c.number)
    for entry_id in tx.execute(query).scalars():
        yield say(Said.ENTRY_PAST_LEDGER, entry=entry_id)
    sealed = select(LINKS.c.subject).where(LINKS.c.kind == "reading")
    sent = select(READINGS.c.reading_id).where(
        READINGS.c.origin != Origin.EVENT.value, READINGS.c.reading_id.not_in(sealed)
    )
    for reading_id in tx.execute(sent.order_by(READINGS.c.reading_id)).scalars():
        yield say(Said.READING_PAST_LEDGER, reading=reading_id)
