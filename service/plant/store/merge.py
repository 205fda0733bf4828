"""Rows that several events speak of: loaded once for a batch, changed in memory, written at its end."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from sqlalchemy import Table, Update, bindparam, select, update

from service.plant.store.database import Transaction
from service.plant.store.many import Row, among, insert_rows


class Merged:
    """The rows of one table that a batch may change."""

    def __init__(self, tx: Transaction, table: Table, keys: Sequence[str]) -> None:
        self._tx, self._table = tx, table
        self._key = next(iter(table.primary_key.columns)).name
        self._rows: dict[str, Row] = {}
        self._stored: set[str] = set()
        self._changed: set[str] = set()
        self._before: dict[str, Row] = {}
        if keys:
            for found in tx.execute(select(table).where(among(tx, table.c[self._key], keys))).mappings():
                self._rows[found[self._key]] = dict(found)
        self._stored = set(self._rows)

    def row(self, key: str, blank: Callable[[], Row]) -> Row:
        """The row to change in place; made from `blank` where there is none."""
        if key not in self._rows:
            self._rows[key] = {self._key: key, **blank()}
        elif key in self._stored and key not in self._changed:
            self._before[key] = dict(self._rows[key])
        self._changed.add(key)
        return self._rows[key]

    def known(self, key: str) -> Row:
        """The row as it is now. KeyError: nobody stored or made it."""
        return self._rows[key]

    def changes(self) -> Iterator[tuple[Row | None, Row]]:
        """Each row that was changed: as it is stored (None: it is new), and as it is now."""
        return ((self._before.get(key), self._rows[key]) for key in sorted(self._changed))

    def write(self) -> None:
        """Store what changed."""
        new = [self._rows[key] for key in sorted(self._changed - self._stored)]
        old = [self._rows[key] for key in sorted(self._changed & self._stored)]
        insert_rows(self._tx, self._table, new)
        if old:
            names = [column.name for column in self._table.c if column.name != self._key]
            self._tx.execute(_change(self._table, self._key), [self._renamed(row, names) for row in old])

    def _renamed(self, row: Row, names: Sequence[str]) -> Row:
        return {"the_key": row[self._key], **{f"new_{name}": row[name] for name in names}}


@cache
def _change(table: Table, key: str) -> Update:
    """Set every column of a row but its key; built once: it names some thirty columns."""
    names = [column.name for column in table.c if column.name != key]
    return (
        update(table)
        .where(table.c[key] == bindparam("the_key"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
