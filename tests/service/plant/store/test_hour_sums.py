from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.plant.plant import Plant
from service.plant.store.hour_sums import SUMMED, edge_sums, hour_sums, parts_of
from service.plant.store.ledger_tables import HOURS
from service.plant.store.roll_hours import fill_hours
from service.plant.views.defects import MarkVerdict
from service.plant.views.kpis import Window

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def utc(hour: int, minute: int = 0) -> datetime:
    return START.replace(hour=hour, minute=minute)


def test_a_window_is_cut_into_whole_hours_and_edges() -> None:
    whole, edges = parts_of(Window(from_utc=utc(6, 30), to_utc=utc(9, 15)))
    assert whole is not None
    assert (whole.from_utc, whole.to_utc) == (utc(7), utc(9))
    assert [(edge.from_utc, edge.to_utc) for edge in edges] == [(utc(6, 30), utc(7)), (utc(9), utc(9, 15))]
    assert parts_of(Window(from_utc=utc(6, 10), to_utc=utc(6, 50)))[0] is None
    assert parts_of(Window(from_utc=utc(6), to_utc=utc(8)))[1] == []


def five_hours(log: Any) -> list[Any]:
    """A roll of 100 m every hour, a span and a defect every ten minutes, shots with every fate."""
    events = [log.started()]
    for hour in range(5):
        start = hour * 100_000.0
        log.at_s = hour * 3600.0
        events.append(log.roll_started(f"r{hour}", start))
        for part in range(6):
            log.at_s = hour * 3600.0 + part * 590
            events.append(log.span(start + part * 15_000, start + part * 15_000 + 14_000, roll=f"r{hour}"))
            events.append(
                log.missed(start + part * 15_000 + 14_000, start + (part + 1) * 15_000, roll=f"r{hour}")
            )
            events.append(
                log.defect(f"d{hour}-{part}", start + part * 15_000, roll=f"r{hour}", unsure=part == 0)
            )
            events.append(log.judged(f"c{hour}-{part}", lot=None, roll=f"r{hour}"))
            fate = "scheduled" if part % 2 else "too_late"
            events.append(log.answered(f"c{hour}-{part}", fate, lot=None, roll=f"r{hour}", ejected_kg=1.0))
        events.append(log.given_up(f"c{hour}-1", lot=None))
        events.append(log.roll_ended(f"r{hour}", start + 90_000))
    return events


def of_edges(plant: Plant, window: Window) -> dict[str, Any]:
    with plant.ledger.database.read() as tx:
        return edge_sums(tx, window, ["loom-1"])["loom-1"]


def of_hours(plant: Plant, window: Window) -> dict[str, Any]:
    with plant.ledger.database.read() as tx:
        return hour_sums(tx, window, ["loom-1"])["loom-1"]


def test_hourly_sums_are_what_the_rows_add_up_to(plant: Plant, new_log: Any) -> None:
    plant.ingest("loom-1", five_hours(new_log()))
    window = Window(from_utc=utc(6), to_utc=utc(12))
    rows, hours = of_edges(plant, window), of_hours(plant, window)
    assert {name: hours[name] for name in SUMMED} == pytest.approx(
        {name: rows.get(name, 0) for name in SUMMED}
    )
    assert (hours["spans"], hours["rolls_ended"], hours["found"], hours["unsure"]) == (30, 5, 30, 5)
    # of 6 shots an hour 3 were too late and one was given up: 4 escaped, 2 kg ejected
    assert (hours["ordered"], hours["escaped"], hours["ejected_kg"]) == (30, 20, pytest.approx(10.0))


def test_figures_of_a_window_with_edges_are_those_of_its_rows(plant: Plant, new_log: Any) -> None:
    plant.ingest("loom-1", five_hours(new_log()))
    window = Window(from_utc=utc(6, 25), to_utc=utc(10, 35))
    figures = {(kpi.slug, kpi.basis): kpi for kpi in plant.kpis(window)}
    rows = of_edges(plant, window)
    coverage = figures["coverage", "length"]
    assert coverage.numerator == pytest.approx(rows["inspected_mm"] / 1000)
    assert coverage.denominator == pytest.approx((rows["inspected_mm"] + rows["not_inspected_mm"]) / 1000)
    defects = figures["defect_rate", "area"]
    assert defects.numerator == rows["found"] - rows["unsure"]


def test_a_mark_changes_the_count_of_its_defect(plant: Plant, new_log: Any, png: Any) -> None:
    log = new_log()
    sha256 = "a" * 64
    events = [log.started(), log.roll_started(), log.span(0, 100_000)]
    events += [log.defect("sure", 100, picture=sha256), log.defect("doubt", 200, unsure=True, picture=sha256)]
    plant.ingest("loom-1", events)
    window = Window(from_utc=utc(6), to_utc=utc(7))

    def counted() -> Any:
        return next(
            kpi.numerator for kpi in plant.kpis(window) if (kpi.slug, kpi.basis) == ("defect_rate", "area")
        )

    assert counted() == 1
    plant.mark("doubt", MarkVerdict.RIGHT, None, "dana")
    assert counted() == 2
    plant.mark("sure", MarkVerdict.WRONG, None, "dana")
    assert counted() == 1
    plant.mark("sure", MarkVerdict.WRONG, "hole", "dana")  # a defect, but another one
    assert counted() == 2


def test_sums_of_an_older_database_are_made_when_it_is_opened(plant: Plant, new_log: Any, clock: Any) -> None:
    plant.ingest("loom-1", five_hours(new_log()))
    window = Window(from_utc=utc(6), to_utc=utc(12))
    before = of_hours(plant, window)
    with plant.ledger.database.write() as tx:
        tx.execute(HOURS.delete())
        assert fill_hours(tx)
        plant.ledger.grader.keep(tx, [f"r{hour}" for hour in range(5)], clock(), "hourly_sums")
        assert not fill_hours(tx)
    after = of_hours(plant, window)
    assert {name: after[name] for name in SUMMED} == pytest.approx({name: before[name] for name in SUMMED})
    assert START + timedelta(hours=5) > before["newest_utc"]
