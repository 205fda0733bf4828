"""What scales and sensors at lines say: booked, counted for figures, kept with their quality."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service.event_terms import MassFlow, MeasuredKind, ReadingQuality
from service.measured_events import MassWeighed, SensorRead
from service.plant.ledger.planned import planned_time
from service.plant.plant import Plant
from service.plant.shifts import Calendar
from service.plant.store.energy import energy_kwh
from service.plant.store.measured import newest
from service.plant.views.kpis import Window
from service.settings import DayOff, ShiftSettings

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
END = START + timedelta(hours=1)


def weighed(flow: str, kg: float, lot: str | None = "l1") -> MassWeighed:
    given = f"ST,GS,+{kg:9.2f}kg"
    return MassWeighed(scale_id="s1", flow=MassFlow(flow), mass_kg=kg, roll_id=None, lot_id=lot, given=given)


def read(value: float, quality: str = "good", unit: str = "kWh", kind: str = "energy") -> SensorRead:
    return SensorRead(
        sensor_id="meter",
        measured=MeasuredKind(kind),
        value=value,
        unit=unit,
        quality=ReadingQuality(quality),
        detail="",
    )


def test_a_scale_at_the_line_is_measured_and_the_belts_feed_stays_an_estimate(
    plant: Plant, new_log: Any
) -> None:
    log = new_log("opener-1")
    events = [log.started("fibre"), log.lot_started()]
    events += [log.span(0, 1000, roll=None, lot="l1", fed_kg=110.0)]
    events += [log.add(weighed("input", 100)), log.add(weighed("good", 95)), log.add(weighed("waste", 4.75))]
    plant.ingest("opener-1", events)
    (mass,) = plant.ledger.shift_balances(START)
    # 100 - 95 - 4.75 = 0.25 kg; the belt's 110 kg are not what counts
    assert (mass.input, mass.good, mass.unaccounted) == (100.0, 95.0, pytest.approx(0.25))
    lot = next(one for one in plant.ledger.lot_balances("l1") if one.place == "opener-1")
    assert (lot.input, lot.good, lot.waste) == (100.0, 95.0, 4.75)


def test_a_shift_states_each_place_from_its_own_flows(plant: Plant, new_log: Any) -> None:
    for place, fed, good in (("opener-1", 100.0, 96.0), ("loom-1", 50.0, 45.0)):
        log = new_log(place, f"log-{place}")
        lot = f"lot-{place}"
        events = [
            log.started("fibre"),
            log.lot_started(lot),
            log.span(0, 1000, roll=None, lot=lot, fed_kg=9.0),
        ]
        events += [log.add(weighed("input", fed, lot)), log.add(weighed("good", good, lot))]
        plant.ingest(place, events)
    log = new_log("loom-2", "belt")
    plant.ingest("loom-2", [log.started("fibre"), log.span(0, 1000, roll=None, lot="l9", fed_kg=7.0)])
    found = {one.place: (one.input, one.good) for one in plant.ledger.shift_balances(START)}
    assert found == {"opener-1": (100.0, 96.0), "loom-1": (50.0, 45.0), "loom-2": (7.0, 7.0)}


def test_figures_take_weighed_masses_for_loss(plant: Plant, new_log: Any) -> None:
    log = new_log("opener-1")
    events = [log.started("fibre"), log.lot_started(), log.span(0, 1000, roll=None, lot="l1", fed_kg=110.0)]
    events += [
        log.add(weighed("input", 100)),
        log.add(weighed("good", 90)),
        log.add(weighed("by_product", 4)),
    ]
    plant.ingest("opener-1", events)
    loss = next(kpi for kpi in plant.kpis(Window(from_utc=START, to_utc=END)) if kpi.slug == "loss_ratio")
    # (100 - 90 - 4) / 100
    assert loss.value == pytest.approx(6.0)


def test_energy_is_what_the_counter_grew_by_and_a_reset_counts_on_from_zero(
    plant: Plant, new_log: Any
) -> None:
    log = new_log()
    bodies = (read(1000), read(1012.5), read(9999, "bad"), read(3), read(10), read(0.002, unit="MWh"))
    plant.ingest("loom-1", [log.started(), *(log.add(body) for body in bodies)])
    with plant.ledger.database.read() as tx:
        # 12.5 + (reset) 3 + 7 + (reset) 2; the bad one does not count
        assert energy_kwh(tx, START, END, "loom-1") == (pytest.approx(24.5), 2)
        assert energy_kwh(tx, START, END, "loom-2") == (None, 0)
        kept = newest(tx, START, END, 0, 100, line="loom-1")[1][::-1]
    assert [one.quality.value for one in kept].count("bad") == 1
    assert len(kept) == 6


def test_a_reading_in_a_unit_that_cant_be_is_kept_as_bad_with_the_reason(plant: Plant, new_log: Any) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.add(read(20, unit="bar", kind="temperature"))])
    with plant.ledger.database.read() as tx:
        (one,) = newest(tx, START, END, 0, 100)[1]
    assert (one.value, one.unit, one.quality) == (20.0, "bar", ReadingQuality.BAD)
    assert "temperature in 'bar' is not known" in one.detail


def test_what_was_measured_survives_a_rebuild_once(plant: Plant, new_log: Any, pen: Any) -> None:
    log = new_log("opener-1")
    plant.ingest(
        "opener-1",
        [log.started("fibre"), log.lot_started(), log.add(weighed("input", 100)), log.add(read(1))],
    )
    pen.flow("good", 99, step="run", unit_id="l1")
    before = plant.ledger.shift_balances(START)
    plant.rebuild()
    assert plant.ledger.shift_balances(START) == before
    with plant.ledger.database.read() as tx:
        assert newest(tx, START, END, 0, 100)[0] == 1


def test_planned_time_leaves_out_days_off_breaks_and_planned_stops() -> None:
    shifts = [
        ShiftSettings(name="A", start="08:00", break_min=60),
        ShiftSettings(name="B", start="20:00"),
    ]
    calendar = Calendar.of("UTC", shifts)
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    off = [DayOff(day=date(2026, 3, 2), shift="B", why="Nauryz")]
    clean = (start + timedelta(hours=1), start + timedelta(hours=3))
    again = (start + timedelta(hours=2), start + timedelta(hours=4))  # 1 h of it is counted already
    # shift A: 12 h - 1 h - 3 h = 8 h; shift B is off; half of the next A: 6 h - 0.5 h
    total = planned_time(calendar, off, [clean, again], start, start + timedelta(hours=30))
    assert total == timedelta(hours=13, minutes=30)
