"""Whole lines over cameras that are several, free-running, or a clip of what another line saw."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from line_rig import Make, alarms, finish, reasons, tell

from service.camera_settings import (
    ChannelsCameraSettings,
    ClipCameraSettings,
    GenicamCameraSettings,
    RenderedCamera,
    ReplayCameraSettings,
    StitchedCameraSettings,
    StitchedPart,
    StrobedCameraSettings,
    VideoCameraSettings,
    is_demo_camera,
)
from service.event_terms import LineState, NotInspectedReason
from service.events import CommandAnswered, FrameJudged, SpanInspected
from service.line.cameras import Placing, Surroundings, build_camera
from service.line.hardware import surroundings
from service.line.position import WebPosition
from service.line_commands import LineCommandKind
from service.settings import FilmSettings
from vision.cameras.base import CameraLostError, CameraSetupError
from vision.cameras.clip_file import read_frames
from vision.cameras.wire import TriggerWire

AROUND = Surroundings(
    kind="fabric", camera_id="loom-1-1", counts_per_mm=10.0, speed_mm_s=800.0, count_at=lambda ns: 0.0
)


def replayed(folder: Path, columns: int, rows: int = 128) -> ReplayCameraSettings:
    return ReplayCameraSettings(
        driver="replay", folder=folder, mm_per_px=0.4, columns=columns, rows=rows, loop=True, demo=True
    )


def write(folder: Path, pictures: list[Any]) -> Path:
    folder.mkdir()
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{number:03d}.png"), picture)
    return folder


@pytest.fixture
def cloth(scene: Make) -> list[Any]:
    rendered = scene("fabric")
    return [rendered.render(number * 128, 128) for number in range(30)]


@pytest.fixture
def two_sided(cloth: list[Any], tmp_path: Path) -> StitchedCameraSettings:
    left = write(tmp_path / "left", [picture[:, :150] for picture in cloth])
    right = write(tmp_path / "right", [picture[:, 110:] for picture in cloth])
    return StitchedCameraSettings(
        driver="stitched",
        mm_per_px=0.4,
        columns=256,
        rows=128,
        parts=[
            StitchedPart(camera=replayed(left, 150), x0_mm=0.0),
            StitchedPart(camera=replayed(right, 146), x0_mm=44.0),
        ],
    )


def test_two_cameras_find_what_one_would_and_a_defect_on_the_joint_once(
    make_rig: Make, fabric_settings: Make, cloth: list[Any], two_sided: StitchedCameraSettings, tmp_path: Path
) -> None:
    one = write(tmp_path / "whole", cloth)
    found = []
    for camera in (replayed(one, 256), two_sided):
        settings = fabric_settings(camera=camera, data_dir=tmp_path / f"line-{camera.driver}")
        rig = make_rig(
            settings,
            camera=lambda wire, s=settings: (
                build_camera(s.camera, surroundings(s, WebPosition()), wire).camera
            ),
        )
        rig.line.start()
        rig.wait_for(lambda r=rig: r.line._parts.counts.inspected >= 30)
        finish(rig)
        judged = [frame for frame in rig.of(FrameJudged) if frame.frame_seq < 28 and not frame.damaged]
        found.append({(frame.frame_seq, len(frame.defects), frame.score) for frame in judged})
    whole, stitched = found
    assert len(whole & stitched) > 3
    assert whole == stitched


def test_a_film_is_laid_on_the_web_by_time_and_the_account_is_whole(
    make_rig: Make, fabric_settings: Make, cloth: list[Any], tmp_path: Path
) -> None:
    path = str(tmp_path / "web.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (256, 128))
    for picture in cloth + cloth:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    writer.release()
    settings = fabric_settings(
        camera=VideoCameraSettings(
            driver="video", source=path, mm_per_px=0.4, columns=256, rows=128, delay_ms=0.0, demo=True
        )
    )
    position = WebPosition()
    built: list[Any] = []

    def camera(wire: TriggerWire) -> Any:
        built.append(build_camera(settings.camera, surroundings(settings, position), wire))
        return built[0].camera

    rig = make_rig(settings, camera=camera, placing=Placing.BY_COUNT, position=position)
    rig.line.start()
    rig.wait_for(lambda: rig.line.status().inspected_mm > 500.0)
    finish(rig)
    inspected = sum(span.to_mm - span.from_mm for span in rig.of(SpanInspected))
    assert inspected > 500.0
    assert NotInspectedReason.NOT_PLACED not in reasons(rig)


def answer(rig: Any) -> CommandAnswered:
    rig.wait_for(lambda: bool(rig.of(CommandAnswered)))
    answered: CommandAnswered = rig.of(CommandAnswered)[-1]
    return answered


def test_the_last_seconds_are_kept_on_command_and_can_be_run_again(
    make_rig: Make, fabric_settings: Make, tmp_path: Path
) -> None:
    film = FilmSettings(ring_s=30.0, budget_mb=500.0, free_floor_mb=0.0)
    rig = make_rig(fabric_settings(film=film))
    rig.line.start()
    rig.wait_web(600.0)
    tell(rig, LineCommandKind.KEEP_FILM, seconds="30")
    done = answer(rig)
    assert (done.outcome, "frames of" in done.detail) == ("done", True)
    finish(rig)
    (clip,) = (rig.settings.data_dir / "film" / "clips").iterdir()
    kept = list(read_frames(clip))
    assert [frame.seq for frame in kept] == list(range(len(kept)))
    scene = [frame.pixels for frame in kept]
    settings = fabric_settings(
        data_dir=tmp_path / "again",
        camera=ClipCameraSettings(
            driver="clip", clip=clip, mm_per_px=0.4, columns=256, rows=128, loop=False, demo=True
        ),
    )
    again = make_rig(settings, camera=lambda wire: build_camera(settings.camera, AROUND, wire).camera)
    again.line.start()
    assert again.line.wait(30.0)
    finish(again)

    def verdicts(line: Any) -> dict[int, tuple[str, float | None]]:
        return {frame.frame_seq: (frame.verdict, frame.score) for frame in line.of(FrameJudged)}

    first, second = verdicts(rig), verdicts(again)
    both = first.keys() & second.keys()
    assert both
    assert {seq: first[seq] for seq in both} == {seq: second[seq] for seq in both}
    assert len(scene) > 8


@pytest.mark.parametrize(
    ("film", "seconds", "why"),
    [
        (None, "30", "nothing is filmed"),
        (FilmSettings(ring_s=30.0, budget_mb=50.0, free_floor_mb=0.0), "half", "seconds is 'half'"),
    ],
)
def test_a_film_that_cannot_be_kept_is_refused_with_the_reason(
    make_rig: Make, fabric_settings: Make, film: FilmSettings | None, seconds: str, why: str
) -> None:
    rig = make_rig(fabric_settings(film=film))
    rig.line.start()
    tell(rig, LineCommandKind.KEEP_FILM, seconds=seconds)
    refused = answer(rig)
    assert refused.outcome == "refused"
    assert why in refused.detail


def test_extra_light_and_strobed_lines_make_three_channels(cloth: list[Any], tmp_path: Path) -> None:
    visible = replayed(write(tmp_path / "visible", cloth), 256)
    extra = replayed(write(tmp_path / "uv", [255 - picture for picture in cloth]), 256)
    wire = TriggerWire()
    settings = ChannelsCameraSettings(
        driver="channels",
        mm_per_px=0.4,
        columns=256,
        rows=128,
        visible=visible,
        extra=extra,
        extra_x0_mm=0.0,
        extra_early_mm=0.0,
    )
    camera = build_camera(settings, AROUND, wire).camera
    camera.open()
    wire.pulse(0, time.monotonic_ns())
    frame = camera.grab(1.0)
    assert frame is not None
    assert np.array_equal(frame.pixels[..., 0], 255 - cloth[0])
    assert np.array_equal(frame.pixels[..., 2], cloth[0])
    camera.close()
    strobed = StrobedCameraSettings(
        driver="strobed", mm_per_px=0.4, columns=256, rows=64, camera=replayed(visible.folder, 256)
    )
    single = TriggerWire()
    parted = build_camera(strobed, AROUND, single).camera
    parted.open()
    single.pulse(0, 1)
    lines = parted.grab(1.0)
    assert lines is not None
    assert lines.pixels.shape == (64, 256, 3)
    with pytest.raises(CameraSetupError, match="its rows are 128, it needs 200"):
        build_camera(replace(strobed, rows=100), AROUND, TriggerWire())


def test_cameras_that_cannot_share_a_trigger_are_refused(two_sided: StitchedCameraSettings) -> None:
    free = GenicamCameraSettings(
        driver="aravis", address="", mm_per_px=0.4, columns=146, rows=128, trigger_source="off"
    )
    mixed = replace(two_sided, parts=[two_sided.parts[0], StitchedPart(camera=free, x0_mm=44.0)])
    with pytest.raises(CameraSetupError, match="need one trigger for all"):
        build_camera(mixed, AROUND, TriggerWire())


def test_what_is_rendered_in_part_is_a_demo(two_sided: StitchedCameraSettings) -> None:
    real = GenicamCameraSettings(
        driver="pylon", address="", mm_per_px=0.4, columns=146, rows=128, trigger_source="Line1"
    )
    drawn = RenderedCamera(
        driver="rendered", mm_per_px=0.4, columns=146, rows=128, seed=1, defect_rate_per_m2=1.0
    )
    parts: Callable[..., StitchedCameraSettings] = lambda *cameras: replace(  # noqa: E731
        two_sided, parts=[StitchedPart(camera=camera, x0_mm=0.0) for camera in cameras]
    )
    assert not is_demo_camera(real)
    assert is_demo_camera(parts(real, drawn))
    assert not is_demo_camera(parts(real, real))


class FragileFilm:
    """A film's camera that can be taken away."""

    def __init__(self, camera: Any) -> None:
        self._camera, self.gone = camera, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._camera, name)

    def grab(self, timeout_s: float) -> Any:
        if self.gone:
            raise CameraLostError("camera loom-1-1: unplugged")
        return self._camera.grab(timeout_s)

    def open(self) -> None:
        if self.gone:
            raise CameraLostError("camera loom-1-1: unplugged")
        self._camera.open()


def test_what_passes_a_free_running_camera_that_is_gone_is_booked_so(
    make_rig: Make, fabric_settings: Make, cloth: list[Any], tmp_path: Path
) -> None:
    path = str(tmp_path / "web.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (256, 128))
    for picture in cloth * 8:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    writer.release()
    settings = fabric_settings(
        camera=VideoCameraSettings(
            driver="video", source=path, mm_per_px=0.4, columns=256, rows=128, delay_ms=0.0, demo=True
        )
    )
    position = WebPosition()
    made: list[FragileFilm] = []

    def camera(wire: TriggerWire) -> Any:
        made.append(FragileFilm(build_camera(settings.camera, surroundings(settings, position), wire).camera))
        return made[0]

    rig = make_rig(settings, camera=camera, placing=Placing.BY_COUNT, position=position)
    rig.line.start()
    rig.wait_for(lambda: rig.line.status().inspected_mm > 200.0)
    made[0].gone = True
    rig.wait_for(lambda: "camera" in alarms(rig))  # the line may be held for the sorter's sake, too
    rig.wait_state(LineState.HELD)
    made[0].gone = False
    rig.wait_state(LineState.RUNNING)
    seen_mm = rig.line.status().inspected_mm
    rig.wait_for(lambda: rig.line.status().inspected_mm > seen_mm + 200.0)
    finish(rig)
    assert NotInspectedReason.CAMERA_GONE in reasons(rig)
