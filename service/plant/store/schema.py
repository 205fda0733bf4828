"""The schema's versions: Alembic's migrations, run at start, with a copy of the file before a change."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from service.plant.errors import PlantError
from service.plant.store import loop_tables as _loop_tables  # noqa: F401 - registers its tables
from service.plant.store import mill_tables as _mill_tables  # noqa: F401 - registers its tables
from service.plant.store import quality_tables as _quality_tables  # noqa: F401 - registers its tables
from service.plant.store import review_tables as _review_tables  # noqa: F401 - registers its tables

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the schema up to a version; a file database is copied aside before it changes.

    Raises:
        PlantError: the database was made by newer software.
    """
    scripts = ScriptDirectory.from_config(_config(None))
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise PlantError(
            "database", f"database schema {found} is newer than this software; install the newer one"
        )
    if found == scripts.get_current_head() and to == "head":
        return
    if found is not None:
        _copy_aside(engine, found)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.upgrade(_config(connection), to)
    log.info("database schema: %s -> %s", found or "none", to)


def downgrade(engine: Engine, to: str) -> None:
    """Take the schema back to an older version ("base": no tables)."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.downgrade(_config(connection), to)


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _copy_aside(engine: Engine, found: str) -> None:
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file:
        return  # a server's database has its own backups
    copy = Path(f"{file}.before-{found}-upgrade")
    copy.unlink(missing_ok=True)
    connection = engine.raw_connection()  # VACUUM can't run in a transaction, and our hook begins one
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(copy),))
    finally:
        connection.close()
    log.info("database copied to %s before its schema changes", copy)
