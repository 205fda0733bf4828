from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from service.plant.plant import Plant


def codes(plant: Plant) -> list[tuple[str, bool]]:
    return [(alarm.code, alarm.active) for alarm in plant.alarms()]


def test_a_clock_that_jumps_is_told_and_the_events_are_kept(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    log = new_log()
    events = [log.started(), log.roll_started(), log.span(0, 1000)]
    jumped = replace(events[2], stamp=replace(events[2].stamp, utc=events[2].stamp.utc - timedelta(hours=2)))
    assert plant.ingest("loom-1", [*events[:2], jumped]).accepted == 3
    assert codes(plant) == [("clock_jumped", True)]
    assert "jumped by -7200 s at event 3" in plant.alarms()[0].detail


def test_a_clock_ahead_is_told_until_it_is_right_again(
    plant: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    log = new_log()
    log.at_s = 3600.0
    plant.ingest("loom-1", [log.started()])
    assert codes(plant) == [("clock_ahead", True)]
    clock.pass_s(3700)
    plant.ingest("loom-1", [log.alarm("hot", raised=False)])
    assert ("clock_ahead", False) in codes(plant)


def test_a_roll_that_ends_twice_keeps_its_first_end_and_is_told(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    log = new_log()
    events = [log.started(), log.roll_started(), log.span(0, 100_000), log.roll_ended(end_mm=100_000)]
    again = log.roll_ended(end_mm=120_000)
    plant.ingest("loom-1", events)
    plant.ingest("loom-1", [again])
    assert plant.roll("r1").row.length_m == 100.0
    (alarm,) = plant.alarms()
    assert alarm.code == "ended_twice"
    assert "R1 ends at 100 m and at 120 m" in alarm.detail


def test_the_same_end_twice_is_no_contradiction(plant: Plant, new_log: Callable[..., Any]) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started(), log.roll_ended(), log.roll_ended()])
    assert plant.alarms() == ()
