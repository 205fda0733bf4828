import cv2
import numpy as np
import pytest

from datasets.evaluation.truth import read_truth
from datasets.shapes import Box, Shape
from datasets.sources import SourceRecord
from vision.taxonomy import DefectKind
from vision.types import PxBox

ROWS, COLUMNS = 80, 200


@pytest.fixture
def masked(tmp_path):
    def make(*boxes):
        mask = np.zeros((ROWS, COLUMNS), np.uint8)
        for y0, y1, x0, x1 in boxes:
            mask[y0:y1, x0:x1] = 255
        cv2.imwrite(str(tmp_path / "mask.png"), mask)
        return record(masks=(tmp_path / "mask.png",))

    return make


def record(masks=(), shapes=()):
    return SourceRecord(
        picture="a.png",
        article="07",
        group="a",
        is_good=False,
        kind=DefectKind.BROKEN_END,
        label="002",
        masks=masks,
        shapes=shapes,
    )


def shape(kind, x, y, width, height):
    outline = Box(x=x, y=y, width=width, height=height)
    return Shape(name="1", kind=kind, label=kind.value, rows=ROWS, columns=COLUMNS, outline=outline)


def test_pieces_whose_surroundings_touch_are_one_region(masked):
    # Grown by 12 px, columns 20-21 reach 33 and columns 46-47 begin at 34: they touch.
    (region,) = read_truth(masked((30, 34, 20, 22), (30, 34, 46, 48)), ROWS, COLUMNS).regions
    assert region.box_px == PxBox(x0=20, y0=30, x1=48, y1=34)
    assert region.area_px == 16
    assert region.near.sum() == (4 + 24) * (28 + 24)


def test_pieces_farther_apart_are_two(masked):
    regions = read_truth(masked((30, 34, 20, 22), (30, 34, 47, 49)), ROWS, COLUMNS).regions
    assert [region.area_px for region in regions] == [8, 8]
    assert {region.kind for region in regions} == {DefectKind.BROKEN_END}


def test_a_region_of_two_shapes_is_called_as_the_larger():
    shapes = (shape(DefectKind.HOLE, 10, 10, 4, 4), shape(DefectKind.TEAR, 14, 10, 8, 4))
    (region,) = read_truth(record(shapes=shapes), ROWS, COLUMNS).regions
    assert (region.kind, region.label, region.area_px) == (DefectKind.TEAR, "tear", 48)


def test_a_good_picture_has_no_region():
    assert read_truth(record(), ROWS, COLUMNS).regions == ()
