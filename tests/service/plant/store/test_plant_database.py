import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, func, insert, inspect, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from service.plant.errors import PlantError
from service.plant.store.columns import UtcTime
from service.plant.store.database import Database, sqlite_url
from service.plant.store.ledger_tables import LINKS
from service.plant.store.schema import downgrade, upgrade
from service.plant.store.tables import AUDIT

METADATA = LINKS.metadata
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def entry(utc: datetime, user: str = "u") -> dict[str, object]:
    words = {"enterprise": "mill", "site": "north", "action": "a", "subject": "s", "detail": "{}"}
    return {**words, "utc": utc, "user": user}


def test_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = create_engine(sqlite_url(tmp_path / "db"))
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_every_table_can_be_made_on_postgresql_with_zoned_times() -> None:
    for table in METADATA.sorted_tables:
        made = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        timed = any(isinstance(column.type, UtcTime) for column in table.columns)
        assert ("TIMESTAMP WITH TIME ZONE" in made) is timed


def test_migrations_go_down_to_nothing_and_up_again(tmp_path: Path) -> None:
    engine = create_engine(sqlite_url(tmp_path / "db"))
    upgrade(engine)
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == {*METADATA.tables, "alembic_version"}
    engine.dispose()


def test_migrations_on_postgresql_make_the_tables_of_the_code_and_go_down_again(postgres_url: str) -> None:
    run_on(postgres_url, "CREATE DATABASE migrated")
    engine = create_engine(postgres_url.replace("/postgres?", "/migrated?"))
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == {*METADATA.tables, "alembic_version"}
    engine.dispose()
    run_on(postgres_url, "DROP DATABASE migrated")


def run_on(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_file_is_copied_aside_before_its_schema_changes(tmp_path: Path) -> None:
    path = tmp_path / "db"
    engine = create_engine(sqlite_url(path))
    upgrade(engine, "0001")
    engine.dispose()
    Database.open(sqlite_url(path)).close()
    copies = list(tmp_path.glob("db.before-0001-upgrade"))
    assert len(copies) == 1
    copy = create_engine(sqlite_url(copies[0]))
    assert "events" in inspect(copy).get_table_names()
    copy.dispose()


def test_an_up_to_date_file_is_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        Database.open(sqlite_url(tmp_path / "db")).close()
    assert [path.name for path in tmp_path.glob("*before*")] == []


def test_a_database_of_newer_software_is_refused(tmp_path: Path) -> None:
    Database.open(sqlite_url(tmp_path / "db")).close()
    engine = create_engine(sqlite_url(tmp_path / "db"))
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(PlantError, match="schema 9999 is newer"):
        Database.open(sqlite_url(tmp_path / "db"))


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlantError, match="can't be opened") as caught:
        Database.open(sqlite_url(tmp_path / "no" / "such" / "folder"))
    assert caught.value.problem == "database"
    assert "check path, rights and free space" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_named_when_opened_and_when_used(tmp_path: Path) -> None:
    opened = Database.open(sqlite_url(tmp_path / "db"))
    opened.close()
    (tmp_path / "db").write_bytes(b"no database at all " * 500)
    with pytest.raises(PlantError, match=r"\(file is not a database\)"):
        Database.open(sqlite_url(tmp_path / "db"))
    with pytest.raises(PlantError, match="file is not a database") as caught, opened.read() as tx:
        tx.execute(select(AUDIT))
    assert caught.value.problem == "database"


@pytest.fixture
def database(tmp_path: Path):  # type: ignore[no-untyped-def]
    opened = Database.open(sqlite_url(tmp_path / "db"))
    yield opened
    opened.close()


def test_moments_are_kept_and_compared_in_utc(database: Database) -> None:
    almaty = timezone(timedelta(hours=5))
    with database.write() as tx:
        tx.execute(insert(AUDIT), [entry(NOON.astimezone(almaty)), entry(NOON + timedelta(seconds=1))])
    with database.read() as tx:
        found = tx.execute(select(AUDIT.c.utc).where(AUDIT.c.utc <= NOON.astimezone(almaty))).scalars().all()
    assert found == [NOON]
    assert found[0].utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_a_mistake(database: Database) -> None:
    with pytest.raises(Exception, match="has no time zone"), database.write() as tx:
        tx.execute(insert(AUDIT), [entry(NOON.replace(tzinfo=None))])


def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as tx:
        tx.execute(insert(AUDIT), [entry(NOON), entry(NOON) | {"user": None}])
    with database.write() as tx:
        tx.execute(insert(AUDIT), [entry(NOON)])
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(AUDIT)).scalar_one() == 1


def write_much(database: Database, pages: int) -> None:
    """Write 100 kB into a file that may have `pages` pages."""
    with database.write() as tx:
        tx.execute(text(f"pragma max_page_count = {pages}"))
        tx.execute(insert(AUDIT), [entry(NOON, "x" * 100_000)])


def test_a_full_disk_is_named_and_the_plant_goes_on_once_there_is_space(database: Database) -> None:
    with database.read() as tx:
        pages = tx.execute(text("pragma page_count")).scalar_one()
    with pytest.raises(PlantError, match="full") as caught:
        write_much(database, pages)
    assert caught.value.problem == "database"
    write_much(database, 1_000_000)


def test_sqlite_is_opened_as_the_plant_needs_it(database: Database) -> None:
    with database.read() as tx:
        assert tx.execute(text("pragma journal_mode")).scalar() == "wal"
        assert tx.execute(text("pragma foreign_keys")).scalar() == 1
        assert tx.execute(text("pragma synchronous")).scalar() == 2
        assert tx.execute(text("pragma busy_timeout")).scalar() == 10_000


def test_four_writers_and_four_readers_never_meet_a_lock(database: Database) -> None:
    failures: list[Exception] = []

    def work(job: int) -> None:
        try:
            for turn in range(25):
                if job < 4:
                    with database.write() as tx:
                        tx.execute(insert(AUDIT), [entry(NOON, f"{job}-{turn}")])
                else:
                    with database.read() as tx:
                        tx.execute(select(func.count()).select_from(AUDIT)).scalar_one()
        except Exception as error:  # noqa: BLE001 - a thread's top: the test looks at what was caught
            failures.append(error)

    threads = [threading.Thread(target=work, args=(job,)) for job in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(AUDIT)).scalar_one() == 100
