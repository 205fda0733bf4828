"""Against a GigE Vision camera on loopback: libaravis's own, serving our pictures."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from gige_rig import COLUMNS, ROWS, TwinProcess, needs_aravis, write_pictures

from vision.cameras.aravis import AravisCamera, find_aravis_cameras
from vision.cameras.base import Camera, CameraLostError, CameraSetupError
from vision.cameras.features import CameraControls, CameraRegion
from vision.types import Frame

pytestmark = needs_aravis

REGION = CameraRegion(x=0, y=0, columns=COLUMNS, rows=ROWS)
Make = Callable[..., AravisCamera]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "pictures")


@pytest.fixture
def twin(folder: Path) -> Iterator[Callable[..., TwinProcess]]:
    made: list[TwinProcess] = []

    def start(*arguments: str) -> TwinProcess:
        made.append(TwinProcess(folder, *arguments))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        each.kill()


@pytest.fixture
def camera_of() -> Iterator[Make]:
    made: list[AravisCamera] = []

    def make(**controls: object) -> AravisCamera:
        wanted: dict[str, object] = {"region": REGION, "frame_rate_hz": 100.0, "trigger_source": "off"}
        made.append(
            AravisCamera(
                "127.0.0.1",
                controls=CameraControls(**(wanted | controls)),  # type: ignore[arg-type]
                mm_per_px=0.2,
                camera_id="cam",
            )
        )
        return made[-1]

    yield make
    for camera in made:
        camera.close()


def grabbed(camera: AravisCamera, count: int, timeout_s: float = 5.0) -> list[Frame]:
    frames: list[Frame] = []
    end_s = time.monotonic() + timeout_s
    while len(frames) < count and time.monotonic() < end_s:
        frame = camera.grab(0.2)
        if frame is not None:
            frames.append(frame)
    assert len(frames) == count
    return frames


def count_of(frame: Frame) -> int:
    """What the twin stamped into the first 8 pixels."""
    return int(frame.pixels[0, :8].copy().view("<u8")[0])


def test_our_pictures_arrive_whole_in_order_and_are_read_only(
    twin: Callable[..., TwinProcess], camera_of: Make, folder: Path
) -> None:
    twin()
    camera = camera_of()
    as_camera: Camera = camera
    as_camera.open()
    frames = grabbed(camera, 30)
    assert (camera.rows, camera.columns, camera.channels) == (ROWS, COLUMNS, 1)
    assert [frame.damaged for frame in frames] == [""] * 30
    assert [count_of(frame) - count_of(frames[0]) for frame in frames] == [frame.seq for frame in frames]
    sent = cv2.imread(str(folder / f"{count_of(frames[4]) % 3}.png"), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(frames[4].pixels[1:], sent[1:])
    assert not frames[4].pixels.flags.writeable
    times = [frame.captured_ns for frame in frames]
    assert times == sorted(times)
    assert abs(times[-1] - time.monotonic_ns()) < 5e9  # on the host's own clock


def test_what_the_settings_ask_is_what_the_camera_does(
    twin: Callable[..., TwinProcess], camera_of: Make
) -> None:
    twin()
    camera = camera_of(
        exposure_us=120.0, gain=3.0, line_rate_hz=4000.0, packet_bytes=1400, trigger_source="Software"
    )
    camera.open()
    camera.fire()
    assert grabbed(camera, 1)[0].pixels.shape == (ROWS, COLUMNS)


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"line_rate_hz": 5400.0}, "AcquisitionLineRate was set to 5400 and reads back 5000"),
        ({"pixel_format": "BGR8"}, "BGR8"),
        ({"trigger_source": "Line9"}, "Line9"),
        ({"exposure_us": 0.4}, "ExposureTimeAbs was set to 0.4 and reads back 0"),
    ],
)
def test_a_setting_that_the_camera_does_not_hold_stops_the_opening(
    twin: Callable[..., TwinProcess], camera_of: Make, controls: dict[str, object], message: str
) -> None:
    twin()
    with pytest.raises(CameraLostError, match=message):
        camera_of(**controls).open()


def test_a_pixel_format_that_cannot_be_judged_is_refused_at_once(camera_of: Make) -> None:
    with pytest.raises(CameraSetupError, match="'Mono16' can't be used"):
        camera_of(pixel_format="Mono16")


def test_a_region_is_set_and_what_has_another_size_would_be_damaged(
    twin: Callable[..., TwinProcess], camera_of: Make
) -> None:
    twin()
    camera = camera_of(region=CameraRegion(x=8, y=4, columns=128, rows=32))
    camera.open()
    frame = grabbed(camera, 1)[0]
    assert (frame.pixels.shape, frame.damaged) == ((32, 128), "")


def test_lost_packets_damage_a_frame_and_it_shows_nothing(
    twin: Callable[..., TwinProcess], camera_of: Make
) -> None:
    running = twin("--lost-per-1000", "60")
    camera = camera_of(packet_bytes=1400)  # 12 packets, leader and trailer: about half of the frames suffer
    camera.open()
    frames = grabbed(camera, 60, timeout_s=20.0)
    camera.close()
    damaged = [frame for frame in frames if frame.damaged]
    assert damaged
    assert all("lost a part" in frame.damaged and not frame.pixels.any() for frame in damaged)
    whole = [frame for frame in frames if not frame.damaged]
    assert whole
    # every frame up to the last one is here, damaged, or counted as lost
    last = max(whole, key=lambda frame: frame.seq)
    first = min(whole, key=lambda frame: frame.seq)
    assert count_of(last) - count_of(first) == last.seq - first.seq
    assert camera.counts.frames + camera.counts.lost == frames[-1].seq + 1
    assert running.end() >= frames[-1].seq + 1


def test_a_software_trigger_exposes_a_frame_and_without_one_there_is_none(
    twin: Callable[..., TwinProcess], camera_of: Make
) -> None:
    twin()
    camera = camera_of(trigger_source="Software")
    camera.fire()  # nobody listens yet
    camera.open()
    assert camera.grab(0.2) is None
    camera.fire()
    assert grabbed(camera, 1)[0].seq == 0


def resources() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))


def test_a_killed_camera_is_lost_and_after_its_restart_it_is_back_within_5_s(
    twin: Callable[..., TwinProcess], camera_of: Make
) -> None:
    running = twin()
    camera = camera_of()
    camera.open()
    grabbed(camera, 3)
    before = resources()
    for _ in range(3):
        running.kill()
        running.start()
        back_s = time.monotonic() + 5.0
        with pytest.raises(CameraLostError, match="no longer ours"):
            grabbed(camera, 1000)
        camera.open()
        assert grabbed(camera, 1)[0].seq == 0
        assert time.monotonic() < back_s
    for releasing in camera._releasing:
        releasing.join(15.0)
    end_s = time.monotonic() + 5.0  # the system takes a thread from its list a little later
    while resources() != before and time.monotonic() < end_s:
        time.sleep(0.05)
    assert resources() == before


def test_a_camera_that_is_not_there_is_a_lost_one_and_may_be_closed(camera_of: Make) -> None:
    camera = camera_of()
    with pytest.raises(CameraLostError, match="can't connect|Can't connect"):
        camera.open()
    camera.close()
    with pytest.raises(CameraLostError, match="not open"):
        camera.grab(0.01)


def test_a_camera_on_the_network_is_found_with_the_name_that_opens_it(
    twin: Callable[..., TwinProcess], camera_of: Make
) -> None:
    twin("--serial", "TWIN7")
    found = {camera.address: camera.description for camera in find_aravis_cameras()}
    assert "GigEVision" in found["Aravis-Fake-TWIN7"]


def test_a_second_twin_on_the_same_interface_is_refused(
    twin: Callable[..., TwinProcess], folder: Path
) -> None:
    twin()
    second = subprocess.run(
        [sys.executable, "-m", "vision.cameras.gige_twin", "--pictures", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert second.returncode == 2
    assert "a camera twin runs on 127.0.0.1 already" in second.stderr
