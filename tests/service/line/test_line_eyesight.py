"""Calibration and picture health as the line tells them: alarms, events, bookings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from line_rig import alarms, finish

from datasets.synthesis.camera import RenderedCamera
from datasets.synthesis.scene import Scene
from service.camera_events import CalibrationUsed, PictureMeasured
from service.event_terms import NotInspectedReason
from service.events import AlarmCleared, AlarmRaised, SpanInspected, SpanNotInspected
from service.line.calibrating import CalibrationFollower, calibration_of
from service.line.errors import LineError
from service.line.eyesight import CALM_FRAMES, Eyesight
from service.line.geometry import geometry_of
from service.line.inbox import CalibrationMade
from service.line.situation import Situation
from service.settings import CalibrationSettings, LineSettings
from vision.calibration import Calibration, Part, PartRecord
from vision.calibration_store import CalibrationStore
from vision.cameras.wire import TriggerWire
from vision.health import BLURRED_FRAMES, FLICKER_FRAMES, LEARN_FRAMES, SOIL_FRAMES
from vision.pixel_map import LineMap
from vision.types import Frame

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LEARNT = LEARN_FRAMES + FLICKER_FRAMES  # frames until everything is known that is usual


def calibration(
    *, scale: float = 0.4, along: float | None = None, hours: float = 12.0, solved: datetime = NOON
) -> Calibration:
    half = scale * 128
    return Calibration(
        camera_id="loom-1-1",
        mm_per_px=scale,
        pixel_map=LineMap(
            columns=256, across_mm=(half, half), skew_mm=(0.0,), mm_per_row=along if along else scale
        ),
        records=(
            PartRecord(
                part=Part.SCALE,
                solved_utc=solved,
                expires_utc=solved + timedelta(hours=hours),
                figures={"rms_px": 0.1},
            ),
        ),
    )


class Bench:
    """Eyes without a line around them."""

    def __init__(self, clock: Any, held: Calibration) -> None:
        self.recorded: list[Any] = []
        self.utc = NOON
        self.situation = Situation(now_ns=clock.now_ns, record=self.recorded.append)
        self.eyes = Eyesight(
            held,
            None,
            self.situation,
            patchy=False,
            utc=lambda: self.utc,
            now_ns=clock.now_ns,
            record=self.recorded.append,
        )

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.recorded if isinstance(event, kind)]


@pytest.fixture
def bench(clock: Any) -> Bench:
    return Bench(clock, calibration())


def seen(seq: int, level: int = 120) -> Frame:
    pixels = np.random.default_rng(seq).normal(level, 12, (128, 256)).clip(0, 255).astype(np.uint8)
    return Frame(camera_id="loom-1-1", seq=seq, pixels=pixels, captured_ns=seq, captured_utc=NOON)


def test_the_calibration_at_work_is_said_once(bench: Bench) -> None:
    bench.eyes.tick()
    bench.eyes.tick()
    (used,) = bench.of(CalibrationUsed)
    assert (used.camera_id, used.scale_mm_per_px, used.expired) == ("loom-1-1", pytest.approx(0.4), "")
    assert used.figures == {"scale.rms_px": 0.1}
    assert used.expires_utc == NOON + timedelta(hours=12)


def test_an_expired_calibration_is_said_and_alarmed(bench: Bench) -> None:
    bench.eyes.tick()
    bench.utc = NOON + timedelta(hours=12)
    bench.eyes.tick()
    assert bench.eyes.calibration_expired
    assert [used.expired for used in bench.of(CalibrationUsed)] == ["", "scale"]
    (alarm,) = bench.of(AlarmRaised)
    assert alarm.code == "calibration_expired"
    assert "scale ran out at 2026-11-24 00:00 UTC" in alarm.detail


def test_a_new_calibration_takes_the_alarm_back(bench: Bench) -> None:
    bench.utc = NOON + timedelta(hours=13)
    bench.eyes.tick()
    assert bench.eyes.recalibrated(calibration(solved=bench.utc))
    bench.eyes.tick()
    assert not bench.eyes.calibration_expired
    assert [cleared.code for cleared in bench.of(AlarmCleared)] == ["calibration_expired"]
    assert bench.of(CalibrationUsed)[-1].expired == ""


@pytest.mark.parametrize("other", [calibration(scale=0.402), calibration(along=0.402)])
def test_another_scale_waits_for_a_new_start(bench: Bench, other: Calibration) -> None:
    assert not bench.eyes.recalibrated(other)
    assert bench.eyes.calibration.mm_per_row == 0.4
    (alarm,) = bench.of(AlarmRaised)
    assert alarm.code == "calibration_not_taken"
    assert "restart the line" in alarm.detail


def test_a_black_picture_is_unfit_until_it_is_light_again(bench: Bench) -> None:
    assert bench.eyes.look(seen(0)).unfit == ""
    assert "the picture is black" in bench.eyes.look(seen(1, level=-20)).unfit
    for seq in range(2, CALM_FRAMES + 1):
        assert bench.eyes.look(seen(seq)).unfit == ""
    assert not bench.of(AlarmCleared)
    bench.eyes.look(seen(CALM_FRAMES + 1))
    assert [cleared.code for cleared in bench.of(AlarmCleared)] == ["picture_black"]
    # the first frame, the fault, its end
    assert [measured.faults for measured in bench.of(PictureMeasured)] == ["", "black", ""]


def stained(seq: int) -> Frame:
    frame = seen(seq)
    pixels = frame.pixels.astype(np.float32)
    pixels[40:90, 100:160] *= 0.6
    return replace(frame, pixels=pixels.astype(np.uint8))


@pytest.mark.parametrize(
    ("fault", "shown", "is_unfit"),
    [
        ("saturated", lambda seq: seen(seq, level=290), True),
        ("frozen", lambda seq: replace(seen(LEARNT - 1), seq=seq), True),
        ("flicker", lambda seq: seen(seq, level=120 if seq % 2 else 84), False),
        ("soiled", stained, False),
    ],
)
def test_each_fault_of_a_picture_is_alarmed_and_what_shows_nothing_is_booked_unfit(
    bench: Bench, fault: str, shown: Callable[[int], Frame], is_unfit: bool
) -> None:
    for seq in range(LEARNT):
        assert bench.eyes.look(seen(seq)).unfit == ""
    looked = [bench.eyes.look(shown(LEARNT + number)) for number in range(SOIL_FRAMES + FLICKER_FRAMES)]
    assert [alarm.code for alarm in bench.of(AlarmRaised)] == [f"picture_{fault}"]
    assert all(frame.unfit for frame in looked) is is_unfit
    assert any(frame.unfit for frame in looked) is is_unfit
    assert fault in bench.of(PictureMeasured)[-1].faults


def test_focus_figures_are_said_once_a_minute(bench: Bench, clock: Any) -> None:
    for seq in range(10):
        bench.eyes.look(seen(seq))
    assert len(bench.of(PictureMeasured)) == 1
    clock.pass_s(60)
    bench.eyes.look(seen(10))
    measured = bench.of(PictureMeasured)[-1]
    assert measured.frame_seq == 10
    assert measured.mean_grey == pytest.approx(120, abs=1)
    assert measured.noise_grey == pytest.approx(12, rel=0.1)


def test_a_damaged_frame_says_nothing_of_the_camera_s_health(bench: Bench) -> None:
    frame = replace(seen(0, level=-20), damaged="packets lost")
    assert bench.eyes.look(frame) is frame
    assert bench.eyes.health is None


def test_the_line_reads_the_calibration_that_its_settings_name(
    fabric_settings: Callable[..., LineSettings], tmp_path: Path
) -> None:
    folder = tmp_path / "calibrations"
    settings = fabric_settings(calibration=CalibrationSettings(folder=folder))
    with pytest.raises(LineError, match="line loom-1: camera loom-1-1: no calibration in"):
        calibration_of(settings)
    saved = CalibrationStore(folder).save(calibration(scale=0.41, along=0.42))
    held = calibration_of(settings)
    assert held.version == saved.version
    geometry = geometry_of(settings, held)
    assert geometry.width_mm == pytest.approx(256 * 0.41)
    assert geometry.pitch_counts == 538  # 128 rows x 0.42 mm x 10 counts/mm = 537.6
    CalibrationStore(folder).save(calibration(scale=0.5, solved=NOON + timedelta(minutes=1)))
    with pytest.raises(LineError, match=r"says 0.5 mm per pixel, camera.mm_per_px is 0.4; .* by 10%"):
        calibration_of(settings)


def test_without_the_table_a_pixel_is_as_large_as_the_settings_say(
    fabric_settings: Callable[..., LineSettings],
) -> None:
    bare = calibration_of(fabric_settings())
    assert (bare.camera_id, bare.mm_per_px, bare.mm_per_row, bare.version) == ("loom-1-1", 0.4, 0.4, "")


def test_a_newer_version_is_found_while_the_line_runs(
    fabric_settings: Callable[..., LineSettings], tmp_path: Path, clock: Any
) -> None:
    store = CalibrationStore(tmp_path / "calibrations")
    settings = fabric_settings(calibration=CalibrationSettings(folder=tmp_path / "calibrations"))
    first = store.save(calibration())
    told: list[Any] = []
    follower = CalibrationFollower(settings, first.version, now_ns=clock.now_ns, tell=told.append)
    follower.tick()
    second = store.save(calibration(solved=NOON + timedelta(hours=1)))
    follower.tick()  # too soon to look again
    assert told == []
    clock.pass_s(5)
    follower.tick()
    clock.pass_s(5)
    follower.tick()
    (made,) = told
    assert isinstance(made, CalibrationMade)
    assert made.calibration.version == second.version


def test_a_damaged_newer_version_leaves_the_old_one_at_work(
    fabric_settings: Callable[..., LineSettings], tmp_path: Path, clock: Any
) -> None:
    settings = fabric_settings(calibration=CalibrationSettings(folder=tmp_path))
    first = CalibrationStore(tmp_path).save(calibration())
    (tmp_path / "loom-1-1" / "active.json").write_text("{")
    told: list[Any] = []
    CalibrationFollower(settings, first.version, now_ns=clock.now_ns, tell=told.append).tick()
    assert told == []


def black(frame: Frame) -> Frame:
    dark = np.random.default_rng(frame.seq).integers(0, 3, frame.pixels.shape).astype(np.uint8)
    return replace(frame, pixels=dark)


def blurred(frame: Frame) -> Frame:
    soft = np.asarray(cv2.GaussianBlur(frame.pixels, (0, 0), 4.0), np.int16)
    grain = np.random.default_rng(frame.seq).integers(-1, 2, soft.shape)
    return replace(frame, pixels=np.clip(soft + grain, 0, 255).astype(np.uint8))


class Spoilt:
    """A rendered camera whose frames are spoilt between two numbers."""

    def __init__(self, camera: Any, spoil: Callable[[Frame], Frame], first: int, behind: int) -> None:
        self._camera, self._spoil, self._first, self._behind = camera, spoil, first, behind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._camera, name)

    def grab(self, timeout_s: float) -> Frame | None:
        frame: Frame | None = self._camera.grab(timeout_s)
        if frame is None or not self._first <= frame.seq < self._behind:
            return frame
        return self._spoil(frame)


def test_a_line_with_a_calibration_books_by_it_and_says_when_it_ran_out(
    fabric_settings: Callable[..., LineSettings], make_rig: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "calibrations"
    store = CalibrationStore(folder)
    store.save(calibration(along=0.41, solved=datetime.now(UTC) - timedelta(days=2)))  # ran out yesterday
    rig = make_rig(fabric_settings(calibration=CalibrationSettings(folder=folder)))
    rig.line.start()
    rig.wait_web(800)
    assert "calibration_expired" in rig.line.status().alarms
    fresh = store.save(calibration(along=0.41, solved=datetime.now(UTC)))
    rig.line.follow_calibration()
    rig.wait_for(lambda: rig.line.status().calibration == fresh.version)
    rig.wait_web(rig.line.status().web_mm + 600)
    status = rig.line.status()
    finish(rig)
    assert "calibration_expired" not in status.alarms
    assert status.picture is not None
    assert [used.expired for used in rig.of(CalibrationUsed)] == ["scale", ""]
    spans = rig.of(SpanInspected)
    assert {span.calibration_expired for span in spans} == {True, False}
    frame_mm = (spans[1].to_mm - spans[1].from_mm) / spans[1].frames
    assert frame_mm == pytest.approx(52.5, abs=0.1)  # 128 rows of 0.41 mm, not of 0.4


def test_a_covered_lens_is_booked_as_such_and_the_line_goes_on(
    fabric_settings: Callable[..., LineSettings], make_rig: Callable[..., Any], scene: Callable[..., Scene]
) -> None:
    def covered(wire: TriggerWire) -> Any:
        camera = RenderedCamera(scene("fabric"), wire, rows=128, camera_id="loom-1-1")
        return Spoilt(camera, black, 6, 9)

    rig = make_rig(fabric_settings(), camera=covered)
    rig.line.start()
    rig.wait_web(1500)
    finish(rig)
    assert "picture_black" in alarms(rig)
    assert "inspect_failed" not in alarms(rig)
    unfit = [s for s in rig.of(SpanNotInspected) if s.reason is NotInspectedReason.PICTURE_UNFIT]
    assert sum(span.to_mm - span.from_mm for span in unfit) == pytest.approx(3 * 51.2)
    assert "the picture is black" in unfit[0].detail


def test_a_lens_out_of_focus_is_booked_and_alarmed_against_the_recipe_s_own_cloth(
    fabric_settings: Callable[..., LineSettings], make_rig: Callable[..., Any], scene: Callable[..., Scene]
) -> None:
    def defocused(wire: TriggerWire) -> Any:
        camera = RenderedCamera(scene("fabric"), wire, rows=128, camera_id="loom-1-1")
        return Spoilt(camera, blurred, 4, 4 + BLURRED_FRAMES + 3)

    rig = make_rig(fabric_settings(), camera=defocused)
    rig.line.start()
    rig.wait_for(lambda: "picture_blurred" in rig.line.status().alarms)
    health = rig.line.status().picture
    rig.wait_for(lambda: rig.line.status().frames >= 4 + BLURRED_FRAMES + 5)
    finish(rig)
    assert health is not None
    unfit = [s for s in rig.of(SpanNotInspected) if s.reason is NotInspectedReason.PICTURE_UNFIT]
    assert sum(span.to_mm - span.from_mm for span in unfit) == pytest.approx(4 * 51.2)  # the 16th to the 19th
    assert "the picture is blurred" in unfit[0].detail
