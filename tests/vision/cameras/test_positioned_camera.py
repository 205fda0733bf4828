from datetime import UTC, datetime

import numpy as np
import pytest

from vision.cameras.base import Camera, CameraLostError
from vision.cameras.positioned import PositionedCamera
from vision.types import Frame

MS = 1_000_000


class FreeCamera:
    """Delivers what it is given; a row is of one grey, counted on from picture to picture."""

    camera_id, rows, columns, channels, mm_per_px = "free", 4, 3, 1, 1.0

    def __init__(self) -> None:
        self.pictures: list[Frame] = []
        self.closed = False

    def picture(self, first_grey: int, at_ms: float, *, damaged: str = "") -> None:
        pixels = np.repeat(np.arange(first_grey, first_grey + 4, dtype=np.uint8)[:, None], 3, axis=1)
        self.pictures.append(
            Frame(
                camera_id="free",
                seq=len(self.pictures),
                pixels=pixels,
                captured_ns=round(at_ms * MS),
                captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
                damaged=damaged,
            )
        )

    def open(self) -> None:
        """Nothing to open."""

    def grab(self, timeout_s: float) -> Frame | None:
        return self.pictures.pop(0) if self.pictures else None

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def free() -> FreeCamera:
    return FreeCamera()


def positioned(free: FreeCamera, **changes: object) -> PositionedCamera:
    """At 10 counts a row and 1 count a ms, a row passes in 10 ms."""
    wanted: dict[str, object] = {"rows": 4, "counts_per_row": 10.0, "count_at": lambda ns: ns / MS}
    return PositionedCamera(free, **(wanted | changes))  # type: ignore[arg-type]


def grabbed(camera: PositionedCamera) -> list[Frame]:
    return [frame for frame in (camera.grab(0.0) for _ in range(8)) if frame is not None]


def greys(frame: Frame) -> list[int]:
    return frame.pixels[:, 0].tolist()


def test_pictures_that_overlap_are_laid_on_the_web_once(free: FreeCamera) -> None:
    camera = positioned(free)
    as_camera: Camera = camera
    as_camera.open()
    free.picture(0, 100)  # rows 0 to 3, its last one ends at count 100
    free.picture(2, 120)  # the web moved on by two rows
    free.picture(4, 140)
    free.picture(6, 160)
    first, second = grabbed(camera)
    assert (greys(first), first.end_count) == ([0, 1, 2, 3], 100)
    assert (greys(second), second.end_count) == ([4, 5, 6, 7], 140)
    camera.close()
    assert free.closed


def test_the_delay_of_a_stream_is_taken_off(free: FreeCamera) -> None:
    camera = positioned(free, delay_ms=50.0)
    free.picture(0, 150)
    free.picture(4, 190)
    assert grabbed(camera)[0].end_count == 100


def test_a_line_scan_camera_spreads_its_lines_over_the_time_it_took(free: FreeCamera) -> None:
    camera = positioned(free, line_rate_hz=200.0)  # a line in 5 ms: two lines a row
    for number in range(5):
        free.picture(4 * number, 100 + 20 * number)
    frames = grabbed(camera)
    assert [greys(frame) for frame in frames] == [[0, 2, 4, 6], [8, 10, 12, 14]]
    assert frames[1].end_count - frames[0].end_count == 40


def test_a_picture_without_a_known_place_is_left_out_and_counted(free: FreeCamera) -> None:
    camera = positioned(free, count_at=lambda ns: None)
    free.picture(0, 100)
    assert grabbed(camera) == []
    assert camera.unplaced == 1


def test_a_damaged_picture_damages_what_it_would_have_shown(free: FreeCamera) -> None:
    camera = positioned(free)
    free.picture(0, 100)
    free.picture(4, 140, damaged="packets lost")
    free.picture(8, 180)
    free.picture(12, 220)
    frames = grabbed(camera)
    assert [bool(frame.damaged) for frame in frames] == [False, True, False, False]


def test_a_free_running_camera_that_falls_silent_is_lost(free: FreeCamera) -> None:
    now = [0.0]
    camera = positioned(free, clock_s=lambda: now[0])
    camera.open()
    now[0] = 2.9
    assert camera.grab(0.0) is None
    now[0] = 3.1
    with pytest.raises(CameraLostError, match="no picture for 3 s"):
        camera.grab(0.0)
