from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.cameras.base import Camera, CameraLostError, CameraSetupError
from vision.cameras.channels import ExtraChannel, StrobedCamera
from vision.cameras.companion import Companion
from vision.cameras.joined import JoinedCamera
from vision.cameras.stitching import Beside, Stitcher
from vision.types import Frame

MS = 1_000_000
ROWS = 8
WEB: NDArray[np.uint8] = np.random.default_rng(3).integers(0, 255, (100, 60), np.uint8)


class WebCamera:
    """Looks at columns of a picture of a web, so many rows before the others."""

    def __init__(self, first: int, behind: int, *, early: int = 0, name: str = "cam") -> None:
        self.camera_id, self.rows, self.columns, self.channels, self.mm_per_px = (
            name,
            ROWS,
            behind - first,
            1,
            1.0,
        )
        self._first, self._early = first, early
        self.seq = 0
        self.missing: set[int] = set()
        self.damaged: set[int] = set()
        self.gone = False
        self.closed = 0

    def open(self) -> None:
        self.seq = 0

    def grab(self, timeout_s: float) -> Frame | None:
        if self.gone:
            raise CameraLostError(f"camera {self.camera_id}: unplugged")
        while self.seq in self.missing:
            self.seq += 1
        top = self.seq * ROWS + self._early
        frame = Frame(
            camera_id=self.camera_id,
            seq=self.seq,
            pixels=WEB[top : top + ROWS, self._first : self._first + self.columns],
            captured_ns=self.seq * 100 * MS,
            captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
            damaged="packets lost" if self.seq in self.damaged else "",
        )
        self.seq += 1
        return frame

    def close(self) -> None:
        self.closed += 1


def beside(x0_mm: float, columns: int, mm_per_px: float = 1.0) -> Beside:
    return Beside(x0_mm=x0_mm, columns=columns, mm_per_px=mm_per_px)


def stitched(left: WebCamera, right: WebCamera, *, early: int = 0) -> JoinedCamera:
    join = Stitcher(
        [beside(0, left.columns), beside(60 - right.columns, right.columns)],
        columns=60,
        mm_per_px=1.0,
        camera_id="line-1",
    )
    companion = Companion(right, early_rows=early, together_ns=20 * MS)
    return JoinedCamera(left, [companion], join, columns=60, channels=1, mm_per_px=1.0)


def grab(camera: Camera) -> Frame:
    frame = camera.grab(0.1)
    assert frame is not None
    return frame


def test_two_cameras_that_overlap_show_the_web_as_one() -> None:
    camera = stitched(WebCamera(0, 36), WebCamera(24, 60))
    as_camera: Camera = camera
    as_camera.open()
    for seq in range(3):
        frame = grab(camera)
        assert (frame.seq, frame.damaged) == (seq, "")
        assert np.array_equal(frame.pixels, WEB[seq * ROWS : (seq + 1) * ROWS])
    assert (camera.rows, camera.columns, camera.channels) == (ROWS, 60, 1)


def test_a_camera_that_sees_a_place_earlier_is_shifted_back_along_the_web() -> None:
    camera = stitched(WebCamera(0, 36), WebCamera(24, 60, early=3), early=3)
    camera.open()
    assert "lost the frame before" in grab(camera).damaged  # nobody saw the first rows on the right
    for seq in (1, 2, 3):
        frame = grab(camera)
        assert frame.damaged == ""
        assert np.array_equal(frame.pixels, WEB[seq * ROWS : (seq + 1) * ROWS])


@pytest.mark.parametrize("loss", ["missing", "damaged"])
def test_what_one_camera_did_not_see_damages_that_frame_alone(loss: str) -> None:
    right = WebCamera(24, 60, name="right")
    getattr(right, loss).add(1)
    camera = stitched(WebCamera(0, 36), right)
    camera.open()
    frames = [grab(camera) for _ in range(3)]
    assert [bool(frame.damaged) for frame in frames] == [False, True, False]
    assert "right" in frames[1].damaged
    assert not frames[1].pixels.any()
    assert np.array_equal(frames[2].pixels, WEB[2 * ROWS : 3 * ROWS])


def test_when_the_leader_misses_one_the_others_stay_in_step() -> None:
    left = WebCamera(0, 36)
    left.missing.add(1)
    camera = stitched(left, WebCamera(24, 60))
    camera.open()
    frames = [grab(camera) for _ in range(2)]
    assert [frame.seq for frame in frames] == [0, 2]
    assert np.array_equal(frames[1].pixels, WEB[2 * ROWS : 3 * ROWS])


def test_one_camera_gone_is_a_lost_camera_and_all_are_closed() -> None:
    left, right = WebCamera(0, 36), WebCamera(24, 60)
    camera = stitched(left, right)
    camera.open()
    right.gone = True
    with pytest.raises(CameraLostError, match="unplugged"):
        camera.grab(0.1)
    camera.close()
    assert (left.closed, right.closed) == (1, 1)


def test_cameras_of_other_scales_are_brought_to_one() -> None:
    ramp = np.tile(np.arange(40, dtype=np.uint8) * 2, (4, 1))  # grey = 4 x mm at 0.5 mm
    join = Stitcher([beside(0, 40, 0.5), beside(15, 20, 1.0)], columns=35, mm_per_px=1.0, camera_id="line-1")
    coarse = np.tile((15 + np.arange(20, dtype=np.uint8)) * 4, (4, 1))
    whole = join([ramp, coarse])
    assert whole.shape == (4, 35)
    # a pixel of the whole is 1 mm: its middle at j + 0.5 mm is column 2 j + 0.5 of the fine camera
    assert whole[0, :17].tolist() == [4 * j + 1 for j in range(17)]
    assert whole[0, 18:].tolist() == [4 * j for j in range(18, 35)]


def test_a_width_that_nobody_sees_is_refused() -> None:
    with pytest.raises(CameraSetupError, match="from 30 to 31 mm"):
        Stitcher([beside(0, 30), beside(31, 30)], columns=61, mm_per_px=1.0, camera_id="line-1")
    with pytest.raises(CameraSetupError, match="0 to 61 mm wide"):
        Stitcher([beside(0, 30), beside(30, 30)], columns=61, mm_per_px=1.0, camera_id="line-1")


def test_the_other_light_becomes_the_blue_channel_at_the_same_place() -> None:
    visible, extra = WebCamera(10, 50), WebCamera(0, 60, early=2, name="uv")
    join = ExtraChannel(columns=40, mm_per_px=1.0, extra_x0_mm=-10.0, extra_mm_per_px=1.0)
    companion = Companion(extra, early_rows=2, together_ns=20 * MS)
    camera = JoinedCamera(visible, [companion], join, columns=40, channels=3, mm_per_px=1.0)
    camera.open()
    grab(camera)
    frame = grab(camera)
    place = WEB[ROWS : 2 * ROWS, 10:50]
    assert frame.pixels.shape == (ROWS, 40, 3)
    assert all(np.array_equal(frame.pixels[..., channel], place) for channel in range(3))


def test_lines_under_two_lights_are_parted_and_laid_on_one_another() -> None:
    camera = StrobedCamera(WebCamera(0, 60))
    camera.open()
    frame = grab(camera)
    assert (camera.rows, camera.channels, frame.pixels.shape) == (4, 3, (4, 60, 3))
    assert np.array_equal(frame.pixels[..., 1], WEB[0:8:2])
    between = (WEB[1:6:2].astype(int) + WEB[3:8:2] + 1) // 2  # rows 2, 4 and 6 lie between odd lines
    assert np.array_equal(frame.pixels[1:, :, 0], between)


def test_a_companion_that_is_silent_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = WebCamera(24, 60)
    silent.grab = lambda timeout_s: None  # type: ignore[method-assign,assignment]
    now = iter(0.1 * n for n in range(100))
    clock: Callable[[], float] = lambda: next(now)  # noqa: E731
    companion = Companion(silent, early_rows=0, together_ns=20 * MS, clock_s=clock)
    pixels, why = companion.rows_of(grab(WebCamera(0, 36)))
    assert pixels is None
    assert "no frame of that moment" in why
