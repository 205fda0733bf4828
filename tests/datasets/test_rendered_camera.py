from datetime import UTC, datetime

import numpy as np
import pytest

from datasets.synthesis.camera import RenderedCamera
from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.style import ClothStyle
from datasets.types import DatasetError
from vision.cameras.base import Camera, CameraLostError
from vision.cameras.wire import TriggerWire

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def wire():
    return TriggerWire()


@pytest.fixture
def camera(wire):
    scene = ClothScene(ClothStyle(), columns=128, mm_per_px=0.2, seed=6, panel_rows=128)
    camera = RenderedCamera(scene, wire, rows=48, camera_id="cam", utc_now=lambda: NOON)
    camera.open()
    return camera


def test_pulse_n_shows_frame_n_of_the_web(camera, wire):
    wire.pulse(3, 777)
    frame = camera.grab(0.0)
    assert (frame.seq, frame.captured_ns, frame.captured_utc, frame.camera_id) == (3, 777, NOON, "cam")
    assert np.array_equal(frame.pixels, camera.scene.render(3 * 48, 48))


def test_frames_join_without_a_seam(camera, wire):
    frames = []
    for seq in (0, 1):
        wire.pulse(seq, seq)
        frames.append(camera.grab(0.0))
    assert not any(frame.joint_top or frame.joint_bottom or frame.damaged for frame in frames)
    joined = np.concatenate([frame.pixels for frame in frames])
    assert np.array_equal(joined, camera.scene.render(0, 96))


def test_pixels_cannot_be_changed(camera, wire):
    wire.pulse(0, 0)
    with pytest.raises(ValueError, match="read-only"):
        camera.grab(0.0).pixels[0, 0] = 1


def test_without_a_pulse_there_is_no_frame(camera):
    assert camera.grab(0.0) is None


def test_a_camera_that_falls_behind_shows_a_gap(camera, wire):
    for seq in range(6):  # the wire holds four
        wire.pulse(seq, seq)
    seen = [camera.grab(0.0).seq for _ in range(4)]
    wire.pulse(6, 6)
    assert [*seen, camera.grab(0.0).seq] == [0, 1, 2, 3, 6]
    assert wire.lost == 2


def test_a_closed_camera_is_lost(camera):
    camera.close()
    camera.close()
    with pytest.raises(CameraLostError, match="cam: not open"):
        camera.grab(0.0)


def test_it_is_a_camera_with_the_measures_of_its_scene(camera):
    seen: Camera = camera
    assert (seen.rows, seen.columns, seen.channels, seen.mm_per_px) == (48, 128, 1, 0.2)


def test_a_frame_without_rows_is_refused(camera, wire):
    with pytest.raises(DatasetError, match="0 rows"):
        RenderedCamera(camera.scene, wire, rows=0, camera_id="cam")
