from typing import Any

import pytest

from firmware_bridge.types import LinkState
from service.event_terms import LineState
from service.events import AlarmCleared, AlarmRaised, Body
from service.line.inbox import CameraChanged, LinkChanged, Recovered, Trouble
from service.line.situation import RECOVER_FRAMES, Situation
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import say

ARMED = LinkChanged(state=LinkState.ARMED, why="armed", armed_ns=0)
HERE = CameraChanged(here=True, why="here")
GONE = CameraChanged(here=False, why="the cable was pulled")
LINK_GONE = LinkChanged(state=LinkState.DISCONNECTED, why="the port is gone", armed_ns=0)


class Watch:
    """A situation on a clock that stands."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.bodies: list[Body] = []
        self.situation = Situation(now_ns=clock.now_ns, record=self.bodies.append)

    def state(self) -> LineState | None:
        change = self.situation.change()
        return change.state if change else None

    def alarms(self) -> list[tuple[str, str]]:
        kinds = {AlarmRaised: "raised", AlarmCleared: "cleared"}
        return [(kinds[type(b)], b.code) for b in self.bodies if isinstance(b, AlarmRaised | AlarmCleared)]


@pytest.fixture
def watch(clock: Any) -> Watch:
    return Watch(clock)


@pytest.fixture
def running(watch: Watch) -> Watch:
    watch.situation.link_changed(ARMED)
    watch.situation.camera_changed(HERE)
    assert watch.state() is LineState.RUNNING
    return watch


def test_a_line_runs_when_camera_and_sorter_are_there(watch: Watch) -> None:
    watch.situation.link_changed(ARMED)
    assert watch.state() is None  # still starting
    watch.situation.camera_changed(HERE)
    assert watch.state() is LineState.RUNNING
    assert watch.state() is None
    assert watch.bodies == []


def test_what_is_missing_after_the_start_holds_the_line_with_an_alarm(watch: Watch) -> None:
    watch.situation.camera_changed(HERE)
    watch.clock.pass_s(3.1)
    assert watch.state() is LineState.HELD
    assert watch.alarms() == [("raised", "link")]
    watch.situation.link_changed(ARMED)
    assert watch.state() is LineState.RUNNING
    assert watch.alarms() == [("raised", "link"), ("cleared", "link")]


def test_a_link_that_is_tried_again_and_again_is_one_state_and_one_alarm(running: Watch) -> None:
    running.situation.link_changed(LINK_GONE)
    assert running.state() is LineState.HELD
    running.situation.link_changed(
        LinkChanged(state=LinkState.DISCONNECTED, why="can't be opened", armed_ns=0)
    )
    assert running.state() is None
    running.situation.link_changed(LinkChanged(state=LinkState.CONNECTED, why="firmware 1", armed_ns=0))
    assert running.state() is None
    running.situation.link_changed(ARMED)
    assert running.state() is LineState.RUNNING
    assert running.alarms() == [("raised", "link"), ("cleared", "link")]


def test_a_camera_that_is_back_soon_does_not_hold_the_line(running: Watch) -> None:
    running.situation.camera_changed(GONE)
    running.clock.pass_s(1.9)
    assert running.state() is None
    assert running.situation.camera_gone == "the cable was pulled"
    running.situation.camera_changed(HERE)
    running.clock.pass_s(5.0)
    assert running.state() is None
    assert running.situation.camera_gone == ""


def test_a_camera_that_stays_away_holds_the_line_until_it_is_back(running: Watch) -> None:
    running.situation.camera_changed(GONE)
    running.clock.pass_s(2.1)
    assert running.state() is LineState.HELD
    running.situation.camera_changed(HERE)
    assert running.state() is LineState.RUNNING
    assert running.alarms() == [("raised", "camera"), ("cleared", "camera")]


def test_an_emergency_stop_waits_for_a_person(running: Watch) -> None:
    running.situation.link_changed(LinkChanged(state=LinkState.FAULT, why="emergency stop", armed_ns=0))
    assert running.situation.awaits_person
    running.situation.link_changed(ARMED)
    assert running.state() is LineState.HELD
    assert running.situation.resume() == ()
    assert running.state() is LineState.RUNNING


def test_resuming_says_what_still_holds_the_line(running: Watch) -> None:
    running.situation.hold("command", say(Said.HELD_BY, user="aigerim"), alarm=False)
    running.situation.link_changed(LINK_GONE)
    assert [cause.text for cause in running.situation.resume()] == ["the port is gone"]
    assert running.situation.held


def test_a_failed_frame_degrades_until_enough_good_ones_followed(running: Watch) -> None:
    running.situation.frame_failed("it raised")
    assert running.state() is LineState.DEGRADED
    for _ in range(RECOVER_FRAMES - 1):
        running.situation.frame_judged()
    assert running.state() is None
    running.situation.frame_judged()
    assert running.state() is LineState.RUNNING


def test_trouble_beside_the_line_is_an_alarm_and_no_state(running: Watch) -> None:
    running.situation.trouble(Trouble(code="token_refused", said=heard("wrong token")))
    assert running.state() is None
    running.situation.recovered(Recovered(code="token_refused"))
    assert running.alarms() == [("raised", "token_refused"), ("cleared", "token_refused")]
