import numpy as np
import pytest

from vision.cameras.lines import Block, LineAssembler
from vision.types import Frame, VisionError


def block(counts: list[float], *, damaged: str = "") -> Block:
    """Lines whose grey is their count."""
    pixels = np.repeat(np.array(counts, np.float64).astype(np.uint8)[:, None], 3, axis=1)
    return Block(pixels=pixels, counts=np.array(counts, np.float64), captured_ns=5, damaged=damaged)


def assembler(rows: int = 4, *, pitch: float = 2.0, overlap: int = 0) -> LineAssembler:
    return LineAssembler(rows=rows, counts_per_row=pitch, camera_id="c", overlap_rows=overlap)


def greys(frame: Frame) -> list[int]:
    return [int(row[0]) for row in frame.pixels]


def test_lines_at_the_pitch_become_frames_with_their_exact_end() -> None:
    made = assembler()
    frames = made.push(block([10, 12, 14, 16, 18]))
    frames += made.push(block([20, 22, 24, 26]))
    assert [greys(frame) for frame in frames] == [[10, 12, 14, 16], [18, 20, 22, 24]]
    # the first line is the middle of the first row, which begins 1 count before it
    assert [frame.end_count for frame in frames] == [9 + 8, 9 + 16]
    assert [frame.seq for frame in frames] == [0, 1]
    assert not frames[0].damaged
    assert not frames[0].pixels.flags.writeable


def test_a_slow_web_gives_more_lines_than_rows_and_the_nearest_is_taken() -> None:
    frames = assembler().push(block([10 + 0.5 * n for n in range(20)]))  # 4 lines a row
    assert [greys(frame) for frame in frames] == [[10, 12, 14, 16]]


def test_a_speed_that_changes_leaves_the_rows_evenly_spaced() -> None:
    counts = [10.0, 11.0, 12.5, 14.0, 16.5, 18.0, 20.0, 21.0, 22.5, 24.0]
    frames = assembler(rows=8).push(block(counts))
    assert greys(frames[0]) == [10, 12, 14, 16, 18, 20, 22, 24]  # rows at 10, 12, 14, ... 24


def test_a_web_that_stands_and_runs_back_is_seen_once() -> None:
    made = assembler()
    frames = made.push(block([10, 12, 14, 14, 14]))  # stands
    frames += made.push(block([12, 10, 8, 10, 12, 14]))  # back and forth again
    assert frames == []
    frames += made.push(block([16, 18]))
    assert [greys(frame) for frame in frames] == [[10, 12, 14, 16]]
    assert made.counts.standing == 2 + 6


def test_overlap_repeats_the_last_rows_on_top() -> None:
    frames = assembler(overlap=2).push(block([10.0 + 2 * n for n in range(8)]))
    assert [greys(frame) for frame in frames] == [[10, 12, 14, 16], [14, 16, 18, 20], [18, 20, 22, 24]]
    assert [frame.end_count for frame in frames] == [17, 21, 25]


def test_lost_lines_damage_their_frame_and_say_how_many() -> None:
    made = assembler(rows=8)
    (frame,) = made.push(block([10, 12, 20, 22, 24]))  # those at 14, 16 and 18 are gone
    assert frame.damaged.startswith("1 of 8 rows")  # 14 and 18 lie a row from a line that came
    assert greys(frame)[3] == 0
    assert made.counts.unseen_rows == 1


def test_damaged_lines_show_nothing_and_damage_only_their_frames() -> None:
    made = assembler()
    made.push(block([10, 12]))
    (frame,) = made.push(block([14, 16], damaged="packets lost"))
    assert (frame.damaged, greys(frame)) == ("2 of 4 rows were not seen: packets lost", [10, 12, 0, 0])
    (after,) = made.push(block([18, 20, 22, 24, 26]))
    assert after.damaged == ""


def test_web_that_was_skipped_is_in_no_frame() -> None:
    made = assembler()
    made.push(block([10, 12]))
    (frame,) = made.push(block([40, 42, 44, 46]))  # more than a frame further on
    assert (greys(frame), frame.end_count) == ([40, 42, 44, 46], 47)
    assert made.counts.broken_off_rows == 2


def test_a_counter_that_began_anew_is_followed() -> None:
    made = assembler()
    made.push(block([1000, 1002, 1004]))
    (frame,) = made.push(block([3, 5, 7, 9]))
    assert (greys(frame), frame.end_count) == ([3, 5, 7, 9], 10)


def test_odd_pitches_do_not_drift() -> None:
    made = assembler(rows=100, pitch=0.37)
    frames: list[Frame] = []
    for start in range(0, 4000, 50):
        frames += made.push(block([(start + n) * 0.37 for n in range(50)]))
    assert len(frames) == 40 - 1  # the last row's middle is the last line: it waits for the next one
    assert [frame.end_count for frame in frames] == [round(-0.185 + 37 * n) for n in range(1, 40)]
    assert not any(frame.damaged for frame in frames)


def test_an_overlap_as_high_as_the_frame_is_refused() -> None:
    with pytest.raises(VisionError, match="overlap must be below"):
        assembler(rows=4, overlap=4)
