from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.event_terms import LineKind, LineState
from service.plant.plant import Plant


def test_a_line_that_never_delivered_is_listed_and_nothing_is_claimed(plant: Plant) -> None:
    line = plant.lines()[0]
    assert line.line == "loom-1"
    assert (line.state, line.coverage, line.speed_m_min, line.age_s, line.received_utc) == (None,) * 5
    assert [view.line for view in plant.lines()] == ["loom-1", "loom-2", "opener-1"]


def test_the_newest_events_make_the_live_state(plant: Plant, new_log: Callable[..., Any], clock: Any) -> None:
    log = new_log()
    log.demo = True
    plant.ingest(
        "loom-1",
        [
            log.started(),
            log.state("running"),
            log.roll_started(),
            log.span(0, 500, deadline_misses=1),  # at 4 s
            log.span(500, 1500),  # at 5 s
            log.missed(1500, 2000),  # at 6 s
            log.state("degraded", "frames are late"),
        ],
    )
    clock.pass_s(10)
    line = plant.lines()[0]
    assert (line.kind, line.state, line.cause) == (LineKind.FABRIC, LineState.DEGRADED, "frames are late")
    assert (line.article, line.bundle_id, line.roll_id, line.roll_name) == ("greige", "b0", "r1", "R1")
    assert line.speed_m_min == pytest.approx(45.0)  # 1.5 m in 2 s
    assert line.coverage == pytest.approx(0.75)
    assert (line.deadline_misses, line.demo) == (1, True)
    assert line.age_s == pytest.approx(3.0)  # 7 events, one a second, looked at after 10 s


def test_an_old_speed_is_not_shown(plant: Plant, new_log: Callable[..., Any], clock: Any) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.span(0, 500), log.span(500, 1000)])
    clock.pass_s(60)
    assert plant.lines()[0].speed_m_min is None


def test_a_stopped_line_has_no_speed(plant: Plant, new_log: Callable[..., Any]) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.span(0, 500), log.span(500, 1000)])
    assert plant.lines()[0].speed_m_min == pytest.approx(30.0)  # 0.5 m in 1 s
    plant.ingest("loom-1", [log.stopped()])
    assert plant.lines()[0].speed_m_min is None


def test_an_ended_roll_is_not_open(plant: Plant, new_log: Callable[..., Any]) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.roll_started(), log.roll_ended()])
    assert plant.lines()[0].roll_id is None


def test_a_stopped_line_is_stopped_and_a_started_one_starting(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.state("running"), log.stopped()])
    assert plant.lines()[0].state is LineState.STOPPED
    plant.ingest("loom-1", [log.started()])
    assert plant.lines()[0].state is LineState.STARTING


def test_an_alarm_is_active_from_its_first_raise_until_it_is_cleared(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.alarm("link"), log.alarm("disk"), log.alarm("link")])
    active = plant.lines()[0].alarms
    assert [(alarm.code, alarm.raised_utc.second) for alarm in active] == [("disk", 2), ("link", 1)]
    plant.ingest("loom-1", [log.alarm("link", raised=False)])
    assert [alarm.code for alarm in plant.lines()[0].alarms] == ["disk"]
    listed = [(alarm.code, alarm.active) for alarm in plant.alarms()]
    assert listed == [("disk", True), ("link", False)]
    assert plant.alarms("loom-2") == ()


def test_lines_that_run_at_once_show_each_its_own(plant: Plant, new_log: Callable[..., Any]) -> None:
    first, second, third = new_log("loom-1", "a"), new_log("loom-2", "b"), new_log("opener-1", "c")
    plant.ingest("loom-1", [first.alarm("link"), first.roll_started("r1"), first.span(0, 500)])
    plant.ingest("loom-2", [second.alarm("link"), second.alarm("link", raised=False)])
    plant.ingest(
        "loom-2", [second.roll_started("r2"), second.missed(0, 300, roll="r2"), second.alarm("disk")]
    )
    third.seq = 4  # four of its events never arrive
    plant.ingest("opener-1", [third.lot_started("l1")])
    found = plant.lines()
    assert [[alarm.code for alarm in view.alarms] for view in found] == [["link"], ["disk"], []]
    assert [(view.roll_id, view.lot_id) for view in found] == [("r1", None), ("r2", None), (None, "l1")]
    assert [view.coverage for view in found] == [1.0, 0.0, None]
    assert [view.missing_events for view in found] == [0, 0, 4]
    assert [[gap.to_seq for gap in view.gaps] for view in found] == [[], [], [4]]


def test_a_line_that_starts_anew_has_no_alarms_of_before(plant: Plant, new_log: Callable[..., Any]) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.alarm("link"), log.started()])
    assert plant.lines()[0].alarms == ()
    assert [alarm.active for alarm in plant.alarms()] == [False]


def test_a_change_is_seen_by_the_revision(plant: Plant, new_log: Callable[..., Any]) -> None:
    before = plant.revision
    plant.lines()
    assert plant.revision == before
    plant.ingest("loom-1", [new_log().started()])
    assert plant.revision > before


def test_a_line_whose_clock_runs_ahead_still_grows_old(
    plant: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    event = new_log().started()
    ahead = replace(event, stamp=replace(event.stamp, utc=clock() + timedelta(hours=3)))
    plant.ingest("loom-1", [ahead])
    assert plant.lines()[0].age_s == 0.0
    clock.pass_s(90)  # the line fell silent
    assert plant.lines()[0].age_s == 90.0
