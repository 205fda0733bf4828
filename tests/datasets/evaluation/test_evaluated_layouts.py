import math

import cv2
import numpy as np
import pytest

from datasets.evaluation.figures import table
from datasets.evaluation.runs import LEARNT_UNKNOWN, Source, evaluate_recipe
from datasets.evaluation.splitting import SAME_GROUP
from datasets.layouts import find_layout, read_layout
from datasets.types import DatasetError
from vision.taxonomy import DefectKind


def evaluated(root, bundle):
    layout = find_layout(root)
    source = Source(data=root, layout=layout.value, records=read_layout(root, layout))
    return evaluate_recipe(source, bundle, threads=1, progress=lambda _: None)


def figures(evaluation):
    return table({run.article: run.results for run in evaluation.runs})["mean"]


@pytest.mark.parametrize("layout", ["aitex", "mvtec", "coco"])
def test_the_figures_of_four_strips_are_those_worked_by_hand(layout, on_disk, recipe, strips):
    evaluation = evaluated(on_disk(layout), recipe(strips["learnt"]))
    assert evaluation.layout == layout
    assert [left.reason for left in evaluation.left_out] == ["learnt by this recipe"]
    found = figures(evaluation)
    # Scores A 100, B 50, C 70, D 20: of the pairs A-C, A-D, B-C, B-D three are in order.
    assert found["AUROC"] == 0.75
    # Inside its mask B scores 0: A-C and A-D only.
    assert found["LOC"] == 0.5
    assert found["REC"] == 0.5  # A has a finding on its mask, B has one elsewhere, at 50: unsure
    assert found["FOUND"] == 0.5
    assert found["RECD"] == 0.5
    assert found["FLAG"] == found["DOUBT"] == 0.5  # C is above 60, D below 40
    # 8 masked cells. Above all 4 of A's (precision 1); B's last 4 score 0 as all other cells:
    # 4 strips of 24 x 32 cells, so precision 8 / 3072 at full recall.
    assert found["AP"] == pytest.approx(0.5 * 1 + 0.5 * 8 / 3072)
    assert found["AUPRO"] == pytest.approx(0.5, abs=0.01)  # one of two regions at every rate


def test_a_perfect_map_scores_one(on_disk, recipe, strips):
    root = on_disk("aitex")
    (root / "Defect_images" / "0002_002_07.png").unlink()
    (root / "NoDefect_images" / "roll" / "0003_000_07.png").unlink()
    found = figures(evaluated(root, recipe(strips["learnt"])))
    ones = {name: found[name] for name in ("AUROC", "LOC", "REC", "FOUND", "AP", "RECD")}
    assert set(ones.values()) == {1.0}
    assert found["AUPRO"] == pytest.approx(1.0, abs=0.01)
    assert found["FLAG"] == found["DOUBT"] == 0.0


def test_a_set_without_masks_ranks_strips_and_locates_nothing(on_disk, recipe, strips):
    found = figures(evaluated(on_disk("classes"), recipe(strips["learnt"])))
    assert found["AUROC"] == 0.75
    assert found["FLAG"] == 0.5
    assert all(math.isnan(found[name]) for name in ("LOC", "REC", "FOUND", "AP", "AUPRO", "RECD"))


def test_each_region_has_the_kind_of_its_set(on_disk, recipe):
    evaluation = evaluated(on_disk("coco"), recipe())
    (run,) = evaluation.runs
    seen = {
        result.picture.name: [(r.kind, r.label, r.area_px, r.hit) for r in result.regions]
        for result in run.bad
    }
    assert seen == {
        "A_0.png": [(DefectKind.NEP, "nep", 64, True)],
        "B_0.png": [(DefectKind.UNKNOWN, "moth hole", 64, False)],
    }


def test_a_recipe_that_does_not_say_what_it_was_learnt_from_is_doubted_aloud(on_disk, recipe):
    evaluation = evaluated(on_disk("aitex"), recipe())
    assert evaluation.notes == (LEARNT_UNKNOWN,)
    assert len(evaluation.runs[0].results) == 5


def test_what_shares_a_strip_with_a_learnt_picture_is_not_tested(on_disk, recipe, strips):
    root = on_disk("classes")
    cv2.imwrite(str(root / "good" / "5_b.png"), strips["D"])  # another crop of the learnt strip 5
    evaluation = evaluated(root, recipe(strips["learnt"]))
    left = {left.picture.name: left.reason for left in evaluation.left_out}
    assert left == {"5_a.png": "learnt by this recipe", "5_b.png": SAME_GROUP}


def test_pictures_of_another_width_are_left_out_by_name(on_disk, recipe, strips):
    root = on_disk("classes")
    cv2.imwrite(str(root / "good" / "6_a.png"), np.full((96, 120), 128, np.uint8))
    evaluation = evaluated(root, recipe(strips["learnt"]))
    reasons = {left.picture.name: left.reason for left in evaluation.left_out}
    assert reasons["6_a.png"] == "120 px wide, the recipe is for 128 px"


def test_a_picture_that_cannot_be_inspected_is_left_out_with_the_reason(on_disk, recipe, strips):
    root = on_disk("classes")
    cv2.imwrite(str(root / "good" / "6_a.png"), np.zeros((96, 128), np.uint8))
    evaluation = evaluated(root, recipe(strips["learnt"]))
    reasons = {left.picture.name: left.reason for left in evaluation.left_out}
    assert reasons["6_a.png"].startswith("could not be inspected: ")


def test_a_defective_picture_whose_mask_is_empty_is_left_out(on_disk, recipe, strips):
    root = on_disk("aitex")
    cv2.imwrite(str(root / "Mask_images" / "0001_019_07_mask.png"), np.full((96, 128), 127, np.uint8))
    evaluation = evaluated(root, recipe(strips["learnt"]))
    reasons = {left.picture.name: left.reason for left in evaluation.left_out}
    assert reasons["0001_019_07.png"] == "defective, and its mask is empty"


def test_a_set_of_which_nothing_can_be_tested_is_refused(on_disk, recipe):
    root = on_disk("classes")
    for path in root.rglob("*.png"):
        cv2.imwrite(str(path), np.full((96, 64), 128, np.uint8))
    with pytest.raises(
        DatasetError, match="nothing is left to test; pictures are 64 px wide, the recipe is for 128"
    ):
        evaluated(root, recipe())
