import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from vision.inspector_pool import InspectorPool
from vision.types import Frame


def frame(seq: int) -> Frame:
    return Frame(
        camera_id="cam",
        seq=seq,
        pixels=np.zeros((4, 4), np.uint8),
        captured_ns=0,
        captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
    )


class HeldInspector:
    """Answers with the frame's number, once it is let go."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.go = threading.Event()
        self.pool_ids = (7,)

    def inspect(self, frame: Frame) -> Any:
        self.seen.append(frame.seq)
        assert self.go.wait(5.0)
        return frame.seq


@pytest.fixture
def held() -> Iterator[tuple[HeldInspector, HeldInspector]]:
    pair = HeldInspector(), HeldInspector()
    yield pair
    for inspector in pair:
        inspector.go.set()


def wait_seen(pair: tuple[HeldInspector, HeldInspector], count: int) -> None:
    end = threading.Event()
    for _ in range(500):
        if sum(len(inspector.seen) for inspector in pair) >= count:
            return
        end.wait(0.01)
    raise AssertionError(f"seen {[inspector.seen for inspector in pair]}, expected {count}")


def test_two_frames_are_inspected_at_once_and_answered_in_the_order_of_asking(
    held: tuple[HeldInspector, HeldInspector],
) -> None:
    pool = InspectorPool(held)  # type: ignore[arg-type]  # what the pool asks of them
    frames = [frame(seq) for seq in range(4)]
    for each in frames:
        pool.begin(each)
    wait_seen(held, 2)
    assert sorted(held[0].seen + held[1].seen) == [0, 1]
    for inspector in held:
        inspector.go.set()
    assert [pool.inspect(each) for each in frames] == [0, 1, 2, 3]
    assert sorted(held[0].seen + held[1].seen) == [
        0,
        1,
        2,
        3,
    ]  # the fourth was not begun, and none came twice


def test_a_frame_that_was_begun_and_never_asked_for_is_forgotten(
    held: tuple[HeldInspector, HeldInspector],
) -> None:
    for inspector in held:
        inspector.go.set()
    pool = InspectorPool(held)  # type: ignore[arg-type]
    skipped, wanted = frame(0), frame(1)
    pool.begin(skipped)
    pool.begin(wanted)
    assert pool.inspect(wanted) == 1
    assert not pool._begun


def test_a_frame_of_the_same_number_is_another_frame(held: tuple[HeldInspector, HeldInspector]) -> None:
    pool = InspectorPool(held)  # type: ignore[arg-type]
    pool.begin(frame(3))  # before the camera was restarted
    wait_seen(held, 1)
    for inspector in held:
        inspector.go.set()
    assert pool.inspect(frame(3)) == 3
    assert held[0].seen + held[1].seen == [3, 3]


def test_a_pool_names_all_threads_that_work_for_it(held: tuple[HeldInspector, HeldInspector]) -> None:
    ids = InspectorPool(held).pool_ids  # type: ignore[arg-type]
    assert ids[2:] == (7, 7)  # the runtime's
    assert len(set(ids[:2]) - {threading.get_native_id()}) == 2
