import json

import cv2
import numpy as np
import pytest

from datasets.coco import read_coco
from datasets.shapes import Runs, draw_runs, unpack_counts
from datasets.sources import united_mask
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

ROWS, COLUMNS = 40, 60


def image(number, name, **more):
    return {"id": number, "file_name": name, "width": COLUMNS, "height": ROWS, **more}


def mark(number, of, **what):
    return {"id": number, "image_id": of, "category_id": 1, **what}


@pytest.fixture
def coco(tmp_path):
    """Write a set of two pictures and give its path; what a test changes is merged in."""

    def write(**changes):
        whole = {
            "images": [image(1, "r1_0.png"), image(2, "r1_1.png")],
            "annotations": [mark(9, 1, bbox=[2, 3, 4, 5])],
            "categories": [{"id": 1, "name": "Oil spot"}],
        }
        whole |= changes
        for entry in whole["images"]:
            if isinstance(entry, dict) and "file_name" in entry:
                cv2.imwrite(str(tmp_path / entry["file_name"]), np.zeros((ROWS, COLUMNS), np.uint8))
        path = tmp_path / "set.json"
        path.write_text(json.dumps(whole), encoding="utf-8")
        return path

    return write


def mask(path):
    return united_mask(read_coco(path)[0], ROWS, COLUMNS)


def test_a_picture_without_annotations_is_good_and_a_marked_one_of_its_categorys_kind(coco):
    bad, good = read_coco(coco())
    assert (bad.picture.name, bad.is_good, bad.kind, bad.label) == (
        "r1_0.png",
        False,
        DefectKind.OIL_SPOT,
        "Oil spot",
    )
    assert (good.picture.name, good.is_good, good.kind, good.rendered) == ("r1_1.png", True, None, False)


def test_a_box_marks_every_pixel_that_it_touches(coco):
    marked = mask(coco())
    assert marked.sum() == 4 * 5
    assert marked[3:8, 2:6].all()
    # 2.5 to 4.1 touches columns 2, 3 and 4
    assert mask(coco(annotations=[mark(9, 1, bbox=[2.5, 3, 1.6, 1])])).sum() == 3


def test_a_polygon_is_filled_and_its_line_belongs_to_it(coco):
    square = [10, 10, 14, 10, 14, 12, 10, 12]
    marked = mask(coco(annotations=[mark(9, 1, segmentation=[square])]))
    assert marked[10:13, 10:15].all()
    assert marked.sum() == 15
    thread = [0, 20.5, 59, 20.5, 30, 20.5]  # as thin as a line: it must not vanish
    assert mask(coco(annotations=[mark(9, 1, segmentation=[thread])])).sum() == 60


def test_run_lengths_go_down_the_columns_plain_and_packed(coco):
    runs = Runs(rows=4, columns=4, counts=(5, 2, 2, 2, 5))
    assert np.argwhere(draw_runs(runs)).tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert unpack_counts("52203") == (5, 2, 2, 2, 5)  # the 4th and 5th as differences 0 and 3
    assert unpack_counts("T3") == (100,)  # 100 = 4 + 3 * 32
    assert unpack_counts(":98K") == (10, 9, 8, 4)  # 4 - 9 = -5
    counts = [ROWS * 2 + 1, 3, ROWS * COLUMNS - ROWS * 2 - 4]
    marked = mask(coco(annotations=[mark(9, 1, segmentation={"size": [ROWS, COLUMNS], "counts": counts})]))
    assert np.argwhere(marked).tolist() == [[1, 2], [2, 2], [3, 2]]


def test_two_kinds_in_one_picture_leave_the_picture_unnamed(coco):
    path = coco(
        annotations=[mark(1, 1, bbox=[0, 0, 4, 4]), {**mark(2, 1, bbox=[30, 30, 4, 4]), "category_id": 2}],
        categories=[{"id": 1, "name": "hole"}, {"id": 2, "name": "moth"}],
    )
    record = read_coco(path)[0]
    assert [shape.kind for shape in record.shapes] == [DefectKind.HOLE, DefectKind.UNKNOWN]
    assert (record.kind, record.label) == (DefectKind.UNKNOWN, "hole, moth")


def test_crops_of_one_strip_share_a_group_by_file_name(coco):
    path = coco(images=[image(1, "r1-a_0.png"), image(2, "r1-a_1.png"), image(3, "r2-a_0.png")])
    assert [record.group for record in read_coco(path)] == ["r1-a", "r1-a", "r2-a"]
    assert [record.group for record in read_coco(path, group_separator="-")] == ["r1", "r1", "r2"]
    whole = [record.group for record in read_coco(path, group_separator="")]
    assert whole == ["r1-a_0", "r1-a_1", "r2-a_0"]


def test_a_stated_roll_is_the_group_and_an_article_and_rendering_are_read(coco):
    first = image(1, "r1_0.png", roll=7, article="denim")
    path = coco(images=[first, image(2, "r1_1.png", extra={"strip": "s2", "rendered": True})])
    read = {
        record.picture.name: (record.article, record.group, record.rendered) for record in read_coco(path)
    }
    assert read == {"r1_0.png": ("denim", "7", False), "r1_1.png": (path.parent.name, "s2", True)}
    assert all(record.rendered for record in read_coco(coco(info={"rendered": True})))


def test_pictures_are_found_beside_the_file_or_in_a_named_folder(coco, tmp_path):
    path = coco()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("r1_0.png", "r1_1.png"):
        (tmp_path / name).rename(folder / name)
    with pytest.raises(DatasetError, match=r"set\.json: image 1: 'r1_0\.png' is in none of .*--images"):
        read_coco(path)
    assert read_coco(path, images=folder)[0].picture == folder / "r1_0.png"


SIZE = [ROWS, COLUMNS]


def runs(counts, size=SIZE):
    return mark(9, 1, segmentation={"size": size, "counts": counts})


def polygon(*points):
    return mark(9, 1, segmentation=[list(points)])


def box(*numbers, **more):
    return mark(9, 1, bbox=list(numbers)) | more


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        (box(0, 0, 1, 1, image_id=5), r"image_id 5 is none of the images"),
        (box(0, 0, 1, 1, category_id=3), r"category_id 3 is no category \(1\)"),
        (box(58, 3, 5, 5), r"bbox \[58, 3, 5, 5\] lies outside its picture 'r1_0\.png' of 60 x 40"),
        (box(-3, 3, 5, 5), r"bbox \[-3, 3, 5, 5\] lies outside"),
        (box(3, 3, 0, 5), r"bbox \[3\.0, 3\.0, 0\.0, 5\.0\] has no area"),
        (box(3, 3, 5), r"bbox: Field required \(found \[3, 3, 5\]"),
        (box(3, 3, 5, float("nan")), r"bbox: .*found nan"),
        (mark(9, 1), r"neither bbox nor segmentation"),
        (polygon(1, 1, 2, 2), r"a polygon of 4 numbers"),
        (polygon(1, 1, 2, 2, 3, 3, 4), r"a polygon of 7 numbers"),
        (polygon(1, 1, 2, 99, 3, 3), r"polygon \[1, 1, 2, 99, 3, 3\] lies outside"),
        (polygon(1, 1, 2, "x", 3, 3), r"segmentation: .*found 'x'"),
        (runs([7]), r"run lengths add up to 7 px, the image has 2400"),
        (runs([-1, 2401]), r"segmentation: .*found -1"),
        (runs([2400], [60, 40]), r"run lengths for 40 x 60 px, the image is 60 x 40"),
        (runs("5 2"), r"packed run lengths are damaged \(character ' '\)"),
        (runs("5T"), r"packed run lengths are damaged \(the last number"),
        ({"id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]}, r"image_id: Field required"),
    ],
)
def test_an_annotation_that_cannot_be_right_is_named_with_its_value(coco, marks, words):
    with pytest.raises(DatasetError, match=r"set\.json: annotation 9: " + words):
        read_coco(coco(annotations=[marks]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": [image(1, "a.png"), image(1, "b.png")]}, r"set\.json: image 1 stands there twice"),
        ({"images": [image(1, "a.png"), image(2, "a.png")]}, r"image file_name 'a\.png' stands there twice"),
        ({"images": [], "annotations": []}, r"set\.json: lists no images"),
        ({"images": [image(1, "a.png") | {"width": 0}]}, r"image 1: width: .*found 0"),
        ({"categories": [{"id": 1, "name": "normal"}]}, r"annotation 9: category 'normal' marks good cloth"),
        ({"annotations": "none"}, r"set\.json: annotations: .*found 'none'"),
    ],
)
def test_a_set_that_cannot_be_right_is_refused(coco, changes, words):
    with pytest.raises(DatasetError, match=words):
        read_coco(coco(**changes))


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "no JSON"), ("[1, 2]", "set as COCO again"), ('{"images": []}', "annotations: Field required")],
)
def test_a_file_that_is_no_coco_is_refused(tmp_path, text, words):
    path = tmp_path / "set.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=words):
        read_coco(path)
    with pytest.raises(DatasetError, match="can't be read"):
        read_coco(tmp_path / "nowhere.json")


def test_a_picture_of_another_size_than_labelled_is_refused(coco):
    record = read_coco(coco())[0]
    with pytest.raises(DatasetError, match=r"annotation 9: drawn on 60 x 40 px, the picture has 61 x 40"):
        united_mask(record, ROWS, COLUMNS + 1)
