"""Stops of a line in planned time: how many, how long, why and what they cost, worked by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from service.plant.kpi.economics import Economics, PriceVersion
from service.plant.kpi.inputs import Inputs, Stops
from service.plant.kpi.stop_figures import stop_figures
from service.plant.kpi.totals import Totals
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import StopNoted
from service.plant.ledger.terms import Origin
from service.plant.outlook.copq import cost_of_poor_quality
from service.plant.plant import Plant
from service.plant.store import stop_rows
from service.plant.store.tables import LINES
from service.plant.views.kpis import Kpi, KpiSource, Window

PRICES = PriceVersion(from_=date(2026, 1, 1), source="test", is_example=True, articles=(), stop_hour=6000.0)
ECONOMICS = Economics(currency="KZT", versions=(PRICES,))
BEGAN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
WINDOW = Window(from_utc=BEGAN, to_utc=BEGAN + timedelta(hours=1))
TOTALS = Totals(window_from=WINDOW.from_utc, window_to=WINDOW.to_utc, line=None)


@pytest.fixture
def stopped(plant: Plant, new_log: Callable[..., Any], clock: Any) -> Plant:
    """Runs from 06:00, stands from 06:10 to 06:25 and from 06:40 on; the last word comes at 06:50."""
    log = new_log()
    events = [log.started(), log.state("running"), log.roll_started(), log.span(0, 1000)]
    for minute, state in ((10, "held"), (25, "running"), (40, "held"), (50, "held")):
        log.at_s = minute * 60.0
        events.append(log.state(state, f"at {minute}"))
    plant.ingest("loom-1", events)
    clock.pass_s(3600)
    return plant


def note(plant: Plant, reason: str, from_min: float, to_min: float) -> None:
    body = StopNoted(
        place="loom-1",
        from_utc=BEGAN + timedelta(minutes=from_min),
        to_utc=BEGAN + timedelta(minutes=to_min),
        reason=reason,
    )
    plant.ledger.enter([Draft(body=body, at_utc=BEGAN, entered_by="aigul", origin=Origin.TYPED)])


def figures(plant: Plant) -> dict[str, Kpi]:
    return {kpi.basis: kpi for kpi in plant.kpis(WINDOW) if kpi.slug == "stops"}


def test_stops_nobody_explained_are_counted_and_say_so(stopped: Plant) -> None:
    found = figures(stopped)
    assert (found["count"].value, found["count"].completeness) == (2.0, pytest.approx(0.0, abs=0.01))
    # 15 min and 10 min until the last word; the line's first two seconds are no running time either
    assert found["time"].numerator == pytest.approx(25.0, abs=0.1)
    assert found["time"].value == pytest.approx(100 * 25 / 60, abs=0.2)
    assert (found["money"].value, found["money"].missing[:17]) == (None, "Needed: stop_hour")


def test_reasons_share_a_stop_and_planned_ones_cost_no_time(stopped: Plant) -> None:
    note(stopped, "yarn_break", 10, 16)
    note(stopped, "cleaning", 16, 25)  # planned
    found = figures(stopped)
    assert found["count"].value == 2.0
    assert found["time"].numerator == pytest.approx(16.0, abs=0.1)  # 6 min and 10 min
    assert found["time"].denominator == pytest.approx(51.0, abs=0.1)  # 60 min less the planned stop
    assert found["time"].completeness == pytest.approx(6 / 16, abs=0.01)
    note(stopped, "mechanical", 40, 55)
    assert figures(stopped)["time"].completeness == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("code", ["stops.count", "stops.time"])
def test_the_rows_behind_a_figure_add_up_to_it(stopped: Plant, code: str) -> None:
    note(stopped, "yarn_break", 10, 16)
    found = stopped.quality.figures.rows(code, WINDOW, None, 1, 100)
    parts = [row.numerator or 0.0 for row in found.items]
    assert sum(parts) == pytest.approx(figures(stopped)[code.removeprefix("stops.")].numerator)
    assert {"yarn_break", "unexplained"} == {row.what for row in found.items}
    assert found.items[0].utc > found.items[-1].utc


def test_a_price_makes_stops_money_by_reason() -> None:
    stops = Stops(count=3, minutes_by_reason={"yarn_break": 30.0, "": 15.0}, planned_h=8.0)
    inputs = Inputs(stops=stops, economics=ECONOMICS)
    money = {figure.code: figure for figure in stop_figures(TOTALS, inputs)}["stops.money"]
    assert money.numerator == pytest.approx(4500.0)  # 0.75 h x 6000
    found = cost_of_poor_quality(PRICES, ECONOMICS, [], [], inputs)
    assert [(row.cause, row.kind, row.money, row.source) for row in found.rows] == [
        ("stop", "yarn_break", pytest.approx(3000.0), KpiSource.ESTIMATED),
        ("stop", "unknown", pytest.approx(1500.0), KpiSource.ESTIMATED),
    ]
    free = cost_of_poor_quality(replace(PRICES, stop_hour=None), ECONOMICS, [], [], inputs)
    assert (free.rows, len(free.unpriced)) == ((), 2)  # named, never a zero


def test_a_reason_given_days_later_counts_though_past_days_are_held(stopped: Plant, clock: Any) -> None:
    log_end = BEGAN + timedelta(days=3)
    clock.pass_s(3 * 86_400)
    with stopped.ledger.database.write() as tx:
        tx.execute(update(LINES).values(utc=log_end))  # the line told something since: its past is held
    days = Window(from_utc=BEGAN - timedelta(hours=6), to_utc=log_end)

    def unexplained_min() -> float:
        with stopped.ledger.database.read() as tx:
            held = stopped.quality.figures.memo.held(tx)
            found = stop_rows.sums(tx, days, ["loom-1"], set(), lambda _, start, end: end - start, held)
        return found.minutes[""]

    before = unexplained_min()
    assert unexplained_min() == before
    note(stopped, "yarn_break", 10, 16)
    assert unexplained_min() == pytest.approx(before - 6.0, abs=0.1)


def test_a_line_nobody_heard_of_has_no_stops(plant: Plant) -> None:
    assert all(kpi.value is None and kpi.missing for kpi in figures(plant).values())
