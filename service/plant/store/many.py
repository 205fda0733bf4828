"""Many rows or keys in one statement: a text that never changes, so that it is planned once."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Dialect, String, Table, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from service.plant.store.database import Transaction

Row = dict[str, Any]  # Any: column values of several types
COPY_FROM = 8  # rows; below it a COPY's round trips cost more than they save
LIMITS = {"integer": 1 << 31, "bigint": 1 << 63}


def insert_rows(tx: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Add rows that name the same columns: streamed with COPY to PostgreSQL, in its binary format.

    A number that is too large for its column goes as text, so that the server refuses it in its own words.

    Raises:
        DBAPIError: of SQLAlchemy, as for any other statement.
    """
    if not rows:
        return
    if tx.dialect.name != "postgresql" or len(rows) < COPY_FROM:
        tx.execute(insert(table), list(rows))
        return
    way = _copy_way(tx.dialect, table, tuple(rows[0]))
    fits = all(_fits(row[name], limit) for name, limit in way.limits for row in rows)
    values = itemgetter(*way.names)
    driver = cast(Any, tx.connection.driver_connection)  # Any: psycopg is no dependency of the SQLite plant
    statement = f"{way.statement} (FORMAT binary)" if fits else way.statement
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            if fits:
                copy.set_types(way.types)
            for row in rows:
                copy.write_row(values(row))
    except tx.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy_says(tx, statement, error) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _CopyWay:
    """How rows of a table go into a COPY."""

    statement: str
    names: tuple[str, ...]
    types: tuple[str, ...]  # of the server, in the order of the names
    limits: tuple[tuple[str, int], ...]  # of whole numbers: the driver cuts off what is too long in binary


@cache
def _copy_way(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _CopyWay:
    quote = dialect.identifier_preparer.quote
    kinds = [table.c[name].type.compile(dialect=dialect).split("(")[0].lower() for name in names]
    return _CopyWay(
        statement=f"COPY {quote(table.name)} ({', '.join(quote(name) for name in names)}) FROM STDIN",
        names=names,
        types=tuple("double precision" if kind == "float" else kind for kind in kinds),
        limits=tuple((name, LIMITS[kind]) for name, kind in zip(names, kinds, strict=True) if kind in LIMITS),
    )


def _fits(value: int | None, limit: int) -> bool:
    return value is None or -limit <= value < limit


def among(tx: Transaction, column: Column[str], keys: Collection[str]) -> ColumnElement[bool]:
    """Rows whose text column is one of the keys, however many."""
    if tx.dialect.name == "postgresql":
        return column.in_(select(func.unnest(bindparam(None, list(keys), type_=ARRAY(String)))))
    listed = func.json_each(bindparam(None, json.dumps(list(keys)), type_=String)).table_valued("value")
    return column.in_(select(listed.c.value))


def _as_sqlalchemy_says(tx: Transaction, statement: str, error: Exception) -> BaseException:
    dialect = tx.dialect
    if dialect.is_disconnect(cast(Any, error), cast(Any, tx.connection), None):
        tx.invalidate(error)
    return DBAPIError.instance(statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect)
