"""Imports that were kept, and the newest row of each record."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from service.plant.store.database import Transaction
from service.plant.store.mill_tables import IMPORT_RUNS, IMPORTED
from service.plant.store.people import Owner
from service.plant.views.imports import ImportRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The newest row of a record."""

    id: int
    entry_id: str  # of the ledger
    fields: Mapping[str, str]


@contextmanager
def attempt(tx: Transaction) -> Iterator[None]:
    """A part of a transaction that an exception undoes without the rest."""
    with tx.begin_nested():
        yield


def begin(tx: Transaction, owner: Owner, run: ImportRun) -> int:
    """Note an import; its counts follow."""
    names = ("kind", "source", "content_sha256", "mapping", "user", "utc", "taken", "unchanged", "refused")
    values = {name: getattr(run, name) for name in names}
    made = insert(IMPORT_RUNS).values(enterprise=owner.enterprise, site=owner.site, **values)
    return int(tx.execute(made.returning(IMPORT_RUNS.c.id)).scalar_one())


def finish(tx: Transaction, run_id: int, *, taken: int, unchanged: int, refused: int) -> None:
    """Note what became of the rows."""
    counts = {"taken": taken, "unchanged": unchanged, "refused": refused}
    tx.execute(update(IMPORT_RUNS).where(IMPORT_RUNS.c.id == run_id).values(counts))


def newest(tx: Transaction, kind: str, key: str) -> Held | None:
    """The newest row of a record."""
    rows = IMPORTED.c
    query = select(rows.id, rows.entry_id, rows.fields).where(rows.kind == kind, rows.key == key, rows.latest)
    row = tx.execute(query).first()
    return Held(id=row.id, entry_id=row.entry_id, fields=json.loads(row.fields)) if row else None


def add(
    tx: Transaction,
    owner: Owner,
    run_id: int,
    kind: str,
    record: tuple[str, int, str, Mapping[str, str]],
    now: datetime,
) -> None:
    """Keep a row as the newest of its record: key, row number, entry of the ledger, fields."""
    key, row_no, entry_id, fields = record
    earlier = (IMPORTED.c.kind == kind, IMPORTED.c.key == key, IMPORTED.c.latest)
    tx.execute(update(IMPORTED).where(*earlier).values(latest=False))
    tx.execute(
        insert(IMPORTED).values(
            run_id=run_id,
            enterprise=owner.enterprise,
            site=owner.site,
            kind=kind,
            key=key,
            latest=True,
            row_no=row_no,
            entry_id=entry_id,
            fields=json.dumps(dict(fields), ensure_ascii=False, sort_keys=True),
            utc=now,
        )
    )


def runs(tx: Transaction, limit: int) -> Sequence[ImportRun]:
    """Imports, newest first."""
    query = select(IMPORT_RUNS).order_by(IMPORT_RUNS.c.id.desc()).limit(limit)
    names = ("kind", "source", "content_sha256", "mapping", "user", "utc", "taken", "unchanged", "refused")
    return [
        ImportRun(run_id=row["id"], **{name: row[name] for name in names})
        for row in tx.execute(query).mappings()
    ]
