"""The ledger's entries as they were made, each sealed by the chain."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select

from service.plant.ledger.entries import ENTRY_CODEC, Entry
from service.plant.store.chain import seal
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import ENTRIES
from service.plant.store.people import Owner

Numbered = tuple[int, Entry]
COLUMNS = ("entry_id", "at_utc", "entered_utc", "entered_by", "origin", "corrects", "demo")


def add(tx: Transaction, owner: Owner, entry: Entry) -> int:
    """Keep a new entry and seal it; returns its number."""
    number = (tx.execute(select(func.max(ENTRIES.c.number))).scalar() or 0) + 1
    raw = text_of(entry)
    tx.execute(
        insert(ENTRIES).values(
            **columns_of(entry),
            number=number,
            enterprise=owner.enterprise,
            site=owner.site,
            raw=raw,
        )
    )
    seal(tx, utc=entry.entered_utc, kind="entry", subject=entry.entry_id, content=f"{number}\n{raw}")
    return number


def columns_of(entry: Entry) -> dict[str, object]:
    """What of an entry stands in columns of its own."""
    values: dict[str, object] = {name: getattr(entry, name) for name in COLUMNS}
    return values | {"origin": entry.origin.value, "kind": entry.body.kind}


def text_of(entry: Entry) -> str:
    """The entry as JSON: what is sealed."""
    return ENTRY_CODEC.dump_json(entry).decode()


def get(tx: Transaction, entry_id: str) -> Entry | None:
    """One entry."""
    raw = tx.execute(select(ENTRIES.c.raw).where(ENTRIES.c.entry_id == entry_id)).scalar()
    return ENTRY_CODEC.validate_json(raw) if raw is not None else None


def corrected_by(tx: Transaction, entry_id: str) -> str | None:
    """The entry that corrects this one, if there is one."""
    return tx.execute(select(ENTRIES.c.entry_id).where(ENTRIES.c.corrects == entry_id)).scalar()


def everything(tx: Transaction, size: int = 1_000) -> Iterator[list[Numbered]]:
    """All entries in the order in which they were entered, in batches."""
    query = (
        select(ENTRIES.c.number, ENTRIES.c.raw).order_by(ENTRIES.c.number).execution_options(yield_per=size)
    )
    with tx.execute(query) as rows:
        for part in rows.partitions(size):
            yield [(row.number, ENTRY_CODEC.validate_json(row.raw)) for row in part]


def page(
    tx: Transaction,
    offset: int,
    limit: int,
    *,
    kind: str | None = None,
    from_utc: datetime | None = None,
    to_utc: datetime | None = None,
    corrections: bool = False,
) -> tuple[int, tuple[Entry, ...]]:
    """Number of entries that fit, and one page, newest first; or of the corrections among them only."""
    conditions: list[ColumnElement[bool]] = [ENTRIES.c.corrects.is_not(None)] if corrections else []
    if kind is not None:
        conditions.append(ENTRIES.c.kind == kind)
    if from_utc is not None:
        conditions.append(ENTRIES.c.at_utc >= from_utc)
    if to_utc is not None:
        conditions.append(ENTRIES.c.at_utc < to_utc)
    total = tx.execute(select(func.count()).select_from(ENTRIES).where(*conditions)).scalar_one()
    query = select(ENTRIES.c.raw).where(*conditions).order_by(ENTRIES.c.number.desc())
    rows = tx.execute(query.offset(offset).limit(limit)).scalars()
    return total, tuple(ENTRY_CODEC.validate_json(raw) for raw in rows)
