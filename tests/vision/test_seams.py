import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.card import Thresholds
from vision.seams import FrameSeams, WebDefect
from vision.taxonomy import DefectKind
from vision.types import Defect, Inspection, MmBox, PxBox, StageTimes, Verdict

FRAME_MM = 100.0
DEFECTIVE = 6.0
THRESHOLDS = Thresholds(unsure=0.0, defective=DEFECTIVE)


def defect(
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    *,
    score: float = 8.0,
    kind: DefectKind = DefectKind.UNKNOWN,
    length_mm: float | None = None,
) -> Defect:
    return Defect(
        kind=kind,
        score=score,
        box_px=PxBox(x0=0, y0=0, x1=1, y1=1),
        box_mm=MmBox(x0=x0, y0=y0, x1=x1, y1=y1),
        area_mm2=(x1 - x0) * (y1 - y0),
        length_mm=length_mm or max(x1 - x0, y1 - y0),
    )


def inspection(seq: int, *defects: Defect, joint_mm: float = 0.0, failed: bool = False) -> Inspection:
    return Inspection(
        camera_id="cam",
        frame_seq=seq,
        captured_ns=0,
        verdict=Verdict.FAILED if failed else Verdict.DEFECTIVE if defects else Verdict.CLEAN,
        score=math.nan if failed else 8.0,
        defects=defects,
        reason="",
        bundle_id="b",
        inspected_mm=MmBox(x0=0.0, y0=joint_mm, x1=500.0, y1=FRAME_MM - joint_mm),
        times=StageTimes(),
    )


def run(*frames: tuple[Defect, ...], joint_mm: float = 0.0, overlap_mm: float = 0.0) -> list[WebDefect]:
    seams = FrameSeams(THRESHOLDS, overlap_mm=overlap_mm)
    closed: list[WebDefect] = []
    for seq, defects in enumerate(frames):
        closed += seams.push(inspection(seq, *defects, joint_mm=joint_mm), seq * (FRAME_MM - overlap_mm))
    return closed + list(seams.flush())


def test_a_defect_inside_one_frame_is_reported_with_that_frame() -> None:
    seams = FrameSeams(THRESHOLDS)
    (found,) = seams.push(inspection(3, defect(10, 20, 30, 40)), 300.0)
    assert found.box_mm == MmBox(x0=10, y0=320.0, x1=30, y1=340.0)
    assert (found.frames, found.first_frame_seq, found.unsure) == (1, 3, False)
    assert seams.flush() == ()


def test_a_defect_across_two_frames_is_one() -> None:
    (found,) = run(
        (defect(10, 90, 20, 100, score=7.0),),
        (defect(12, 0, 22, 30, score=9.0, kind=DefectKind.STAIN),),
    )
    assert found.box_mm == MmBox(x0=10, y0=90.0, x1=22, y1=130.0)
    assert (found.score, found.kind) == (9.0, DefectKind.STAIN)
    assert found.area_mm2 == pytest.approx(10 * 10 + 10 * 30)
    assert found.length_mm == pytest.approx(40.0)
    assert (found.frames, found.first_frame_seq, found.strongest_frame_seq) == (2, 0, 1)


def test_a_defect_across_three_frames_is_one() -> None:
    (found,) = run((defect(10, 50, 12, 100),), (defect(10, 0, 12, 100),), (defect(10, 0, 12, 60),))
    assert found.box_mm == MmBox(x0=10, y0=50.0, x1=12, y1=260.0)
    assert found.frames == 3
    assert found.length_mm == pytest.approx(210.0)


def test_it_is_reported_as_soon_as_the_next_frame_shows_its_end() -> None:
    seams = FrameSeams(THRESHOLDS)
    assert seams.push(inspection(0, defect(10, 90, 20, 100)), 0.0) == ()
    assert len(seams.push(inspection(1), 100.0)) == 1
    assert seams.flush() == ()


def test_parts_too_far_apart_across_the_web_stay_two() -> None:
    assert len(run((defect(10, 90, 20, 100),), (defect(23.1, 0, 30, 10),))) == 2
    assert len(run((defect(10, 90, 20, 100),), (defect(23.0, 0, 30, 10),))) == 1


def test_a_part_that_does_not_reach_the_seam_is_not_joined() -> None:
    assert len(run((defect(10, 80, 20, 97.9),), (defect(10, 0, 20, 10),))) == 2
    assert len(run((defect(10, 90, 20, 100),), (defect(10, 2.1, 20, 10),))) == 2
    assert len(run((defect(10, 80, 20, 98.0),), (defect(10, 2.0, 20, 10),))) == 1


def test_a_fork_is_one_defect_in_both_directions() -> None:
    branches = (defect(10, 0, 15, 100), defect(40, 0, 45, 100))
    stem_first = run((defect(10, 50, 45, 100),), branches)
    stem_last = run((defect(10, 50, 15, 100), defect(40, 50, 45, 100)), (defect(10, 0, 45, 40),))
    assert len(stem_first) == 1
    assert len(stem_last) == 1
    assert stem_first[0].area_mm2 == pytest.approx(35 * 50 + 2 * 5 * 100)


def test_two_small_defects_at_the_top_of_one_frame_stay_two() -> None:
    assert len(run((), (defect(10, 0, 11, 1), defect(13, 0, 14, 1)))) == 2


def test_a_slanted_line_keeps_its_slant() -> None:
    # Two halves at 45 degrees, each 50 mm high and wide, so 70.7 mm long; the whole is 141.4 mm.
    upper = defect(0, 50, 50, 100, length_mm=50 * 2**0.5)
    lower = defect(50, 0, 100, 50, length_mm=50 * 2**0.5)
    (found,) = run((upper,), (lower,))
    assert found.length_mm == pytest.approx(100 * 2**0.5)


def test_a_defect_in_the_band_is_unsure_until_a_part_is_sure() -> None:
    weak = defect(10, 90, 20, 100, score=5.9)
    (found,) = run((weak,), (defect(10, 0, 20, 10, score=5.0),))
    assert found.unsure
    (found,) = run((weak,), (defect(10, 0, 20, 10, score=6.0),))
    assert not found.unsure


def test_a_joint_breaks_the_seam_even_when_the_rows_left_out_are_few() -> None:
    assert len(run((defect(10, 90, 20, 99.2),), (defect(10, 0.8, 20, 10),), joint_mm=0.8)) == 2


def test_a_gap_a_failed_frame_and_break_seam_end_a_defect() -> None:
    end, start = defect(10, 90, 20, 100), defect(10, 0, 20, 10)
    for breaks in ("gap", "failed", "told"):
        seams = FrameSeams(THRESHOLDS)
        seams.push(inspection(0, end), 0.0)
        if breaks == "failed":
            assert len(seams.push(inspection(1, failed=True), 100.0)) == 1
        if breaks == "told":
            seams.break_seam()
        closed = seams.push(inspection(2, start), 100.0 if breaks == "told" else 200.0)
        assert len(closed) == {"gap": 2, "failed": 1, "told": 2}[breaks]


def test_a_running_defect_is_reported_every_two_metres() -> None:
    seams = FrameSeams(THRESHOLDS)
    closed = []
    for seq in range(45):
        closed += seams.push(inspection(seq, defect(10, 0, 12, 100)), seq * FRAME_MM)
    assert [found.length_mm for found in closed] == [2000.0, 2000.0]
    (rest,) = seams.flush()
    assert rest.length_mm == 500.0
    assert rest.box_mm.y0 == closed[1].box_mm.y1


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    stripes=st.lists(
        st.tuples(st.integers(0, 30), st.floats(0, 790), st.floats(1, 300)),
        max_size=8,
        unique_by=lambda stripe: stripe[0],
    )
)
def test_stripes_cut_into_frames_come_back_whole(stripes: list[tuple[int, float, float]]) -> None:
    # Each stripe has a lane of its own, 10 mm wide and 6 mm from the next: the stripes are the truth.
    seams = FrameSeams(THRESHOLDS)
    found: list[WebDefect] = []
    for seq in range(12):
        start, end = seq * FRAME_MM, (seq + 1) * FRAME_MM
        parts = [
            defect(lane * 16, max(y0, start) - start, lane * 16 + 10, min(y0 + height, end) - start)
            for lane, y0, height in stripes
            if min(y0 + height, end) - max(y0, start) > 0
        ]
        found += seams.push(inspection(seq, *parts), start)
    found += seams.flush()
    whole = sorted((lane * 16, y0, y0 + height) for lane, y0, height in stripes)
    boxes = sorted((found_one.box_mm.x0, found_one.box_mm.y0, found_one.box_mm.y1) for found_one in found)
    assert boxes == [pytest.approx(box) for box in whole]
    assert sum(one.area_mm2 for one in found) == pytest.approx(10 * sum(height for _, _, height in stripes))


def test_what_overlapping_frames_both_show_is_one_defect_of_its_true_size() -> None:
    # The second frame begins at 80 mm: a defect from 70 to 110 mm of web lies at -10 to 30 mm in it.
    (found,) = run((defect(10, 70, 20, 100),), (defect(10, 0, 20, 30),), overlap_mm=20.0)
    assert found.box_mm == MmBox(x0=10, y0=70.0, x1=20, y1=110.0)
    assert found.area_mm2 == pytest.approx(10 * 40)
    assert found.frames == 2


def test_a_defect_that_the_first_frame_saw_shorter_is_still_one() -> None:
    (found,) = run((defect(10, 70, 20, 94),), (defect(10, 0, 20, 25),), overlap_mm=20.0)
    assert found.box_mm == MmBox(x0=10, y0=70.0, x1=20, y1=105.0)


def test_two_defects_in_the_overlap_stay_two() -> None:
    assert len(run((defect(10, 82, 20, 86),), (defect(10, 12, 20, 25),), overlap_mm=20.0)) == 2
    assert len(run((defect(10, 82, 20, 99),), (defect(40, 2, 50, 25),), overlap_mm=20.0)) == 2
