"""What may fail at a line, and what follows: camera, frames and inspector."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from line_rig import Make, Read, alarms, finish, reasons, replay_settings, tell

from datasets.synthesis.camera import RenderedCamera
from service.event_terms import LineState, NotInspectedReason, ShotFate
from service.events import (
    AlarmRaised,
    FrameJudged,
    LineStopped,
    ShotAnswered,
    SpanInspected,
)
from service.line.line import Line
from service.line.replay import replay
from service.line_commands import LineCommandKind
from service.settings import PolicySettings
from vision.cameras.base import CameraLostError
from vision.types import Frame, Inspection


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
        self.pool_ids = inner.pool_ids

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


def write_pictures(folder: Path, scene: Any, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:03d}.png"), scene.render(number * 128, 128))


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
    rig = Read(line)
    assert rig.of(LineStopped)[0].cause == "recording ended"
    assert {NotInspectedReason.JOINT, NotInspectedReason.FRAME_DAMAGED} <= reasons(rig)
    damaged = [frame for frame in rig.of(FrameJudged) if frame.damaged]
    assert [frame.source for frame in damaged] == ["003.png"]
    assert [frame.rule for frame in damaged] == ["damaged_is_marked"]


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
    rig = Read(line)
    assert NotInspectedReason.CAMERA_GONE in reasons(rig)
    assert any("is gone" in alarm.detail or "isn't there" in alarm.detail for alarm in rig.of(AlarmRaised))
    assert replay(line.event_log_path).agrees


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
    verdicts = {frame.verdict for frame in Read(line).of(FrameJudged)}
    assert verdicts == {"failed"}
