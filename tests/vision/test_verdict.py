import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.card import Thresholds
from vision.taxonomy import DefectKind
from vision.types import Defect, MmBox, PxBox, Verdict
from vision.verdict import judge

THRESHOLDS = Thresholds(unsure=4.0, defective=6.0)


def defect(score: float) -> Defect:
    return Defect(
        kind=DefectKind.UNKNOWN,
        score=score,
        box_px=PxBox(x0=0, y0=0, x1=4, y1=4),
        box_mm=MmBox(x0=0.0, y0=0.0, x1=1.0, y1=1.0),
        area_mm2=1.0,
        length_mm=1.0,
    )


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ([], Verdict.CLEAN),
        ([4.0], Verdict.UNSURE),
        ([5.99], Verdict.UNSURE),
        ([6.0], Verdict.DEFECTIVE),
        ([4.5, 9.0, 4.1], Verdict.DEFECTIVE),
        ([3.9], Verdict.CLEAN),
        ([math.nan, 9.0], Verdict.FAILED),
    ],
)
def test_the_worst_defect_decides(scores: list[float], verdict: Verdict) -> None:
    assert judge(9.0, [defect(score) for score in scores], THRESHOLDS) is verdict


def test_a_score_that_is_no_number_fails_whatever_was_found() -> None:
    assert judge(math.nan, [], THRESHOLDS) is Verdict.FAILED
    assert judge(math.nan, [defect(9.0)], THRESHOLDS) is Verdict.FAILED


SEVERITY = [Verdict.CLEAN, Verdict.UNSURE, Verdict.DEFECTIVE]


@settings(derandomize=True, max_examples=100)
@given(
    scores=st.lists(st.floats(-10, 30), max_size=6),
    more=st.floats(-10, 30),
    unsure=st.floats(-5, 20),
    band=st.floats(0, 10),
)
def test_one_more_defect_never_makes_a_frame_better(
    scores: list[float], more: float, unsure: float, band: float
) -> None:
    thresholds = Thresholds(unsure=unsure, defective=unsure + band)
    before = judge(0.0, [defect(score) for score in scores], thresholds)
    after = judge(0.0, [defect(score) for score in [*scores, more]], thresholds)
    assert SEVERITY.index(after) >= SEVERITY.index(before)


@settings(derandomize=True, max_examples=100)
@given(scores=st.lists(st.floats(-10, 30), max_size=6), unsure=st.floats(-5, 20), lower=st.floats(0, 10))
def test_lower_thresholds_never_make_a_frame_better(scores: list[float], unsure: float, lower: float) -> None:
    defects = [defect(score) for score in scores]
    strict = judge(0.0, defects, Thresholds(unsure=unsure - lower, defective=unsure - lower))
    loose = judge(0.0, defects, Thresholds(unsure=unsure, defective=unsure))
    assert SEVERITY.index(strict) >= SEVERITY.index(loose)
