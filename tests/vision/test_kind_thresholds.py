import pytest

from vision.card import KindThreshold, Thresholds
from vision.overrides import check_thresholds
from vision.taxonomy import DefectKind
from vision.types import Defect, MmBox, PxBox, Verdict, VisionError
from vision.verdict import judge

BY_KIND = Thresholds(unsure=3.0, defective=5.0, by_kind=(KindThreshold(kind="leaf", defective=9.0),))


def found(kind: DefectKind, score: float) -> Defect:
    px, mm = PxBox(x0=0, y0=0, x1=4, y1=4), MmBox(x0=0.0, y0=0.0, x1=2.0, y1=2.0)
    return Defect(kind=kind, score=score, box_px=px, box_mm=mm, area_mm2=4.0, length_mm=2.0)


@pytest.mark.parametrize(
    ("kind", "score", "verdict"),
    [
        (DefectKind.LEAF, 8.9, Verdict.UNSURE),
        (DefectKind.LEAF, 9.0, Verdict.DEFECTIVE),
        (DefectKind.PP_WHITE, 5.0, Verdict.DEFECTIVE),
        (DefectKind.LEAF, 2.9, Verdict.CLEAN),
    ],
)
def test_a_kind_is_judged_by_its_own_threshold(kind: DefectKind, score: float, verdict: Verdict) -> None:
    assert judge(score, [found(kind, score)], BY_KIND) is verdict


def test_a_leaf_below_its_threshold_does_not_hide_what_is_above_its_own() -> None:
    assert (
        judge(8.0, [found(DefectKind.LEAF, 8.0), found(DefectKind.JUTE, 6.0)], BY_KIND) is Verdict.DEFECTIVE
    )


def test_a_kinds_threshold_below_unsure_is_refused(card) -> None:
    low = Thresholds(unsure=40.0, defective=60.0, by_kind=(KindThreshold(kind="leaf", defective=10.0),))
    with pytest.raises(VisionError, match="leaf becomes defective at 10"):
        check_thresholds(low, card)
