"""The content that links of the plant's own chain seal, as it is stored now."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from service.plant.ledger.entries import ENTRY_CODEC, FlowBooked
from service.plant.store.chain import seal
from service.plant.store.database import Transaction
from service.plant.store.journal import columns_of, corrected_by
from service.plant.store.ledger_tables import CHECKPOINTS, ENTRIES, FLOWS, LINKS
from service.plant.store.postings import Poster
from service.plant.store.row_seals import row_text, sealed_text


def content(tx: Transaction, kind: str, subject: str) -> str | None:
    """What a link seals, as it stands now; None: it is gone."""
    if kind == "entry":
        row = tx.execute(select(ENTRIES.c.number, ENTRIES.c.raw).where(ENTRIES.c.entry_id == subject)).first()
        return f"{row.number}\n{row.raw}" if row else None
    if kind == "retention":
        chain, number = subject.rsplit("#", 1)
        return removal_text(tx, chain, int(number))
    return sealed_text(tx, kind, int(subject))


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


def column_faults(tx: Transaction, entry_id: str, poster: Poster) -> Iterator[str]:
    """Where an entry's own columns, or the flow that is counted, say something else than its text."""
    row = tx.execute(select(ENTRIES).where(ENTRIES.c.entry_id == entry_id)).mappings().one()
    entry = ENTRY_CODEC.validate_json(row["raw"])
    wrong = [name for name, value in columns_of(entry).items() if row[name] != value]
    if wrong:
        yield f"entry {entry_id}: {', '.join(wrong)} was edited beside the sealed text"
    if not isinstance(entry.body, FlowBooked):
        return
    flow = tx.execute(select(FLOWS).where(FLOWS.c.entry_id == entry_id)).mappings().first()
    if flow is None:
        yield f"flow of entry {entry_id} is missing"
        return
    told = poster.flow_row(entry, entry.body)
    names = [name for name in told if name != "superseded_by"]
    changed = [name for name in names if flow[name] != told[name]]
    later = corrected_by(tx, entry_id)
    if flow["superseded_by"] != later:
        changed.append("superseded_by")
    if changed:
        yield f"flow of entry {entry_id}: {', '.join(changed)} was edited"


def strangers(tx: Transaction) -> Iterator[str]:
    """Entries that no link seals: put in past the ledger."""
    sealed = select(LINKS.c.subject).where(LINKS.c.kind == "entry")
    query = select(ENTRIES.c.entry_id).where(ENTRIES.c.entry_id.not_in(sealed)).order_by(ENTRIES.c.number)
    for entry_id in tx.execute(query).scalars():
        yield f"entry {entry_id} was added past the ledger: no link seals it"
