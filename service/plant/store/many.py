"""Many rows or keys in one statement: a text that never changes, so that it is planned once."""

import json
from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, String, Table, any_, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from service.plant.store.database import Transaction

Row = dict[str, Any]  # Any: column values of several types
COPY_FROM = 8  # rows; below it a COPY's round trips cost more than they save


def insert_rows(tx: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Add rows that name the same columns: streamed with COPY to PostgreSQL.

    Raises:
        DBAPIError: of SQLAlchemy, as for any other statement.
    """
    if not rows:
        return
    if tx.dialect.name != "postgresql" or len(rows) < COPY_FROM:
        tx.execute(insert(table), list(rows))
        return
    names = list(rows[0])
    quote = tx.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table.name)} ({', '.join(quote(name) for name in names)}) FROM STDIN"
    driver = cast(Any, tx.connection.driver_connection)  # Any: psycopg is no dependency of the SQLite plant
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
    except tx.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy_says(tx, statement, error) from error


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
