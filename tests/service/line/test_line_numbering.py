from datetime import UTC, datetime

import numpy as np
import pytest

from service.line.numbering import DOUBTS, NEVER, ByCable, ByCount, ByTime
from vision.types import Frame

MS = 1_000_000
DELAY_MS = 30
PERIOD_MS = 100


def frame(seq: int, at_ms: float) -> Frame:
    return Frame(
        camera_id="c",
        seq=seq,
        pixels=np.zeros((1, 1), np.uint8),
        captured_ns=round(at_ms * MS),
        captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def sounded() -> ByTime:
    """A camera whose frames came 30 ms after lonely triggers, one of them late; then one every 100 ms."""
    numbering = ByTime(counts_per_s=5000.0)
    for seq, late_ms in enumerate((200, 0, -1)):
        assert numbering.pitch_counts(100) == 2500  # half a second apart
        numbering.exposed(seq, (500 * seq) * MS)
        assert numbering.trigger_of(frame(5 + seq, 500 * seq + DELAY_MS + late_ms)) == seq
    assert numbering.delay_ms == DELAY_MS  # the middle of 230, 30 and 29
    assert numbering.pitch_counts(100) == 100
    numbering.restarted()
    for seq in range(10):
        numbering.exposed(seq, (2000 + PERIOD_MS * seq) * MS)
    return numbering


def shown(numbering: ByTime, seq: int, trigger: float) -> int | None:
    """A frame with the camera's number that was exposed at a trigger."""
    return numbering.trigger_of(frame(seq, 2000 + PERIOD_MS * trigger + DELAY_MS))


def test_two_frames_at_their_triggers_tie_the_counts_together(sounded: ByTime) -> None:
    assert shown(sounded, 8, 0) == NEVER  # said once: not believed yet
    assert [shown(sounded, 8 + seq, seq) for seq in (1, 2, 3)] == [1, 2, 3]
    assert sounded.predicted(12) == 4


def test_a_frame_whose_trigger_is_not_reported_yet_is_waited_for(sounded: ByTime) -> None:
    assert [shown(sounded, 8, 0), shown(sounded, 9, 1)] == [NEVER, 1]
    assert shown(sounded, 18, 10) is None
    sounded.exposed(10, 3000 * MS)
    assert shown(sounded, 18, 10) == 10


def test_a_lost_frame_leaves_its_trigger_without_one(sounded: ByTime) -> None:
    assert [shown(sounded, 8, 0), shown(sounded, 9, 1), shown(sounded, 11, 3)] == [NEVER, 1, 3]


def test_a_trigger_that_the_camera_left_out_does_not_shift_the_web(sounded: ByTime) -> None:
    assert [shown(sounded, 8, 0), shown(sounded, 9, 1)] == [NEVER, 1]
    # the camera was too slow for trigger 2: its next number comes with trigger 3
    assert shown(sounded, 10, 3) == NEVER
    assert [shown(sounded, 11, 4), shown(sounded, 12, 5), shown(sounded, 13, 6)] == [NEVER, 5, 6]


def test_one_late_time_stamp_costs_that_frame_and_moves_nothing(sounded: ByTime) -> None:
    assert [shown(sounded, 8, 0), shown(sounded, 9, 1), shown(sounded, 10, 3)] == [NEVER, 1, NEVER]
    assert [shown(sounded, 11, 3), shown(sounded, 12, 4)] == [NEVER, 4]


def test_a_camera_that_was_opened_again_is_tied_anew_with_the_delay_known(sounded: ByTime) -> None:
    assert [shown(sounded, 8, 0), shown(sounded, 9, 1)] == [NEVER, 1]
    sounded.camera_opened()
    assert sounded.pitch_counts(100) == 100
    assert [shown(sounded, 0, 5), shown(sounded, 1, 6)] == [NEVER, 6]


def test_between_two_triggers_nobody_guesses(sounded: ByTime) -> None:
    assert shown(sounded, 8, 1.5) == NEVER
    assert shown(sounded, 9, 2.4) == NEVER


def test_a_frame_without_any_trigger_is_waited_for_and_a_stale_one_is_not_placed() -> None:
    numbering = ByTime(counts_per_s=5000.0)
    assert numbering.trigger_of(frame(0, 10)) is None
    numbering.exposed(0, 1000 * MS)
    assert numbering.trigger_of(frame(1, 1600)) == NEVER  # more than half a second: no lonely trigger's frame


def test_a_simulated_camera_carries_the_number_and_a_counting_one_needs_no_triggers() -> None:
    assert ByCable().trigger_of(frame(4, 0)) == 4
    assert (ByCable().pitch_counts(9), ByCount().pitch_counts(9)) == (9, None)


def test_a_delay_that_no_frame_agrees_with_is_found_anew(sounded: ByTime) -> None:
    for seq in range(10, 40):
        sounded.exposed(seq, (2000 + PERIOD_MS * seq) * MS)
    for seq in range(DOUBTS):
        assert sounded.pitch_counts(100) == 100
        assert shown(sounded, 8 + seq, seq + 1.5) == NEVER  # half a period off
    assert sounded.pitch_counts(100) == 2500
    assert sounded.delay_ms is None
