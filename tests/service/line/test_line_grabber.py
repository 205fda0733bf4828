import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from service.line.grabber import FRAMES_HELD, Grabber
from service.line.inbox import CameraChanged, FrameShed, Message
from vision.cameras.base import CameraLostError
from vision.types import Frame


def frame(seq: int) -> Frame:
    pixels = np.zeros((4, 4), np.uint8)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Frame(camera_id="c", seq=seq, pixels=pixels, captured_ns=0, captured_utc=now)


class ScriptedCamera:
    """Does what the script says, step by step: a frame, nothing (None) or an error."""

    camera_id, rows, columns, channels, mm_per_px = "c", 4, 4, 1, 1.0

    def __init__(self, *steps: Frame | Exception | None) -> None:
        self.steps = list(steps)
        self.exhausted = False
        self.opened = self.closed = 0
        self.refuses = 0

    def open(self) -> None:
        if self.refuses:
            self.refuses -= 1
            raise CameraLostError("camera c: not there; plug it in")
        self.opened += 1

    def grab(self, timeout_s: float) -> Frame | None:
        if not self.steps:
            time.sleep(0.002)
            return None
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def start() -> Iterator[Callable[[ScriptedCamera], tuple[Grabber, list[Message]]]]:
    grabbers: list[Grabber] = []

    def make(camera: ScriptedCamera) -> tuple[Grabber, list[Message]]:
        told: list[Message] = []
        grabbers.append(Grabber(camera, tell=told.append))
        grabbers[-1].start()
        return grabbers[-1], told

    yield make
    for grabber in grabbers:
        grabber.stop()


Start = Callable[[ScriptedCamera], tuple[Grabber, list[Message]]]


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.002)


def test_frames_come_in_their_order(start: Start) -> None:
    grabber, told = start(ScriptedCamera(frame(0), None, frame(1)))
    first, second = grabber.next(5.0), grabber.next(5.0)
    assert first is not None
    assert second is not None
    assert (first.seq, second.seq) == (0, 1)
    assert told == [CameraChanged(here=True, why="camera c is here")]
    assert grabber.next(0.01) is None


def test_what_the_line_does_not_take_in_time_is_shed_and_named(start: Start) -> None:
    camera = ScriptedCamera(*(frame(seq) for seq in range(FRAMES_HELD + 2)))
    grabber, told = start(camera)
    until(lambda: not camera.steps and len(told) == 3)
    assert told[1:] == [FrameShed(seq=FRAMES_HELD), FrameShed(seq=FRAMES_HELD + 1)]
    assert (grabber.shed, grabber.depth) == (2, FRAMES_HELD)


@pytest.mark.parametrize("error", [CameraLostError("camera c: pulled"), RuntimeError("driver")])
def test_a_camera_that_is_lost_is_opened_again(start: Start, error: Exception) -> None:
    camera = ScriptedCamera(frame(0), error, frame(1))
    grabber, told = start(camera)
    until(lambda: camera.opened == 2)
    until(lambda: grabber.depth == 2)
    assert [message.here for message in told if isinstance(message, CameraChanged)] == [True, False, True]
    assert camera.closed == 1


def test_a_camera_that_is_not_there_at_the_start_is_told_once(start: Start) -> None:
    camera = ScriptedCamera(frame(0))
    camera.refuses = 2
    grabber, told = start(camera)
    assert grabber.next(10.0) is not None
    changes = [message.here for message in told if isinstance(message, CameraChanged)]
    assert changes == [False, True]


def test_the_end_of_a_recording_is_told_once_after_its_last_frame(start: Start) -> None:
    camera = ScriptedCamera(frame(0))
    camera.exhausted = True
    grabber, told = start(camera)
    until(lambda: len(told) == 2)
    assert grabber.depth == 1
    assert told[1] == CameraChanged(here=True, why="recording ended", ended=True)


def test_stopping_closes_the_camera(start: Start) -> None:
    camera = ScriptedCamera()
    grabber, _ = start(camera)
    until(lambda: camera.opened == 1)
    grabber.stop()
    assert camera.closed == 1
