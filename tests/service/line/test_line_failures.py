"""What may fail at a line, and what follows: each row of the architecture's failure table on a whole line."""

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from datasets.synthesis.camera import RenderedCamera
from firmware_bridge.messages import McuState
from firmware_bridge.types import BridgeError
from service.event_terms import LineState, NotInspectedReason, ShotFate
from service.events import (
    EVENTS_CODEC,
    AlarmCleared,
    AlarmRaised,
    CommandAnswered,
    FrameJudged,
    LineStopped,
    RollEnded,
    RollStarted,
    ShotAnswered,
    ShotGivenUp,
    SpanInspected,
    SpanNotInspected,
    Stamp,
    StateChanged,
    Tenant,
)
from service.line.errors import LineError
from service.line.event_log import Draft, EventLog, read_events
from service.line.hardware import build_hardware
from service.line.inbox import CommandArrived
from service.line.line import Line
from service.line.replay import replay
from service.line_commands import COMMANDS_CODEC, CommandOutcome, LineCommand, LineCommandKind
from service.settings import PolicySettings, ReplayCameraSettings, UplinkSettings
from vision.cameras.base import CameraLostError
from vision.types import Frame, Inspection

Make = Callable[..., Any]


def finish(rig: Any) -> None:
    """Stop, and check that the account is whole and that every decision can be taken again."""
    rig.line.stop()
    assert rig.line.failure == ""
    report = replay(rig.line.event_log_path)
    assert report.agrees, report.text()


def reasons(rig: Any) -> set[NotInspectedReason]:
    return {span.reason for span in rig.of(SpanNotInspected)}


def states(rig: Any) -> list[LineState]:
    return [change.state for change in rig.of(StateChanged)]


def alarms(rig: Any) -> list[str]:
    return [alarm.code for alarm in rig.of(AlarmRaised)]


def command(kind: LineCommandKind, **arguments: str) -> LineCommand:
    now = datetime.now(UTC)
    return LineCommand(
        id=f"{kind}-{now.isoformat()}",
        line="loom-1",
        command=kind,
        arguments=arguments,
        issued_by="aigerim",
        issued_utc=now,
        expires_utc=now + timedelta(minutes=1),
    )


def tell(rig: Any, kind: LineCommandKind, **arguments: str) -> None:
    rig.line._ground.inbox.put(CommandArrived(command=command(kind, **arguments)))


class FlakyCamera(RenderedCamera):
    """A rendered camera that a test can take away, blind or narrow."""

    gone = False
    narrow = False
    silent = False

    def open(self) -> None:
        if self.gone:
            raise CameraLostError("camera loom-1-1: the cable was pulled; plug it in")
        super().open()

    def grab(self, timeout_s: float) -> Frame | None:
        if self.gone:
            raise CameraLostError("camera loom-1-1: the cable was pulled; plug it in")
        frame = super().grab(timeout_s)
        if frame is None or self.silent:
            return None
        return replace(frame, pixels=frame.pixels[:, :100]) if self.narrow else frame


@pytest.fixture
def flaky(make_rig: Make, fabric_settings: Make, scene: Make) -> Callable[..., tuple[Any, FlakyCamera]]:
    def make(**changes: object) -> tuple[Any, FlakyCamera]:
        cameras: list[FlakyCamera] = []

        def camera(wire: Any) -> FlakyCamera:
            cameras.append(FlakyCamera(scene("fabric"), wire, rows=128, camera_id="loom-1-1"))
            return cameras[0]

        return make_rig(fabric_settings(**changes), camera=camera), cameras[0]

    return make


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


def test_a_lost_camera_holds_the_line_after_a_while_and_it_comes_back_by_itself(flaky: Make) -> None:
    rig, camera = flaky()
    rig.line.start()
    rig.wait_web(300.0)
    camera.gone = True
    rig.wait_state(LineState.HELD)
    camera.gone = False
    rig.wait_state(LineState.RUNNING)
    rig.wait_web(rig.line.status().web_mm + 300.0)
    finish(rig)
    assert NotInspectedReason.CAMERA_GONE in reasons(rig)
    assert "camera" in alarms(rig)
    last = [span for span in rig.bodies() if isinstance(span, SpanInspected)][-1]
    assert last.from_mm > 1000.0  # 2 s at 800 mm/s passed unseen, then it went on


def test_a_camera_that_delivers_nothing_holds_the_line(flaky: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.line.loop.SILENT_S", 1.0)
    rig, camera = flaky()
    rig.line.start()
    rig.wait_web(200.0)
    camera.silent = True
    rig.wait_state(LineState.HELD)
    camera.silent = False
    rig.wait_state(LineState.RUNNING)
    finish(rig)
    assert NotInspectedReason.FRAME_LOST in reasons(rig)
    assert "silent" in alarms(rig)


def test_a_frame_that_cant_be_inspected_is_marked_and_degrades_the_line(flaky: Make) -> None:
    rig, camera = flaky()
    rig.line.start()
    rig.wait_web(200.0)
    camera.narrow = True
    rig.wait_state(LineState.DEGRADED)
    camera.narrow = False
    rig.wait_state(LineState.RUNNING)
    finish(rig)
    failed = [frame for frame in rig.of(FrameJudged) if frame.verdict == "failed"]
    assert failed
    assert {frame.rule for frame in failed} == {"failed_is_marked"}
    assert all(frame.shots and "px wide" in frame.reason for frame in failed)
    assert NotInspectedReason.INSPECT_FAILED in reasons(rig)


def test_where_the_policy_holds_a_failed_frame_holds_until_a_person_resumes(flaky: Make) -> None:
    rig, camera = flaky(policy=PolicySettings(on_failed="hold", mark_unsure=False))
    rig.line.start()
    rig.wait_web(200.0)
    camera.narrow = True
    rig.wait_state(LineState.HELD)
    camera.narrow = False
    time.sleep(0.3)
    assert rig.line.status().state is LineState.HELD
    tell(rig, LineCommandKind.RESUME)
    rig.wait_for(lambda: rig.line.status().state in (LineState.DEGRADED, LineState.RUNNING))
    finish(rig)
    assert "failed_holds" in {frame.rule for frame in rig.of(FrameJudged)}


class SlowInspector:
    """Takes its time."""

    def __init__(self, inner: Any, seconds: float) -> None:
        self._inner, self._seconds, self.card = inner, seconds, inner.card

    def inspect(self, frame: Frame) -> Inspection:
        time.sleep(self._seconds)
        inspection: Inspection = self._inner.inspect(frame)
        return inspection


def slow_down(rig: Any, seconds: float) -> None:
    judge = rig.line._parts.judge
    judge._inspector = SlowInspector(judge._inspector, seconds)


def test_an_inspector_slower_than_the_web_sheds_frames_and_books_them(
    make_rig: Make, fabric_settings: Make
) -> None:
    rig = make_rig(fabric_settings())
    slow_down(rig, 0.25)  # a frame comes every 0.06 s
    rig.line.start()
    rig.wait_for(lambda: rig.line.status().frames_shed > 2)
    finish(rig)
    assert NotInspectedReason.FRAME_SHED in reasons(rig)
    assert rig.line.status().frames_shed > 0


def test_a_decision_after_its_deadline_is_an_escape_and_is_counted(
    make_rig: Make, fabric_settings: Make
) -> None:
    settings = fabric_settings()
    rig = make_rig(replace(settings, sorter=replace(settings.sorter, distance_mm=100.0)))
    slow_down(rig, 0.2)  # 100 mm at 800 mm/s: the marker is 0.1 s behind the camera
    rig.line.start()
    rig.wait_for(lambda: rig.line._parts.counts.inspected >= 6)
    finish(rig)
    assert rig.line.status().deadline_misses > 0
    assert sum(span.deadline_misses for span in rig.of(SpanInspected)) == rig.line.status().deadline_misses
    assert ShotFate.TOO_LATE in {answer.fate for answer in rig.of(ShotAnswered)}


def test_a_full_disk_degrades_the_line_and_sorting_goes_on(make_rig: Make, fabric_settings: Make) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(200.0)
    database = rig.line._ground.event_log._db
    guard = rig.line._ground.event_log._guard
    with guard:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
    rig.wait_state(LineState.DEGRADED)
    inspected = rig.line._parts.counts.inspected
    rig.wait_for(lambda: rig.line._parts.counts.inspected > inspected + 3)
    with guard:
        database.execute("PRAGMA max_page_count = 1000000")
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
        self.completed = inner.completed  # the exchange may come between judging a frame and this

    def judge(self, frame: Frame, from_mm: float, to_mm: float) -> Any:
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


def write_pictures(folder: Path, scene: Any, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:03d}.png"), scene.render(number * 128, 128))


def replay_settings(folder: Path) -> ReplayCameraSettings:
    return ReplayCameraSettings(
        driver="replay", folder=folder, mm_per_px=0.4, columns=256, rows=128, loop=False, demo=True
    )


def test_a_recording_ends_the_line_by_itself_with_its_joints_and_damage_booked(
    fabric_settings: Make, scene: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    write_pictures(folder, scene("fabric"), 8)
    whole = (folder / "003.png").read_bytes()
    (folder / "003.png").write_bytes(whole[: len(whole) // 2])
    line = Line(fabric_settings(camera=replay_settings(folder)))
    line.start()
    assert line.wait(30.0)
    line.stop()
    report = replay(line.event_log_path)
    assert report.agrees, report.text()
    rig = _Read(line)
    assert rig.of(LineStopped)[0].cause == "recording ended"
    assert {NotInspectedReason.JOINT, NotInspectedReason.FRAME_DAMAGED} <= reasons(rig)
    damaged = [frame for frame in rig.of(FrameJudged) if frame.damaged]
    assert [frame.source for frame in damaged] == ["003.png"]
    assert [frame.rule for frame in damaged] == ["damaged_is_marked"]


class _Read:
    """The log of a line that was built without a rig."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def of(self, kind: type) -> list[Any]:
        return [event.body for event in read_events(self.line.event_log_path) if isinstance(event.body, kind)]


def test_a_camera_folder_that_vanishes_is_a_lost_camera(
    fabric_settings: Make, scene: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    write_pictures(folder, scene("fabric"), 60)
    line = Line(fabric_settings(camera=replay_settings(folder)))
    line.start()
    end_s = time.monotonic() + 20
    while line.status().web_mm < 150.0 and time.monotonic() < end_s:
        time.sleep(0.01)
    folder.rename(tmp_path / "elsewhere")
    while line.status().state is not LineState.HELD and time.monotonic() < end_s:
        time.sleep(0.01)
    line.stop()
    rig = _Read(line)
    assert NotInspectedReason.CAMERA_GONE in reasons(rig)
    assert any("is gone" in alarm.detail or "isn't there" in alarm.detail for alarm in rig.of(AlarmRaised))
    assert replay(line.event_log_path).agrees


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for what is there to be found."""
    monkeypatch.setattr("service.line.situation.START_GRACE_S", 1.0)


@pytest.mark.usefixtures("short_grace")
def test_a_serial_port_that_isnt_there_is_a_held_line_that_names_it(fabric_settings: Make) -> None:
    settings = fabric_settings()
    settings = replace(settings, sorter=replace(settings.sorter, port="/dev/no-such-port"))
    line = Line(settings, hardware=build_hardware(settings))
    line.start()
    end_s = time.monotonic() + 20
    while line.status().state is not LineState.HELD and time.monotonic() < end_s:
        time.sleep(0.01)
    line.stop()
    (alarm,) = _Read(line).of(AlarmRaised)
    assert alarm.code == "link"
    assert "/dev/no-such-port" in alarm.detail


@pytest.mark.usefixtures("short_grace")
def test_a_line_without_its_camera_is_held_names_it_and_can_be_stopped(
    fabric_settings: Make, tmp_path: Path
) -> None:
    line = Line(fabric_settings(camera=replay_settings(tmp_path / "nowhere")))
    line.start()
    end_s = time.monotonic() + 20
    while line.status().state is not LineState.HELD and time.monotonic() < end_s:
        time.sleep(0.01)
    line.stop()
    rig = _Read(line)
    (alarm,) = rig.of(AlarmRaised)
    assert alarm.code == "camera"
    assert "nowhere" in alarm.detail
    assert isinstance(rig.of(LineStopped)[0], LineStopped)


def test_an_article_without_a_recipe_says_how_to_make_one(fabric_settings: Make) -> None:
    with pytest.raises(LineError, match="maqta learn --good DIR --article 'denim'"):
        Line(fabric_settings(article="denim"))
    Line(fabric_settings()).stop()  # the failed start left no lock behind


def test_a_recipe_of_the_other_material_is_refused(fabric_settings: Make, fibre_registry: Path) -> None:
    with pytest.raises(LineError, match="is for fibre, this line inspects fabric"):
        Line(fabric_settings(registry_dir=fibre_registry, article="test-lint"))


def test_outputs_too_near_to_the_camera_are_refused(fabric_settings: Make) -> None:
    settings = fabric_settings()
    with pytest.raises(LineError, match=r"lower camera.rows or the speed"):
        Line(replace(settings, sorter=replace(settings.sorter, distance_mm=50.0)))


class CommandingPlant:
    """A plant that takes everything and hands out commands."""

    def __init__(self) -> None:
        self.commands: list[LineCommand] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/commands"):
            waiting, self.commands = self.commands, []
            return httpx.Response(200, content=COMMANDS_CODEC.dump_json(waiting))
        if request.url.path.endswith("/ingest/events"):
            events = EVENTS_CODEC.validate_json(gzip.decompress(request.content))
            answer = {"accepted": len(events), "duplicates": 0, "last_seq": events[-1].seq}
            return httpx.Response(200, text=json.dumps(answer))
        return httpx.Response(204)


def test_commands_from_the_plant_are_carried_out_and_answered(
    make_rig: Make, fabric_settings: Make, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    plant = CommandingPlant()
    rig = make_rig(
        fabric_settings(uplink=UplinkSettings(url="http://plant", token_file=token)),
        plant_transport=httpx.MockTransport(plant),
    )
    bundle_id = rig.line._parts.judge.card.bundle_id
    rig.line.start()
    rig.wait_web(200.0)
    plant.commands = [command(LineCommandKind.HOLD)]
    rig.wait_state(LineState.HELD)
    plant.commands = [
        command(LineCommandKind.RESUME),
        command(LineCommandKind.END_ROLL, name="batch-7"),
        command(LineCommandKind.ACTIVATE_BUNDLE, bundle_id=bundle_id),
        command(LineCommandKind.CHANGE_ARTICLE, article="denim"),
    ]
    rig.wait_for(lambda: rig.line._parts.counts.commands >= 5)
    rig.wait_for(lambda: rig.line.status().state is LineState.RUNNING)
    rig.wait_web(rig.line.status().web_mm + 200.0)
    finish(rig)
    answers = {answer.command: answer for answer in rig.of(CommandAnswered)}
    assert {name: answer.outcome for name, answer in answers.items()} == {
        "hold": CommandOutcome.DONE,
        "resume": CommandOutcome.DONE,
        "end_roll": CommandOutcome.DONE,
        "activate_bundle": CommandOutcome.DONE,
        "change_article": CommandOutcome.REFUSED,
    }
    assert "'denim'" in answers["change_article"].detail
    assert "batch-7" in [roll.name for roll in rig.of(RollStarted)]
    assert len(rig.of(RollEnded)) == len(rig.of(RollStarted))
    assert rig.line._ground.event_log.path.exists()


def test_a_picture_of_pure_black_is_a_failed_frame_not_a_clean_one(
    make_rig: Make, fabric_settings: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "black"
    folder.mkdir()
    for number in range(4):
        cv2.imwrite(str(folder / f"{number}.png"), np.zeros((128, 256), np.uint8))
    line = Line(fabric_settings(camera=replay_settings(folder)))
    line.start()
    assert line.wait(30.0)
    line.stop()
    verdicts = {frame.verdict for frame in _Read(line).of(FrameJudged)}
    assert verdicts == {"failed"}
