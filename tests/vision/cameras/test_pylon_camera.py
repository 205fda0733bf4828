"""Against Basler's own camera emulator."""

import importlib.util
from collections.abc import Callable, Iterator

import pytest

from vision.cameras.base import Camera, CameraLostError, CameraSetupError
from vision.cameras.features import CameraControls, CameraRegion
from vision.cameras.pylon import PylonCamera, find_pylon_cameras
from vision.types import Frame

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pypylon") is None, reason="pypylon is not here (pip install 'maqta[basler]')"
)

ROWS, COLUMNS = 64, 256
Make = Callable[..., PylonCamera]


@pytest.fixture(autouse=True)
def emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYLON_CAMEMU", "1")


@pytest.fixture
def camera_of() -> Iterator[Make]:
    made: list[PylonCamera] = []

    def make(address: str = "", **controls: object) -> PylonCamera:
        wanted: dict[str, object] = {
            "region": CameraRegion(x=0, y=0, columns=COLUMNS, rows=ROWS),
            "frame_rate_hz": 100.0,
            "trigger_source": "off",
        }
        settings = CameraControls(**(wanted | controls))  # type: ignore[arg-type]
        made.append(PylonCamera(address, controls=settings, mm_per_px=0.2, camera_id="cam"))
        return made[-1]

    yield make
    for camera in made:
        camera.close()


def grabbed(camera: PylonCamera, count: int) -> list[Frame]:
    frames = [camera.grab(2.0) for _ in range(count)]
    assert all(frames)
    return [frame for frame in frames if frame is not None]


def test_the_emulated_camera_is_found_set_and_grabbed(camera_of: Make) -> None:
    found = find_pylon_cameras()
    assert "Emulation" in found[0].description
    camera = camera_of(found[0].address, exposure_us=2000.0)
    as_camera: Camera = camera
    as_camera.open()
    frames = grabbed(camera, 20)
    assert [frame.seq for frame in frames] == list(range(20))
    assert {(frame.pixels.shape, frame.damaged) for frame in frames} == {((ROWS, COLUMNS), "")}
    assert frames[0].pixels.any()
    assert not frames[0].pixels.flags.writeable
    assert [frame.captured_ns for frame in frames] == sorted(frame.captured_ns for frame in frames)


def test_failed_buffers_are_damaged_frames_that_show_nothing(camera_of: Make) -> None:
    camera = camera_of()
    camera.open()
    grabbed(camera, 3)
    camera._camera.ForceFailedBufferCount.Value = 3
    camera._camera.ForceFailedBuffer.Execute()
    frames = grabbed(camera, 25)
    damaged = [frame for frame in frames if frame.damaged]
    assert len(damaged) == camera.damaged == 3
    assert all("driver failed it" in frame.damaged and not frame.pixels.any() for frame in damaged)
    assert [frame.seq for frame in frames] == list(range(3, 28))


def test_a_software_trigger_exposes_a_frame(camera_of: Make) -> None:
    camera = camera_of(trigger_source="Software")
    camera.fire()
    camera.open()
    assert camera.grab(0.2) is None
    camera.fire()
    assert grabbed(camera, 1)[0].seq == 0


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"line_rate_hz": 5000.0}, "has no AcquisitionLineRate"),
        ({"region": CameraRegion(x=0, y=0, columns=10**6, rows=ROWS)}, "Width can't be 1e"),
        ({"trigger_source": "Line77"}, "TriggerSource can't be 'Line77'"),
    ],
)
def test_what_the_camera_will_not_do_stops_the_opening(
    camera_of: Make, controls: dict[str, object], message: str
) -> None:
    with pytest.raises(CameraSetupError, match=message):
        camera_of(**controls).open()


def test_a_camera_of_another_number_is_not_there(camera_of: Make) -> None:
    camera = camera_of("99999999")
    with pytest.raises(CameraLostError, match="99999999"):
        camera.open()
    with pytest.raises(CameraLostError, match="not open"):
        camera.grab(0.01)
