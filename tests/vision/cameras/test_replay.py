import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.cameras.base import Camera, CameraLostError
from vision.cameras.replay import ReplayCamera
from vision.cameras.wire import TriggerWire
from vision.types import Frame

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures of 64 rows, told apart by their grey."""
    folder = tmp_path / "recording"
    folder.mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((64, 96), 10 * number, np.uint8))
    return folder


@pytest.fixture
def wire() -> TriggerWire:
    return TriggerWire()


MakeCamera = Callable[..., ReplayCamera]


@pytest.fixture
def camera_of(wire: TriggerWire) -> MakeCamera:
    def make(pictures: Path | list[Path], *, loop: bool = False, rows: int = 64) -> ReplayCamera:
        return ReplayCamera(
            pictures,
            wire,
            mm_per_px=0.5,
            rows=rows,
            loop=loop,
            camera_id="cam",
            utc_now=lambda: NOW,
        )

    return make


def frames(camera: ReplayCamera, wire: TriggerWire, count: int) -> list[Frame | None]:
    grabbed = []
    for seq in range(count):
        wire.pulse(seq, seq * 1000)
        grabbed.append(camera.grab(0.0))
    return grabbed


def grey_of(frame: Frame | None) -> int:
    assert frame is not None
    pixels: NDArray[np.uint8] = frame.pixels
    return int(pixels[0, 0])


def test_pulse_n_delivers_picture_n(folder: Path, wire: TriggerWire, camera_of: MakeCamera) -> None:
    camera: Camera = camera_of(folder)
    camera.open()
    assert (camera.columns, camera.channels, camera.rows) == (96, 1, 64)
    wire.pulse(2, 77)  # 0 and 1 were lost on the way
    frame = camera.grab(0.0)
    assert frame is not None
    assert grey_of(frame) == 20
    assert (frame.seq, frame.captured_ns, frame.captured_utc, frame.source) == (2, 77, NOW, "2.png")
    assert (frame.joint_top, frame.joint_bottom, frame.damaged) == (True, True, "")
    assert not frame.pixels.flags.writeable


def test_without_a_pulse_there_is_no_frame(folder: Path, camera_of: MakeCamera) -> None:
    camera = camera_of(folder)
    camera.open()
    assert camera.grab(0.0) is None
    assert not camera.exhausted


def test_at_the_end_grabbing_gives_none(folder: Path, wire: TriggerWire, camera_of: MakeCamera) -> None:
    camera = camera_of(folder)
    camera.open()
    first, second, third, after = frames(camera, wire, 4)
    assert [grey_of(frame) for frame in (first, second, third)] == [0, 10, 20]
    assert after is None
    assert camera.exhausted


def test_a_loop_never_ends(folder: Path, wire: TriggerWire, camera_of: MakeCamera) -> None:
    camera = camera_of(folder, loop=True)
    camera.open()
    assert [grey_of(frame) for frame in frames(camera, wire, 5)] == [0, 10, 20, 0, 10]
    assert not camera.exhausted


def test_an_unreadable_picture_is_a_damaged_frame(
    folder: Path, wire: TriggerWire, camera_of: MakeCamera
) -> None:
    (folder / "1.png").write_bytes(b"not a picture")
    camera = camera_of(folder)
    camera.open()
    _, damaged, whole = frames(camera, wire, 3)
    assert damaged is not None
    assert "1.png" in damaged.damaged
    assert damaged.pixels.shape == (64, 96)
    assert grey_of(whole) == 20


def test_a_picture_of_other_measures_is_a_damaged_frame(
    folder: Path, wire: TriggerWire, camera_of: MakeCamera
) -> None:
    cv2.imwrite(str(folder / "1.png"), np.zeros((80, 96), np.uint8))
    cv2.imwrite(str(folder / "2.png"), np.zeros((64, 100), np.uint8))
    camera = camera_of(folder)
    camera.open()
    _, high, wide = frames(camera, wire, 3)
    assert high is not None
    assert wide is not None
    assert high.damaged == "picture has 80 rows, the line is set up for 64"
    assert wide.damaged == "picture has 100 columns, the line is set up for 96"


def test_a_colour_picture_among_grey_ones_becomes_grey(
    folder: Path, wire: TriggerWire, camera_of: MakeCamera
) -> None:
    cv2.imwrite(str(folder / "1.png"), np.full((64, 96, 3), 50, np.uint8))
    camera = camera_of(folder)
    camera.open()
    _, colour, _ = frames(camera, wire, 3)
    assert colour is not None
    assert colour.pixels.shape == (64, 96)
    assert colour.damaged == ""


def test_a_list_keeps_its_order(folder: Path, wire: TriggerWire, camera_of: MakeCamera) -> None:
    camera = camera_of([folder / "2.png", folder / "0.png"])
    camera.open()
    assert [grey_of(frame) for frame in frames(camera, wire, 2)] == [20, 0]


def test_a_folder_that_vanishes_is_a_lost_camera_and_may_come_back(
    folder: Path, wire: TriggerWire, camera_of: MakeCamera
) -> None:
    camera = camera_of(folder, loop=True)
    camera.open()
    away = folder.with_name("away")
    shutil.move(folder, away)
    wire.pulse(0, 0)
    with pytest.raises(CameraLostError, match="recording is gone"):
        camera.grab(0.0)
    with pytest.raises(CameraLostError, match="isn't there"):
        camera.open()
    shutil.move(away, folder)
    camera.open()
    assert grey_of(frames(camera, wire, 1)[0]) == 0


def test_one_missing_picture_in_a_folder_that_stays_is_a_damaged_frame(
    folder: Path, wire: TriggerWire, camera_of: MakeCamera
) -> None:
    camera = camera_of(folder)
    camera.open()
    (folder / "0.png").unlink()
    (frame,) = frames(camera, wire, 1)
    assert frame is not None
    assert "0.png" in frame.damaged


def test_a_folder_without_a_usable_picture_is_refused(tmp_path: Path, camera_of: MakeCamera) -> None:
    with pytest.raises(CameraLostError, match="no pictures"):
        camera_of(tmp_path).open()
    (tmp_path / "a.png").write_bytes(b"junk")
    with pytest.raises(CameraLostError, match="no readable picture"):
        camera_of(tmp_path).open()


def test_a_closed_camera_cannot_be_grabbed_from(folder: Path, camera_of: MakeCamera) -> None:
    camera = camera_of(folder)
    camera.open()
    camera.close()
    camera.close()
    with pytest.raises(CameraLostError, match="not open"):
        camera.grab(0.0)
