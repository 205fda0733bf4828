"""Hourly roll-ups of energy counters against the readings themselves, in whatever order they came."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, select

from service.plant.store.database import Database
from service.plant.store.energy import energy_of_lines
from service.plant.store.ledger_tables import ENERGY
from service.plant.store.many import Row
from service.plant.store.measured import add_readings
from service.plant.store.schema import downgrade

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOURS = 6
NUMBERS = count()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()


def reading(at_s: float, value: float, line: str, sensor: str = "meter", quality: str = "good") -> Row:
    words = {"enterprise": "mill", "site": "north", "area": "", "unit": "kWh", "detail": "", "origin": "rest"}
    return {
        **words, "reading_id": f"{next(NUMBERS):09d}", "line": line, "demo": False, "sensor_id": sensor,
        "utc": START + timedelta(seconds=at_s), "measured": "energy", "value": value, "quality": quality,
    }  # fmt: skip


def keep(database: Database, *batches: Sequence[Row]) -> None:
    for batch in batches:
        with database.write() as tx:
            add_readings(tx, batch)


def grown(database: Database, line: str, from_s: float = 0, to_s: float = HOURS * 3600) -> object:
    start, end = START + timedelta(seconds=from_s), START + timedelta(seconds=to_s)
    with database.read() as tx:
        return energy_of_lines(tx, start, end, [line]).get(line)


def by_hand(rows: Sequence[Row], from_s: float, to_s: float) -> tuple[float, int] | None:
    """The definition: each counter's good readings in order, each step added up."""
    counters: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["utc"], row["reading_id"])):
        if row["quality"] == "good" and from_s <= (row["utc"] - START).total_seconds() < to_s:
            counters[row["sensor_id"]].append(row)
    steps = [
        (before["value"], after["value"]) for found in counters.values() for before, after in pairwise(found)
    ]
    if not steps:
        return None
    kwh = sum(after - before if after >= before else after for before, after in steps)
    return kwh, sum(after < before for before, after in steps)


def test_an_hour_joins_the_next_across_a_gap_and_a_reset_between_them_counts_from_zero(
    database: Database,
) -> None:
    rows = [reading(60, 100, "a"), reading(3_540, 110, "a")]  # 06:01 to 06:59
    rows += [reading(7_260, 125, "a")]  # 08:01: nothing was heard in between
    rows += [reading(10_800, 4, "a"), reading(10_860, 6, "a")]  # 09:00: another counter
    keep(database, rows)
    assert grown(database, "a") == (pytest.approx(10 + 15 + 4 + 2), 1)
    assert grown(database, "a", 1_800, 10_830) == (pytest.approx(15 + 4), 1)  # 06:30 to 09:00:30
    assert grown(database, "a", 3_600, 7_200) is None  # nothing was read in that hour
    assert grown(database, "a", 7_200, 10_800) is None  # one reading says nothing of what was used


def test_a_late_reading_changes_the_hour_it_speaks_of(database: Database) -> None:
    keep(database, [reading(0, 10, "a"), reading(1_200, 30, "a")], [reading(4_000, 40, "a")])
    assert grown(database, "a") == (pytest.approx(30), 0)
    keep(database, [reading(600, 3, "a")])  # 10, 3, 30, 40: it was reset in between
    assert grown(database, "a") == (pytest.approx(3 + 27 + 10), 1)
    assert grown(database, "a", 0, 3_600) == (pytest.approx(30), 1)


def test_readings_of_one_moment_are_ordered_by_their_ids_however_they_came(database: Database) -> None:
    first, second, third = (reading(at_s, value, "a") for at_s, value in ((0, 1), (60, 5), (60, 8)))
    keep(database, [first, third, second])
    assert grown(database, "a") == (pytest.approx(4 + 3), 0)
    for line, batches in (("b", ([2, 1], [0])), ("c", ([1], [2], [0]))):
        rows = [reading(*course, line) for course in ((0, 1), (60, 8), (60, 5))]
        keep(database, *([rows[at] for at in batch] for batch in batches))
        assert grown(database, line) == (pytest.approx(7 + 5), 1)


@settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_rolled_up_energy_is_that_of_the_readings(database: Database, data: st.DataObject) -> None:
    line = f"line-{next(NUMBERS)}"  # the examples share a database
    moments = st.integers(0, HOURS * 4 - 1).map(lambda part: part * 900)
    rows = [
        reading(at_s, value, line, sensor, quality)
        for at_s, value, sensor, quality in data.draw(
            st.lists(
                st.tuples(
                    moments,
                    st.integers(0, 50).map(float),  # as often down as up: a reset each time
                    st.sampled_from(["m1", "m2"]),
                    st.sampled_from(["good", "good", "good", "uncertain", "bad"]),
                ),
                max_size=40,
            )
        )
    ]
    arrived = data.draw(st.permutations(rows))
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4))), len(rows)]
    keep(database, *(arrived[start:end] for start, end in pairwise(cuts)))
    keep(database, arrived[:5])  # sent again
    edges = sorted(data.draw(st.lists(st.integers(0, HOURS * 3600), min_size=2, max_size=2)))
    for from_s, to_s in ((0, HOURS * 3600), edges):
        found, told = grown(database, line, from_s, to_s), by_hand(rows, from_s, to_s)
        assert found == (None if told is None else (pytest.approx(told[0]), told[1]))


def test_a_months_course_is_read_from_as_many_rows_as_it_has_hours(database: Database) -> None:
    rows = [reading(minute * 60, minute / 10, "a") for minute in range(HOURS * 60)]
    keep(database, rows)
    with database.read() as tx:
        kept = tx.execute(select(func.count(), func.sum(ENERGY.c.steps)).select_from(ENERGY)).one()
    assert tuple(kept) == (HOURS, HOURS * 59)
    assert grown(database, "a") == (pytest.approx((HOURS * 60 - 1) / 10), 0)


def test_readings_of_an_older_database_are_rolled_up_when_its_schema_is(
    database: Database, database_url: str
) -> None:
    rows = [reading(at_s, value, "a") for at_s, value in ((60, 5), (1_800, 9), (4_000, 2), (9_000, 8))]
    rows.append(reading(2_000, 1_000, "a", quality="bad"))
    keep(database, rows)
    assert by_hand(rows, 0, HOURS * 3600) == (4 + 2 + 6, 1)
    database.close()
    engine = create_engine(database_url)
    downgrade(engine, "0012")
    engine.dispose()
    newer = Database.open(database_url)
    try:
        assert grown(newer, "a") == (pytest.approx(4 + 2 + 6), 1)
        keep(newer, [reading(2_400, 10, "a")])
        assert grown(newer, "a") == (pytest.approx(5 + 2 + 6), 1)
    finally:
        newer.close()
