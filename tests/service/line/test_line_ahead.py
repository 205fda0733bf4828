import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from line_rig import finish

from service.events import SpanInspected
from service.line.ahead import WAITING_HELD, Ahead, Arrived
from vision.types import Frame

Make = Callable[..., Any]
PIXELS = np.zeros((4, 4), np.uint8)


def frame(seq: int) -> Frame:
    return Frame(camera_id="c", seq=seq, pixels=PIXELS, captured_ns=seq, captured_utc=datetime.now(UTC))


class Frames:
    """A grabber with frames in store."""

    def __init__(self, count: int) -> None:
        self._left = list(range(count))
        self.grabbed_ns = 0

    @property
    def left(self) -> int:
        return len(self._left)

    def next(self, timeout_s: float) -> Frame | None:
        if not self._left:
            time.sleep(min(timeout_s, 0.005))
            return None
        seq = self._left.pop(0)
        self.grabbed_ns = 1000 + seq
        return frame(seq)


class Odd:
    """Takes longer for each second frame, so that the later one of two ends first."""

    def __init__(self) -> None:
        self.at_work = 0
        self.most_at_work = 0
        self._lock = threading.Lock()

    def inspect(self, one: Frame) -> str:
        with self._lock:
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
        time.sleep(0.02 if one.seq % 2 == 0 else 0.001)
        with self._lock:
            self.at_work -= 1
        return f"inspection of {one.seq}"


@pytest.fixture
def make_ahead() -> Iterator[Callable[..., Ahead]]:
    made: list[Ahead] = []

    def make(frames: Frames, inspector: Any, at_once: int) -> Ahead:
        ahead = Ahead(frames, at_once=at_once, inspector=lambda: inspector, now_ns=lambda: 7)
        made.append(ahead)
        ahead.start()
        return ahead

    yield make
    for ahead in made:
        ahead.stop(5.0)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("inspector-")]


def take(ahead: Ahead, count: int) -> list[Arrived]:
    taken: list[Arrived] = []
    end_s = time.monotonic() + 10.0
    while len(taken) < count:
        assert time.monotonic() < end_s, f"only {len(taken)} of {count} frames came"
        if (arrived := ahead.next(0.05)) is not None:
            taken.append(arrived)
    return taken


def test_frames_inspected_at_once_come_in_their_own_order(make_ahead: Make) -> None:
    inspector = Odd()
    ahead = make_ahead(Frames(20), inspector, at_once=2)
    assert len(ahead.thread_ids) == 2
    taken = take(ahead, 20)
    assert [arrived.frame.seq for arrived in taken] == list(range(20))
    assert [arrived.inspection_by(inspector) for arrived in taken] == [
        f"inspection of {n}" for n in range(20)
    ]
    assert [arrived.grabbed_ns for arrived in taken] == [1000 + n for n in range(20)]
    assert inspector.most_at_work == 2


def test_one_at_a_time_is_left_to_the_lines_own_thread(make_ahead: Make) -> None:
    inspector = Odd()
    ahead = make_ahead(Frames(1), inspector, at_once=1)
    assert ahead.thread_ids == ()
    (arrived,) = take(ahead, 1)
    assert arrived.inspection is None
    assert (arrived.grabbed_ns, arrived.taken_ns) == (1000, 7)
    assert inspector.most_at_work == 0


def test_what_another_recipe_found_is_not_used(make_ahead: Make) -> None:
    ahead = make_ahead(Frames(1), Odd(), at_once=2)
    (arrived,) = take(ahead, 1)
    assert arrived.inspection is not None
    assert arrived.inspection_by(Odd()) is None


def test_while_the_line_is_held_frames_come_uninspected(make_ahead: Make) -> None:
    (arrived,) = take(make_ahead(Frames(1), None, at_once=2), 1)
    assert arrived.inspection is None


def test_a_line_that_takes_nothing_leaves_the_rest_to_the_grabber(make_ahead: Make) -> None:
    frames = Frames(50)
    make_ahead(frames, Odd(), at_once=2)
    time.sleep(0.5)
    assert frames.left == 50 - 2 - WAITING_HELD  # a real grabber sheds them, counted


def test_an_inspector_that_raises_leaves_the_frame_to_the_line(make_ahead: Make) -> None:
    class Broken:
        def inspect(self, one: Frame) -> str:
            raise RuntimeError("a bug")

    taken = take(make_ahead(Frames(3), Broken(), at_once=2), 3)
    assert [arrived.inspection for arrived in taken] == [None] * 3


def test_a_whole_line_with_two_at_once_keeps_its_account(make_rig: Make, fibre_settings: Make) -> None:
    settings = fibre_settings()
    settings = replace(settings, inference=replace(settings.inference, at_once=2))
    rig = make_rig(settings)
    rig.line.start()
    rig.wait_web(1500.0)
    finish(rig)
    assert sum(span.frames for span in rig.of(SpanInspected)) > 10
    report = rig.line.timing.whole()
    assert report.frames == rig.line._parts.counts.inspected
    assert report.stage("infer").p50_ms > 0
    assert report.shots == report.stage("send").frames
