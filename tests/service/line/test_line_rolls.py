from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from service.event_terms import LineKind
from service.events import Body, LotEnded, LotStarted, RollEnded, RollStarted
from service.line.event_log import Draft, EventLog
from service.line.rolls import Rolls
from service.line.web_book import Owner


class Calendar:
    day = datetime(2026, 11, 23, tzinfo=UTC)

    def utc(self) -> datetime:
        return self.day


@pytest.fixture
def make_rolls(event_log: EventLog) -> Callable[..., tuple[Rolls, list[Body], Calendar]]:
    def make(kind: LineKind = LineKind.FABRIC) -> tuple[Rolls, list[Body], Calendar]:
        bodies: list[Body] = []
        calendar = Calendar()
        rolls = Rolls(
            line="loom-1",
            kind=kind,
            supplier="Gin 4",
            width_mm=800.0,
            length_mm=1000.0,
            event_log=event_log,
            utc=calendar.utc,
            record=bodies.append,
        )
        return rolls, bodies, calendar

    return make


Make = Callable[..., tuple[Rolls, list[Body], Calendar]]


def test_a_roll_begins_ends_and_owns_what_is_between(make_rolls: Make) -> None:
    rolls, bodies, _ = make_rolls()
    assert not rolls.running
    owner = rolls.begin(50.0, article="denim")
    assert rolls.owner == owner
    assert not rolls.is_full(1049.9)
    assert rolls.is_full(1050.0)
    rolls.end(1051.0)
    started, ended = bodies
    assert isinstance(started, RollStarted)
    assert (started.name, started.article, started.width_mm) == ("loom-1-20261123-0001", "denim", 800.0)
    assert ended == RollEnded(roll_id=started.roll_id, end_mm=1051.0)
    assert rolls.owner == Owner()


def test_a_fibre_line_runs_lots_with_their_supplier(make_rolls: Make) -> None:
    rolls, bodies, _ = make_rolls(LineKind.FIBRE)
    owner = rolls.begin(0.0, article="lint", name="bale-7")
    rolls.end(10.0)
    started, ended = bodies
    assert isinstance(started, LotStarted)
    assert (started.name, started.supplier, started.lot_id) == ("bale-7", "Gin 4", owner.lot_id)
    assert isinstance(ended, LotEnded)


def test_ending_without_a_roll_says_nothing(make_rolls: Make) -> None:
    rolls, bodies, _ = make_rolls()
    rolls.end(10.0)
    assert bodies == []


def test_names_count_up_each_day_and_go_on_after_a_restart(
    make_rolls: Make, event_log: EventLog, draft: Any
) -> None:
    rolls, bodies, calendar = make_rolls()
    for name in ("", "by hand", ""):
        rolls.begin(0.0, article="a", name=name)
    event_log.append([Draft(stamp=draft("x").stamp, body=body) for body in bodies])
    again, more, calendar = make_rolls()
    again.begin(0.0, article="a")
    calendar.day = datetime(2026, 11, 24, tzinfo=UTC)
    again.begin(0.0, article="a")
    names = [body.name for body in (*bodies, *more) if isinstance(body, RollStarted)]
    assert names == [
        "loom-1-20261123-0001",
        "by hand",
        "loom-1-20261123-0002",
        "loom-1-20261123-0003",
        "loom-1-20261124-0001",
    ]


def test_a_clock_that_jumps_back_gives_no_name_twice(
    make_rolls: Make, event_log: EventLog, draft: Any
) -> None:
    rolls, bodies, calendar = make_rolls()
    today, tomorrow = calendar.day, datetime(2026, 11, 24, tzinfo=UTC)
    for day in (today, tomorrow, today):
        calendar.day = day
        rolls.begin(0.0, article="a")
    event_log.append([Draft(stamp=draft("x").stamp, body=body) for body in bodies])
    again, more, calendar = make_rolls()
    for day in (today, tomorrow):
        calendar.day = day
        again.begin(0.0, article="a")
    names = [body.name.removeprefix("loom-1-") for body in (*bodies, *more) if isinstance(body, RollStarted)]
    assert names == ["20261123-0001", "20261124-0001", "20261123-0002", "20261123-0003", "20261124-0002"]
