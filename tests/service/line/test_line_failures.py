"""What may fail at a line, and what follows: link, controller and disk."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from line_rig import Make, alarms, finish, reasons, states, tell

from firmware_bridge.messages import McuState
from firmware_bridge.types import BridgeError
from service.event_terms import LineState, NotInspectedReason, ShotFate
from service.events import (
    AlarmCleared,
    AlarmRaised,
    LineStopped,
    ShotAnswered,
    ShotGivenUp,
    Stamp,
    Tenant,
)
from service.line.event_log import Draft, EventLog
from service.line.replay import replay
from service.line_commands import LineCommandKind


def test_a_link_that_is_unplugged_holds_the_line_and_is_taken_up_again(
    make_rig: Make, fabric_settings: Make
) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(300.0)
    rig.twin.unplug()
    rig.wait_state(LineState.HELD)
    rig.twin.plug_in()
    rig.wait_state(LineState.RUNNING)
    rig.wait_web(rig.line.status().web_mm + 400.0)
    finish(rig)
    assert states(rig)[1:4] == [LineState.RUNNING, LineState.HELD, LineState.RUNNING]
    assert NotInspectedReason.HELD in reasons(rig)
    assert "link" in alarms(rig)
    assert "link" in [alarm.code for alarm in rig.of(AlarmCleared)]
    # The belt went on while nobody looked: its own count says how far.
    length_mm = rig.of(LineStopped)[0].encoder_length_mm
    assert length_mm <= rig.twin.encoder_count() / 10.0


def test_shots_due_while_nothing_was_heard_of_the_controller_are_escapes(
    make_rig: Make, fabric_settings: Make
) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_for(lambda: any(answer.fate is ShotFate.SCHEDULED for answer in rig.of(ShotAnswered)))
    time.sleep(0.35)  # of the 0.7 s until that shot; that the controller is silent is noticed after 0.5 s
    rig.twin.go_silent()
    web_mm = rig.line.status().web_mm
    rig.wait_state(LineState.HELD)
    finish(rig)
    lost = {shot.command_id for shot in rig.of(ShotGivenUp)}
    due = {
        answer.command_id
        for answer in rig.of(ShotAnswered)
        if answer.fate is ShotFate.SCHEDULED and answer.from_mm + 600.0 > web_mm + 110.0  # two frames' room
    }
    assert due
    assert due <= lost


def test_a_controller_that_restarts_goes_on_where_the_web_was(make_rig: Make, fabric_settings: Make) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(500.0)
    rig.twin.reboot()
    rig.wait_state(LineState.HELD)
    rig.wait_state(LineState.RUNNING)
    rig.wait_web(900.0)
    finish(rig)
    (end,) = rig.of(LineStopped)
    assert end.encoder_length_mm >= 900.0


def test_after_an_emergency_stop_only_a_person_lets_the_line_run(
    make_rig: Make, fabric_settings: Make
) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_for(lambda: any(answer.fate is ShotFate.SCHEDULED for answer in rig.of(ShotAnswered)))
    rig.twin.emergency_stop()  # a shot is under way for 0.7 s: that one does not come to pass
    rig.wait_state(LineState.HELD)
    rig.twin.release_emergency_stop()
    time.sleep(0.5)
    assert rig.line.status().state is LineState.HELD
    tell(rig, LineCommandKind.RESUME)
    rig.wait_state(LineState.RUNNING)
    finish(rig)
    scheduled = {answer.command_id for answer in rig.of(ShotAnswered) if answer.fate is ShotFate.SCHEDULED}
    lost = {shot.command_id for shot in rig.of(ShotGivenUp)}
    assert lost
    assert lost <= scheduled
    assert {"estop", "shots_given_up"} <= set(alarms(rig))
    assert NotInspectedReason.HELD in reasons(rig)


@pytest.mark.usefixtures("short_grace")
def test_an_emergency_stop_outlives_a_process_that_fell(
    make_rig: Make, fabric_settings: Make, tenant: Tenant
) -> None:
    settings = fabric_settings()
    log = EventLog(settings.data_dir, tenant=tenant, demo=True)
    stamp = Stamp(utc=datetime(2026, 1, 1, tzinfo=UTC), mono_ns=0, encoder_mm=0.0)
    log.append([Draft(stamp=stamp, body=AlarmRaised(code="estop", detail="emergency stop"))])
    log.close()
    rig = make_rig(settings)
    rig.line.start()
    rig.wait_state(LineState.HELD)
    assert "estop" in rig.line.status().alarms
    assert rig.twin.state is not McuState.ARMED
    tell(rig, LineCommandKind.RESUME)
    rig.wait_state(LineState.RUNNING)
    finish(rig)


@pytest.mark.parametrize(
    ("broken", "mended"),
    [("max_page_count = 1", "max_page_count = 1000000"), ("query_only = on", "query_only = off")],
    ids=["full", "read-only"],  # SQLite raises a limit below the file's size to that size
)
def test_a_full_or_read_only_disk_degrades_the_line_and_sorting_goes_on(
    make_rig: Make, fabric_settings: Make, broken: str, mended: str
) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(200.0)
    database = rig.line._ground.event_log._db
    guard = rig.line._ground.event_log._guard
    with guard:
        database.execute(f"PRAGMA {broken}")
    rig.wait_state(LineState.DEGRADED)
    inspected = rig.line._parts.counts.inspected
    rig.wait_for(lambda: rig.line._parts.counts.inspected > inspected + 3)
    with guard:
        database.execute(f"PRAGMA {mended}")
    rig.wait_state(LineState.RUNNING)
    finish(rig)
    assert "event_log" in alarms(rig)
    assert rig.line._parts.recorder.counts.events_lost == 0


def test_a_line_that_cant_write_its_end_says_so(
    make_rig: Make, fabric_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.line.line.RECORD_S", 0.3)
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(100.0)
    event_log = rig.line._ground.event_log
    with event_log._guard:
        event_log._db.execute("PRAGMA query_only = on")
    rig.wait_state(LineState.DEGRADED)
    rig.line.stop()
    assert rig.line.failure == "its last events could not be written: free the disk or replace it"


def test_a_link_that_hangs_at_the_end_costs_no_event(
    make_rig: Make, fabric_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(100.0)
    link = rig.line._assembly.link
    ends = link.stop

    def hang() -> None:
        ends()
        raise BridgeError("thread sorter-link did not end: a callback hangs")

    monkeypatch.setattr(link, "stop", hang)
    rig.line.stop()
    assert rig.line.failure == "thread sorter-link did not end: a callback hangs"
    assert len(rig.of(LineStopped)) == 1


class BrokenJudge:
    """Raises where nothing may."""

    def __init__(self, inner: Any) -> None:
        self.card, self.flush, self.break_seam = inner.card, inner.flush, inner.break_seam
        self.inspector = inner.inspector
        self.completed = inner.completed  # the exchange may come between judging a frame and this

    def judge(self, *_: object) -> Any:
        raise RuntimeError("a bug")


def test_a_loop_that_cant_go_on_disarms_closes_its_book_and_says_why(
    make_rig: Make, fabric_settings: Make
) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(200.0)
    rig.line._parts.judge = BrokenJudge(rig.line._parts.judge)
    assert rig.line.wait(20.0)
    assert rig.line.failure == "RuntimeError: a bug"
    rig.line.stop()
    report = replay(rig.line.event_log_path)
    assert report.agrees, report.text()
    assert rig.of(LineStopped)[0].cause == "the line failed: RuntimeError: a bug"
    assert states(rig)[-1] is LineState.STOPPED
