from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from service.line.judging import Judge
from vision.card import Thresholds
from vision.taxonomy import DefectKind
from vision.types import Defect, Frame, Inspection, MmBox, PxBox, StageTimes, Verdict

CARD = SimpleNamespace(thresholds=Thresholds(unsure=2.0, defective=4.0))


def defect(x0: float, y0: float, x1: float, y1: float, score: float = 9.0) -> Defect:
    return Defect(
        kind=DefectKind.THIN_BAR,
        score=score,
        box_px=PxBox(x0=0, y0=0, x1=1, y1=1),
        box_mm=MmBox(x0=x0, y0=y0, x1=x1, y1=y1),
        area_mm2=(x1 - x0) * (y1 - y0),
        length_mm=max(x1 - x0, y1 - y0),
    )


class ScriptedInspector:
    """Says of each frame what the test wants; frames are 100 mm long."""

    card: Any = CARD

    def __init__(self, *answers: tuple[Defect, ...] | None) -> None:
        self.answers = list(answers)

    def inspect(self, frame: Frame) -> Inspection:
        defects = self.answers.pop(0)
        failed = defects is None
        return Inspection(
            camera_id=frame.camera_id,
            frame_seq=frame.seq,
            captured_ns=0,
            verdict=Verdict.FAILED if failed else Verdict.DEFECTIVE,
            score=float("nan") if failed else 9.0,
            defects=defects or (),
            reason="",
            bundle_id="b",
            inspected_mm=MmBox(x0=0, y0=0, x1=800, y1=100),
            times=StageTimes(),
        )


def judge_all(*answers: tuple[Defect, ...] | None, overlap_mm: float = 0.0) -> list[Any]:
    judge = Judge(ScriptedInspector(*answers), overlap_mm=overlap_mm)  # type: ignore[arg-type]  # what it asks for
    pitch_mm = 100 - overlap_mm
    now = datetime(2026, 1, 1, tzinfo=UTC)
    views = []
    for seq in range(len(answers)):
        frame = Frame(
            camera_id="c", seq=seq, pixels=np.zeros((4, 4), np.uint8), captured_ns=0, captured_utc=now
        )
        views.append(judge.judge(frame, 1000.0 + pitch_mm * seq, 1100.0 + pitch_mm * seq))
    return views


def test_defects_lie_on_the_web_and_say_whether_they_are_sure() -> None:
    (judged,) = judge_all((defect(5, 10, 6, 12), defect(5, 50, 6, 52, score=3.0)))
    sure, unsure = judged.view.defects
    assert (sure.y0_mm, sure.y1_mm, sure.unsure) == (1010.0, 1012.0, False)
    assert unsure.unsure
    assert judged.score == 9.0


def test_a_failed_frame_has_no_score() -> None:
    (judged,) = judge_all(None)
    assert judged.score is None


def test_a_defect_that_runs_over_frames_gets_longer() -> None:
    views = judge_all((defect(5, 40, 9, 100),), (defect(5, 0, 9, 100),), (defect(6, 0, 8, 30),))
    assert [judged.view.defects[0].running_mm for judged in views] == [60.0, 160.0, 190.0]


@pytest.mark.parametrize(
    "second",
    [
        (defect(50, 0, 59, 30),),  # beside it
        (defect(5, 20, 9, 50),),  # not at the seam
    ],
)
def test_what_does_not_touch_it_begins_anew(second: tuple[Defect, ...]) -> None:
    views = judge_all((defect(5, 40, 9, 100),), second)
    assert views[1].view.defects[0].running_mm == 30.0


def test_a_failed_frame_breaks_what_runs() -> None:
    views = judge_all((defect(5, 40, 9, 100),), None, (defect(5, 0, 9, 30),))
    assert views[2].view.defects[0].running_mm == 30.0


def test_what_the_frame_before_showed_whole_is_not_shot_at_again() -> None:
    first, second, third = judge_all((defect(5, 83, 9, 90),), (defect(5, 3, 9, 10),), (), overlap_mm=20.0)
    assert [d.y0_mm for d in first.view.defects] == [1083.0]
    assert (second.view.defects, second.view.verdict) == ((), Verdict.CLEAN)
    assert third.view.defects == ()


def test_what_only_the_second_frame_sees_in_the_overlap_counts() -> None:
    _, second = judge_all(
        (defect(5, 83, 9, 90),), (defect(5, 3, 9, 10), defect(50, 5, 54, 9)), overlap_mm=20.0
    )
    assert [d.x0_mm for d in second.view.defects] == [50.0]
    assert second.view.verdict is Verdict.DEFECTIVE
    assert second.inspection.defects == (defect(50, 5, 54, 9),)


def test_a_defect_that_runs_over_overlapping_frames_is_as_long_as_it_is() -> None:
    views = judge_all(
        (defect(5, 40, 9, 100),), (defect(5, 0, 9, 100),), (defect(6, 0, 8, 50),), overlap_mm=20.0
    )
    assert [judged.view.defects[0].running_mm for judged in views] == [60.0, 140.0, 170.0]


def test_what_the_frame_before_only_doubted_counts_where_the_next_is_sure() -> None:
    _, second = judge_all(
        (defect(5, 83, 9, 90, score=3.0),), (defect(5, 3, 9, 10, score=9.0),), overlap_mm=20.0
    )
    (sure,) = second.view.defects
    assert (sure.unsure, second.view.verdict) == (False, Verdict.DEFECTIVE)


def test_another_flaw_close_beside_a_known_one_counts() -> None:
    _, second = judge_all((defect(5, 83, 9, 90),), (defect(9.5, 3, 14, 10),), overlap_mm=20.0)
    assert [d.x0_mm for d in second.view.defects] == [9.5]
