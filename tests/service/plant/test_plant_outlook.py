"""Advice and costs of a small mill, from its lots and rolls to what happened a week later."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service import events as ev
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.views.kpis import Window

PRICES = """
currency = "KZT"
[[versions]]
from = 2026-01-01
source = "test"
is_example = true
[[versions.articles]]
article = "lint"
basis = "mass"
material = 600
price_first = 900
[[versions.articles]]
article = "greige"
basis = "area"
material = 100
price_first = 300
price_second = 150
"""


@pytest.fixture
def mill(settings: Any, clock: Any, tmp_path: Path) -> Iterator[Plant]:
    file = tmp_path / "prices.toml"
    file.write_text(PRICES, encoding="utf-8")
    opened = Plant.open(replace(settings, economics=file), clock)
    yield opened
    opened.close()


class Opener:
    """Runs lots of 100 kg, one an hour."""

    def __init__(self, plant: Plant, log: Any, clock: Any) -> None:
        self.plant, self.log, self.clock, self.number = plant, log, clock, 0
        plant.ingest("opener-1", [log.started("fibre", "lint", 1000.0)])

    def lot(self, supplier: str, lost_kg: float) -> None:
        self.number += 1
        name, log = f"l{self.number}", self.log
        start = ev.LotStarted(
            lot_id=name, name=name, article="lint", supplier=supplier, start_mm=self.number * 1000.0
        )
        events = [
            log.add(start),
            log.span(self.number * 1000.0, self.number * 1000.0 + 900, roll=None, lot=name, fed_kg=100.0),
            log.judged(f"c{self.number}", lot=name),
            log.answered(f"c{self.number}", ejected_kg=lost_kg, good_fibre_kg=lost_kg / 2, lot=name),
            log.add(ev.LotEnded(lot_id=name, end_mm=self.number * 1000.0 + 900)),
        ]
        self.log.at_s += 3600 - 5
        self.clock.pass_s(3600)
        self.plant.ingest("opener-1", events)


@pytest.fixture
def opener(mill: Plant, new_log: Callable[..., Any], clock: Any) -> Opener:
    return Opener(mill, new_log("opener-1", "log-o"), clock)


def test_advice_is_given_taken_up_and_scored_by_what_happened(opener: Opener, clock: Any) -> None:
    for turn in range(10):
        opener.lot("farm", 2.0 + 0.1 * (turn % 3))
        opener.lot("field", 5.0 + 0.1 * (turn % 3))
    outlooks = opener.plant.quality.outlooks
    opener.plant.quality.round()
    (advice,) = outlooks.advice()
    assert (advice.kind, advice.subject, advice.article, advice.status) == (
        "supplier",
        "field",
        "lint",
        "proposed",
    )
    assert (advice.before_value, advice.expected_value) == (pytest.approx(0.0509), pytest.approx(0.0209))
    assert advice.currency == "KZT"
    taken = outlooks.decide(advice.id, accept=True, note="claim sent", user="boss")
    assert (taken.status, taken.decided_by) == ("accepted", "boss")
    with pytest.raises(PlantError) as caught:
        outlooks.decide(advice.id, accept=False, note="", user="boss")
    assert caught.value.problem == "already_decided"
    for _ in range(5):
        opener.lot("field", 3.59)
    clock.pass_s(timedelta(days=8).total_seconds())
    opener.plant.quality.round()
    scored = outlooks.advice()[0]
    # half of the way from 5.09 to 2.09: half of what was hoped for
    assert (scored.status, scored.after_value) == ("scored", pytest.approx(0.0359))
    assert scored.gained_per_week == pytest.approx(scored.expected_per_week / 2)


def test_advice_is_not_repeated_while_it_stands(opener: Opener, clock: Any) -> None:
    for turn in range(10):
        opener.lot("farm", 2.0 + 0.1 * (turn % 3))
        opener.lot("field", 5.0 + 0.1 * (turn % 3))
    opener.plant.quality.round()
    clock.pass_s(timedelta(hours=13).total_seconds())
    opener.plant.quality.round()
    assert len(opener.plant.quality.outlooks.advice()) == 1


def test_what_poor_quality_cost_is_told_by_cause(opener: Opener, clock: Any) -> None:
    opener.lot("farm", 2.0)
    now = clock()
    window = Window(from_utc=now - timedelta(hours=4), to_utc=now + timedelta(hours=1))
    found = opener.plant.quality.outlooks.cost_of_poor_quality(window, None)
    assert {row.cause: row.money for row in found.rows} == {
        "contaminant": pytest.approx(600.0),
        "good_fibre": pytest.approx(600.0),
    }


def test_money_without_prices_says_how_to_get_it(plant: Plant, clock: Any) -> None:
    now = clock()
    window = Window(from_utc=now - timedelta(hours=4), to_utc=now)
    with pytest.raises(PlantError, match=r"economics in PLANT\.toml"):
        plant.quality.outlooks.cost_of_poor_quality(window, None)
    plant.quality.round()
    assert plant.quality.outlooks.advice() == ()


def test_a_forecast_needs_history_and_says_so(opener: Opener) -> None:
    for _ in range(30):
        opener.lot("farm", 2.0)
    found = opener.plant.quality.outlooks.forecasts()
    assert {each.key.supplier for each in found} == {"", "farm"}
    assert all(each.next_shift is None for each in found)
    assert "40 are needed" in found[0].hidden_because
