"""Many rows or keys at once: the same on both databases, whatever stands in them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.plant.errors import PlantError
from service.plant.store.database import Database
from service.plant.store.ledger_tables import HOURS, LINKS
from service.plant.store.many import COPY_FROM, among, insert_rows
from service.plant.store.tables import SPANS

MOMENT = datetime(2026, 3, 2, 11, 0, tzinfo=timezone(timedelta(hours=5)))
ODD = ["plain", "tab\there", "line\nbreak", "back\\slash \\N", "quote\"s and 's", "мақта", "", "50 %"]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()


def links(count: int) -> list[dict[str, Any]]:
    same = dict.fromkeys(("covers", "marks", "digest", "previous", "hash"), "")
    return [
        {
            "chain": "c",
            "number": number,
            "utc": MOMENT,
            "kind": "k",
            "subject": ODD[number % len(ODD)],
            **same,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [0, COPY_FROM - 1, COPY_FROM, 1_200])
def test_rows_come_back_as_they_were_given(database: Database, count: int) -> None:
    with database.write() as tx:
        insert_rows(tx, LINKS, links(count))
    with database.read() as tx:
        rows = tx.execute(select(LINKS).order_by(LINKS.c.number)).mappings().all()
    assert [dict(row) for row in rows] == [row | {"utc": MOMENT.astimezone(UTC)} for row in links(count)]


@pytest.mark.parametrize("count", [2, 50])
def test_a_row_that_is_there_already_undoes_the_whole(database: Database, count: int) -> None:
    with database.write() as tx:
        insert_rows(tx, LINKS, links(1))
    with pytest.raises(IntegrityError), database.write() as tx:
        insert_rows(tx, LINKS, links(count))
    with database.write() as tx:  # the connection serves on
        insert_rows(tx, LINKS, [row | {"chain": "d"} for row in links(count)])
    with database.read() as tx:
        assert len(tx.execute(select(LINKS.c.number)).all()) == 1 + count


def test_a_value_that_the_server_can_not_keep_is_told_in_words(database: Database) -> None:
    with database.read() as tx:
        if tx.dialect.name == "sqlite":
            pytest.skip("SQLite keeps any 64-bit number")
    numbers = {column.name: 1 << 40 for column in HOURS.c} | {"line": "l", "demo": True}
    moments = {"hour_utc": MOMENT, "newest_utc": MOMENT}
    rows = [numbers | moments | {"hour_key": str(number)} for number in range(COPY_FROM)]
    with pytest.raises(PlantError, match="a value can't be kept: .*integer"), database.write() as tx:
        insert_rows(tx, HOURS, rows)


@pytest.mark.parametrize("number", [1 << 31, -(1 << 31) - 1, 1 << 63])
def test_a_number_too_large_for_its_column_is_never_cut_off(database: Database, number: int) -> None:
    with database.read() as tx:
        if tx.dialect.name == "sqlite":
            pytest.skip("SQLite keeps any 64-bit number")
    numbers = {column.name: 1 for column in HOURS.c} | {"line": "l", "demo": True}
    rows = [
        numbers | {"hour_utc": MOMENT, "newest_utc": MOMENT, "hour_key": str(at)} for at in range(COPY_FROM)
    ]
    rows[-1]["frames"] = number
    with pytest.raises(PlantError, match="a value can't be kept: .*out of range"), database.write() as tx:
        insert_rows(tx, HOURS, rows)


def test_nothing_and_the_largest_numbers_come_back(database: Database) -> None:
    nothing: dict[str, Any] = dict.fromkeys(column.name for column in SPANS.c)
    nothing |= dict.fromkeys(("enterprise", "site", "area", "line", "log_id", "reason", "detail"), "")
    nothing |= {"utc": MOMENT, "encoder_mm": 0.5, "order_no": (1 << 63) - 1, "mono_ns": -(1 << 63)}
    nothing |= {"demo": True, "inspected": False, "from_mm": 1, "to_mm": -1e300, "width_mm": 0, "fed_kg": 0}
    nothing |= dict.fromkeys(("frames", "clean", "defective", "unsure", "deadline_misses"), (1 << 31) - 1)
    nothing |= {"stage_ms": "{}", "calibration_expired": False}
    rows = [nothing | {"seq": number} for number in range(COPY_FROM)]
    with database.write() as tx:
        insert_rows(tx, SPANS, rows)
    with database.read() as tx:
        found = tx.execute(select(SPANS).order_by(SPANS.c.seq)).mappings().all()
    assert [dict(row) for row in found] == [row | {"utc": MOMENT.astimezone(UTC)} for row in rows]


def test_keys_are_found_however_many_and_whatever_stands_in_them(database: Database) -> None:
    with database.write() as tx:
        insert_rows(tx, LINKS, links(len(ODD)))
    with database.read() as tx:

        def found(keys: list[str]) -> list[str]:
            query = select(LINKS.c.subject).where(among(tx, LINKS.c.subject, keys))
            return sorted(tx.execute(query).scalars())

        assert found([]) == []
        assert found(ODD[1:4]) == sorted(ODD[1:4])
        assert found([f"key {number}" for number in range(40_000)] + ODD) == sorted(ODD)
