import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.postprocess import MAX_DEFECTS, Findings, find_defects
from vision.taxonomy import DefectKind
from vision.types import MmBox, PxBox


def find(
    scores: NDArray[np.float32],
    card: ModelCard,
    rows: int = 80,
    columns: int = 160,
    kinds: NDArray[np.uint8] | None = None,
) -> Findings:
    return find_defects(scores, card, rows=rows, columns=columns, mm_per_px=0.5, kinds=kinds)


def empty() -> NDArray[np.float32]:
    return np.zeros((1, 20, 40), np.float32)  # of a frame of 80 x 160 px at stride 4: a cell is 2 x 2 mm


def test_a_blob_is_measured_in_mm(card: ModelCard) -> None:
    scores = empty()
    scores[0, 5:7, 10:14] = 50.0
    scores[0, 6, 12] = 90.0
    (defect,) = find(scores, card).defects
    assert defect.score == 90.0
    assert defect.box_px == PxBox(x0=40, y0=20, x1=56, y1=28)
    assert defect.box_mm == MmBox(x0=20.0, y0=10.0, x1=28.0, y1=14.0)
    assert defect.area_mm2 == pytest.approx(8 * 2.0 * 2.0)
    assert defect.length_mm == pytest.approx(8.0)


def test_a_slanted_line_is_as_long_as_its_diagonal(card: ModelCard) -> None:
    scores = empty()
    for at in range(10):
        scores[0, 2 + at, 5 + at] = 70.0
    (defect,) = find(scores, card).defects
    # Nine steps of a cell's diagonal (2.83 mm) and half a cell at each end (2 mm).
    assert defect.length_mm == pytest.approx(9 * 2.0 * 2**0.5 + 2.0, rel=0.01)
    assert defect.area_mm2 == pytest.approx(40.0)


def test_blobs_four_cells_apart_are_one_and_five_apart_are_two(card: ModelCard) -> None:
    near, far = empty(), empty()
    near[0, 5, [10, 15]] = 70.0
    far[0, 5, [10, 16]] = 70.0
    assert len(find(near, card).defects) == 1
    assert find(near, card).defects[0].area_mm2 == pytest.approx(2 * 4.0)  # the gap isn't counted
    assert len(find(far, card).defects) == 2


def test_a_finding_smaller_than_the_least_area_is_dropped(card: ModelCard) -> None:
    scores = empty()
    scores[0, 5, 10] = 70.0  # 4 mm2
    assert len(find(scores, dataclasses.replace(card, min_area_mm2=4.0)).defects) == 1
    assert find(scores, dataclasses.replace(card, min_area_mm2=4.1)).defects == ()


def test_the_threshold_itself_belongs_to_the_finding(card: ModelCard) -> None:
    scores = empty()
    scores[0, 5, 10] = card.thresholds.unsure
    scores[0, 15, 30] = np.nextafter(np.float32(card.thresholds.unsure), np.float32(0))
    assert len(find(scores, card).defects) == 1


def test_the_kind_is_that_of_most_cells_of_the_finding(card: ModelCard) -> None:
    scores, kinds = empty(), np.zeros((1, 20, 40), np.uint8)
    scores[0, 5, 10:15] = [60.0, 80.0, 60.0, 60.0, 60.0]
    kinds[0, 5, 10:15] = [2, 1, 2, 2, 1]
    card = dataclasses.replace(card, kinds=("unknown", "hole", "stain"))
    (defect,) = find(scores, card, kinds=kinds).defects
    assert defect.kind is DefectKind.STAIN
    assert defect.score == 80.0
    (unnamed,) = find(scores, card).defects
    assert unnamed.kind is DefectKind.UNKNOWN


def test_boxes_end_at_the_frame(card: ModelCard) -> None:
    scores = empty()
    scores[0, 19, 39] = 70.0
    (defect,) = find(scores, card, rows=78, columns=159).defects
    assert defect.box_px == PxBox(x0=156, y0=76, x1=159, y1=78)
    assert defect.area_mm2 == pytest.approx(1.5 * 1.0)


def test_the_strongest_two_hundred_are_kept_and_the_rest_is_counted(card: ModelCard) -> None:
    scores = np.zeros((1, 120, 120), np.float32)
    scores[0, ::6, ::6] = np.linspace(50, 120, 400).reshape(20, 20)
    findings = find(scores, card, rows=480, columns=480)
    assert len(findings.defects) == MAX_DEFECTS
    assert findings.left_out == 200
    kept = [defect.score for defect in findings.defects]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == 120.0


def test_an_empty_map_has_no_findings(card: ModelCard) -> None:
    assert find(empty(), card) == Findings(defects=(), left_out=0)
