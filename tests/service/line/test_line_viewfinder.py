"""Frames for those who look: offered always, kept only while somebody looks, boxes where the defects are."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
import pytest

from service.events import SeenDefect
from service.line.duty import Duty
from service.line.judging import Judged
from service.line.viewfinder import PREVIEW_SIDE_PX, Viewfinder
from service.line.web_book import Owner
from service.sorting import FrameView
from vision.types import Frame, Verdict

OWNER = Owner(roll_id="roll-1", lot_id=None)


class Clock:
    now = 0

    def __call__(self) -> int:
        return self.now


class FakeInspection:
    verdict = Verdict.DEFECTIVE


def judged(make_frame: Any) -> Judged:
    """A frame of 2000 x 500 px at 0.4 mm over 1000 to 1200 mm of web, with one defect in its middle."""
    seen = SeenDefect(
        defect_kind="hole", score=0.9, x0_mm=200.0, y0_mm=1050.0, x1_mm=400.0, y1_mm=1100.0, area_mm2=1.0,
        length_mm=200.0,
    )  # fmt: skip
    view = FrameView(
        camera_id="cam", web_start_mm=1000.0, web_end_mm=1200.0, verdict=Verdict.DEFECTIVE, damaged=False,
        defects=(seen,),
    )  # fmt: skip
    inspection: Any = FakeInspection()
    return Judged(frame=make_frame, inspection=inspection, view=view)


@pytest.fixture
def frame() -> Any:
    pixels = np.full((500, 2000), 120, np.uint8)
    return Frame(
        camera_id="cam",
        seq=7,
        pixels=pixels,
        captured_ns=1,
        captured_utc=datetime(2026, 3, 2, tzinfo=UTC),
        source="drawn",
    )


def decoded(encoded: str) -> Any:
    return cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_UNCHANGED)


def test_nothing_is_kept_while_nobody_looks(frame: Any) -> None:
    clock = Clock()
    finder = Viewfinder(mm_per_px=0.4, now_ns=clock)
    finder.offer(judged(frame), OWNER)
    assert finder.take() is None
    finder.want()
    clock.now = 6_000_000_000  # nobody has looked for six seconds
    finder.offer(judged(frame), OWNER)
    assert finder.take() is None


def test_who_looks_sees_the_newest_frame_small_with_its_boxes_once(frame: Any) -> None:
    finder = Viewfinder(mm_per_px=0.4, now_ns=Clock())
    finder.want()
    finder.offer(judged(frame), OWNER)
    shown = finder.take()
    assert shown is not None
    assert (shown.frame_seq, shown.verdict, shown.width_mm) == (7, "defective", 800.0)
    assert decoded(shown.jpeg_base64).shape == (240, PREVIEW_SIDE_PX)
    assert decoded(shown.detail_base64).shape == (240, 480)
    (box,) = shown.boxes
    assert (box.x0, box.x1, box.y0, box.y1) == (0.25, 0.5, 0.25, 0.5)  # 200 of 800 mm, 50 of 200 mm
    assert finder.take() is None


def test_a_shown_frame_is_found_again_until_nobody_looks(frame: Any) -> None:
    clock = Clock()
    finder = Viewfinder(mm_per_px=0.4, now_ns=clock)
    finder.want()
    finder.offer(judged(frame), OWNER)
    assert finder.find(7, 1000.0) is None  # nobody saw it yet
    finder.take()
    found = finder.find(7, 1000.0)
    assert found is not None
    assert found.owner == OWNER
    assert found.judged.frame is frame
    assert finder.find(7, 1400.0) is None  # the same number of an earlier run of the camera
    clock.now = 6_000_000_000
    finder.offer(judged(frame), OWNER)
    assert finder.find(7, 1000.0) is None


def test_shown_frames_are_bounded_by_their_bytes(frame: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.line.viewfinder.SHOWN_BYTES", 2 * frame.pixels.nbytes)
    finder = Viewfinder(mm_per_px=0.4, now_ns=Clock())
    finder.want()
    for seq in (7, 8, 9):
        finder.offer(judged(replace(frame, seq=seq)), OWNER)
        finder.take()
    held = [seq for seq in (7, 8, 9) if finder.find(seq, 1000.0) is not None]
    assert held == [8, 9]


def test_a_valves_duty_is_its_share_of_the_last_minute() -> None:
    clock = Clock()
    duty = Duty(now_ns=clock)
    duty.add(1, 600.0)
    clock.now = 30_000_000_000
    duty.add(1, 1200.0)
    duty.add(0, 60.0)
    assert duty.shares(3) == (0.001, 0.03, 0.0)
    clock.now = 61_000_000_000  # the first shot is older than a minute
    assert duty.shares(3) == (0.001, 0.02, 0.0)
