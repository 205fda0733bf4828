"""What people, scales and meters entered becomes time, energy and mass of the figures."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service.event_terms import MassFlow, MeasuredKind, ReadingQuality
from service.measured_events import SensorRead
from service.plant.kpi.compare import Comparison
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import Disposed, FlowBooked, StopNoted
from service.plant.ledger.terms import DispositionAction, Origin, Step
from service.plant.plant import Plant
from service.plant.views.kpis import KpiSource, Window
from service.settings import DayOff, LedgerSettings, ShiftSettings


@pytest.fixture
def mill(settings: Any, clock: Any) -> Iterator[Plant]:
    """Shifts of 12 h with an hour's break and two people a line; Tuesday's B is off."""
    shifts = [
        ShiftSettings(name="A", start="08:00", break_min=60, people_per_line=2),
        ShiftSettings(name="B", start="20:00", break_min=60, people_per_line=1),
    ]
    free = LedgerSettings(days_off=[DayOff(day=date(2026, 3, 3), shift="B", why="cleaning")])
    opened = Plant.open(replace(settings, shifts=shifts, ledger=free), clock)
    yield opened
    opened.close()


def enter(plant: Plant, body: Any, moment: Any) -> None:
    plant.ledger.enter([Draft(body=body, at_utc=moment, entered_by="aigul", origin=Origin.TYPED)])


def figures(plant: Plant, window: Window) -> dict[str, Comparison]:
    return {each.definition.code: each for each in plant.quality.figures.comparisons(window, None)}


def booked(flow: MassFlow, value: float, place: str = "opener-1", unit: str = "kg", cause: str = "") -> Any:
    return FlowBooked(
        place=place, flow=flow, step=Step.LOT, unit_id="L1", value=value, unit=unit, cause=cause
    )


def test_planned_time_leaves_out_breaks_days_off_and_planned_stops(
    mill: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    opener, start = new_log("opener-1", "log-o"), clock()  # Monday 11:00 in Almaty, shift A
    mill.ingest(
        "opener-1",
        [opener.started("fibre", "lint", 1000.0), opener.span(0, 8000, roll=None, lot="l1", fed_kg=80.0)],
    )
    clock.pass_s(timedelta(hours=45).total_seconds())  # Wednesday 08:00
    for hour, reason in ((0, "maintenance"), (2, "mechanical")):  # the first is planned, the second is not
        begun = start + timedelta(hours=hour)
        stop = StopNoted(place="opener-1", from_utc=begun, to_utc=begun + timedelta(hours=1), reason=reason)
        enter(mill, stop, begun)
    found = figures(mill, Window(from_utc=start, to_utc=clock()))
    # Monday A from 11:00: 9 h x 11/12; Monday B 11 h; Tuesday A 11 h; Tuesday B off; less 1 h of maintenance
    planned = found["availability.mass"].now
    assert planned.value is None  # no state was told, so nobody knows how long it ran
    mill.ingest("opener-1", [opener.state("running"), opener.state("held")])
    availability = figures(mill, Window(from_utc=start, to_utc=clock()))["availability.mass"].now
    assert availability.denominator == pytest.approx(8.25 + 11 + 11 - 1)
    assert availability.source is KpiSource.MEASURED
    labour = found["labour_productivity.mass"].now
    assert labour.denominator == pytest.approx(2 * 8.25 + 11 + 2 * 11)
    assert labour.source is KpiSource.ESTIMATED  # planned people, not counted ones


def test_masses_by_scales_go_before_the_belts_estimate(
    mill: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    opener, start = new_log("opener-1", "log-o"), clock()
    mill.ingest(
        "opener-1",
        [opener.started("fibre", "lint", 1000.0), opener.span(0, 8000, roll=None, lot="l1", fed_kg=80.0)],
    )
    clock.pass_s(3600)
    window = Window(from_utc=start, to_utc=clock())
    assert figures(mill, window)["loss_ratio.mass"].now.source is KpiSource.ESTIMATED
    for flow, value in ((MassFlow.INPUT, 1000.0), (MassFlow.BY_PRODUCT, 30.0), (MassFlow.WASTE, 40.0)):
        enter(mill, booked(flow, value), start)
    assert figures(mill, window)["loss_ratio.mass"].now.source is KpiSource.ESTIMATED  # no good output yet
    enter(mill, booked(MassFlow.GOOD, 900.0), start)
    found = figures(mill, window)
    # 1000 = 900 good + 30 by-product + 40 waste + 30 unaccounted
    assert found["material_loss.mass"].now.value == pytest.approx(7.0)
    assert found["scrap_ratio.mass"].now.value == pytest.approx(4.0)
    loss, useful = (found[code].now.value for code in ("loss_ratio.mass", "integrated_goods_ratio.mass"))
    assert (loss, useful) == (pytest.approx(7.0), pytest.approx(93.0))
    assert found["loss_ratio.mass"].now.source is KpiSource.MEASURED


def test_the_time_to_release_is_from_the_rolls_end_to_a_persons_word(
    mill: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    loom, start = new_log(), clock()
    for number in range(3):
        name = f"r{number}"
        at_mm = number * 100_000.0
        mill.ingest(
            "loom-1",
            [
                *([loom.started()] if number == 0 else []),
                loom.roll_started(name, at_mm),
                loom.span(at_mm, at_mm + 100_000, roll=name),
                loom.roll_ended(name, at_mm + 100_000),
            ],
        )
    clock.pass_s(3600)
    for name, seconds in (("r0", 244.0), ("r1", 607.0)):  # ended 4 and 7 s after the start
        moment = start + timedelta(seconds=seconds)
        mill.ledger.enter(
            [
                Draft(
                    body=Disposed(roll_id=name, action=action),
                    at_utc=moment,
                    entered_by="aigul",
                    origin=Origin.TYPED,
                    why="looked at",
                )
                for action in (DispositionAction.HOLD, DispositionAction.RELEASE)
            ]
        )
    release = figures(mill, Window(from_utc=start, to_utc=clock()))["decision_speed.release"].now
    # 4 and 10 minutes: median 7; two of three rolls
    assert (release.value, release.denominator, release.completeness) == (
        pytest.approx(7.0),
        2,
        pytest.approx(2 / 3),
    )


def test_energy_scrap_and_rework_of_cloth(mill: Plant, new_log: Callable[..., Any], clock: Any) -> None:
    loom, start = new_log(), clock()

    def meter(value: float) -> Any:
        return loom.add(
            SensorRead(
                sensor_id="meter-1",
                measured=MeasuredKind.ENERGY,
                value=value,
                unit="kWh",
                quality=ReadingQuality.GOOD,
                detail="",
            )
        )

    mill.ingest(
        "loom-1",
        [
            loom.started(),
            meter(100.0),
            loom.roll_started(),
            loom.span(0, 100_000),
            meter(175.0),
            loom.roll_ended(),
        ],
    )
    enter(mill, booked(MassFlow.WASTE, 3.0, place="loom-1", unit="m2"), start)
    enter(mill, booked(MassFlow.INPUT, 6.0, place="loom-1", unit="m2", cause="rework"), start)
    clock.pass_s(3600)
    found = figures(mill, Window(from_utc=start, to_utc=clock()))
    assert found["energy_per_unit.area"].now.value == pytest.approx(75 / 150)
    assert found["scrap_ratio.area"].now.value == pytest.approx(2.0)  # 3 of 150 m2
    assert found["rework_ratio.area"].now.value == pytest.approx(4.0)
    assert found["energy_per_unit.mass"].now.value is None
