"""The engine: one writer at a time, readers beside it, the schema brought up to date when it is opened."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DataError, OperationalError, SQLAlchemyError

from service.plant.errors import PlantError
from service.plant.store.schema import upgrade

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 10_000  # a reader of another process may hold the file for a moment
CACHE_KIB = 8_192  # a connection; the system caches the file besides
CONNECTIONS = 40  # as many as the web has worker threads

ONE_WRITER = text("SELECT pg_advisory_xact_lock(1835102580)")  # any number that nothing else locks

Transaction = Connection  # the name by which the rest of the plant knows it


class Database:
    """One database. `write` is serialised by a lock: SQLite has one writer, and so have we."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_server = engine.dialect.name != "sqlite"
        self._writing = threading.Lock()
        self.revision = 0  # grows with every write

    @classmethod
    def open(cls, url: str) -> "Database":
        """Connect and migrate.

        Raises:
            PlantError: the database can't be reached, or is newer than this software.
        """
        engine = _engine(url)
        try:
            upgrade(engine)
        except SQLAlchemyError as error:
            engine.dispose()
            shown = make_url(url).render_as_string(hide_password=True)
            raise PlantError(
                "database",
                f"database {shown} can't be opened ({getattr(error, 'orig', None) or error}); "
                f"check path, rights and free space, or the server",
            ) from error
        return cls(engine)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may change rows; committed at the end, undone by an exception.

        Raises:
            PlantError: database: the disk is full or read-only, or the server is away.
        """
        with self._writing, self._named_errors():
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                if self._is_server:  # another process may write, too, e.g. an import on the command line
                    connection.execute(ONE_WRITER)
                yield connection
            self.revision += 1

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one state of all tables.

        Raises:
            PlantError: database: the file can't be read, or the server is away.
        """
        level = {"isolation_level": "REPEATABLE READ"} if self._is_server else {}
        with self._named_errors(), self._engine.connect() as plain:
            connection = plain.execution_options(**level)
            with connection.begin():
                yield connection

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            if isinstance(error, DataError):
                told = str(error.orig).splitlines()[0]
                raise PlantError("bad_value", f"a value can't be kept: {told}; correct it") from error
            if type(error) not in (DatabaseError, OperationalError):
                raise  # a mistake in our own statements
            log.error("the database can't be used: %s", error.orig)
            raise PlantError(
                "database",
                f"the database can't be used ({error.orig}); free space, check rights or the server, "
                f"and end what else has it open",
            ) from error

    def close(self) -> None:
        """Let go of every connection."""
        with self._writing:
            self._engine.dispose()


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file."""
    return f"sqlite:///{path}"


def _engine(url: str) -> Engine:
    try:
        engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=CONNECTIONS)
    except (SQLAlchemyError, ImportError, ValueError) as error:  # the URL may hold a password: don't show it
        raise PlantError(
            "bad_settings",
            f"database_url can't be used ({type(error).__name__}); use postgresql:// or sqlite:///; "
            f"PostgreSQL needs its driver installed",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:  # Any: DB-API connection, as the hook passes it
    connection.isolation_level = None  # the hook below begins transactions, not the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an event that was acknowledged survives a power cut
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        f"cache_size = -{CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that turns writer half-way may be refused without waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
