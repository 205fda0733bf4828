import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.sources import data_root, read_aitex, read_classes, read_mvtec, united_mask
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

REPOSITORY = Path(__file__).resolve().parents[2]


def draw(path, box=None, grey=255, rows=40, columns=60):
    picture = np.zeros((rows, columns), np.uint8)
    if box:
        y0, y1, x0, x1 = box
        picture[y0:y1, x0:x1] = grey
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture)


@pytest.fixture
def aitex(tmp_path):
    draw(tmp_path / "NoDefect_images" / "2311517-195063u" / "0002_000_04.png")
    draw(tmp_path / "NoDefect_images" / "2608691-202020u" / "0001_000_01.png")
    draw(tmp_path / "NoDefect_images" / "2608691-202020u" / "0018_00_01.png")  # so named in the set
    draw(tmp_path / "Defect_images" / "0044_019_04.png")
    draw(tmp_path / "Defect_images" / "0005_002_01.png")
    draw(tmp_path / "Mask_images" / "0044_019_04_mask1.png", (0, 2, 0, 3))
    draw(tmp_path / "Mask_images" / "0044_019_04_mask2.png", (1, 4, 2, 5))
    draw(tmp_path / "Mask_images" / "0005_002_01_mask.png", (5, 6, 5, 6))
    (tmp_path / "README.md").write_text("not a picture")
    return tmp_path


def test_aitex_is_read_by_its_file_names(aitex):
    records = read_aitex(aitex)
    seen = [(record.picture.name, record.article, record.is_good, record.kind) for record in records]
    assert seen == [
        ("0001_000_01.png", "01", True, None),
        ("0018_00_01.png", "01", True, None),
        ("0002_000_04.png", "04", True, None),
        ("0005_002_01.png", "01", False, DefectKind.BROKEN_END),
        ("0044_019_04.png", "04", False, DefectKind.NEP),
    ]
    assert records[4].label == "019"
    assert [mask.name for mask in records[4].masks] == ["0044_019_04_mask1.png", "0044_019_04_mask2.png"]


def test_masks_of_one_strip_are_united(aitex):
    record = read_aitex(aitex)[4]
    mask = united_mask(record, 40, 60)
    # 2 x 3 and 3 x 3 px that share one pixel: 6 + 9 - 1
    assert mask.sum() == 14
    assert mask[1, 2]


def test_a_mask_is_cut_above_its_middle_grey(aitex):
    draw(aitex / "Mask_images" / "0005_002_01_mask.png", (5, 6, 5, 8), grey=127)
    record = read_aitex(aitex)[3]
    assert not united_mask(record, 40, 60).any()
    draw(aitex / "Mask_images" / "0005_002_01_mask.png", (5, 6, 5, 8), grey=128)
    assert united_mask(record, 40, 60).sum() == 3


def test_a_good_strip_has_an_empty_mask(aitex):
    assert not united_mask(read_aitex(aitex)[0], 40, 60).any()


def test_a_mask_of_another_size_is_refused(aitex):
    with pytest.raises(DatasetError, match=r"60 x 40 px, its picture 61 x 40 px"):
        united_mask(read_aitex(aitex)[3], 40, 61)


def test_a_mask_that_is_no_picture_is_refused(aitex):
    (aitex / "Mask_images" / "0005_002_01_mask.png").write_text("no picture")
    with pytest.raises(DatasetError, match="can't be read"):
        united_mask(read_aitex(aitex)[3], 40, 60)


def test_a_defective_strip_without_a_mask_is_refused(aitex):
    (aitex / "Mask_images" / "0005_002_01_mask.png").unlink()
    with pytest.raises(DatasetError, match=r"no mask for 0005_002_01\.png"):
        read_aitex(aitex)


def test_a_name_of_another_pattern_is_refused(aitex):
    draw(aitex / "Defect_images" / "holiday.png")
    with pytest.raises(DatasetError, match=r"holiday\.png"):
        read_aitex(aitex)


@pytest.mark.parametrize("reader", [read_aitex, read_classes, read_mvtec])
def test_a_folder_that_is_not_the_set_is_refused(tmp_path, reader):
    with pytest.raises(DatasetError, match=str(tmp_path)):
        reader(tmp_path)


def test_class_folders_give_kind_and_group(tmp_path):
    draw(tmp_path / "normal" / "000030_2_0.jpg")
    draw(tmp_path / "normal" / "000030_2_1.jpg")
    draw(tmp_path / "oil" / "000121_2_1Y.jpg")
    draw(tmp_path / "abrasion" / "001906_2_2Y.jpg")
    records = read_classes(tmp_path)
    seen = [(record.label, record.group, record.is_good, record.kind) for record in records]
    assert seen == [
        ("abrasion", "001906", False, DefectKind.UNKNOWN),
        ("normal", "000030", True, None),
        ("normal", "000030", True, None),
        ("oil", "000121", False, DefectKind.OIL_SPOT),
    ]


def test_class_folders_without_good_pictures_are_refused(tmp_path):
    draw(tmp_path / "oil" / "a.jpg")
    with pytest.raises(DatasetError, match="good, normal"):
        read_classes(tmp_path)


def test_an_empty_class_folder_is_refused(tmp_path):
    draw(tmp_path / "normal" / "a.jpg")
    (tmp_path / "oil").mkdir()
    with pytest.raises(DatasetError, match="oil: no pictures"):
        read_classes(tmp_path)


def test_mvtec_masks_stand_beside_their_pictures(tmp_path):
    root = tmp_path / "carpet"
    draw(root / "train" / "good" / "000.png")
    draw(root / "test" / "good" / "000.png")
    draw(root / "test" / "hole" / "000.png")
    draw(root / "ground_truth" / "hole" / "000_mask.png", (0, 1, 0, 7))
    records = read_mvtec(root)
    assert [(record.is_good, record.kind, len(record.masks)) for record in records] == [
        (True, None, 0),
        (True, None, 0),
        (False, DefectKind.HOLE, 1),
    ]
    assert {record.article for record in records} == {"carpet"}
    assert united_mask(records[2], 40, 60).sum() == 7
    assert len({record.group for record in records}) == 3


def test_an_mvtec_picture_without_its_mask_is_refused(tmp_path):
    draw(tmp_path / "train" / "good" / "000.png")
    draw(tmp_path / "test" / "hole" / "000.png")
    with pytest.raises(DatasetError, match=r"000_mask\.png"):
        read_mvtec(tmp_path)


def test_data_root_is_named_by_the_environment_or_lies_beside_the_repository():
    assert data_root({"MAQTA_DATA": "/data/cloth"}, Path("/src/maqta")) == Path("/data/cloth")
    assert data_root({}, Path("/src/maqta")) == Path("/src/shared/data")
    assert data_root({"MAQTA_DATA": ""}, Path("/src/maqta")) == Path("/src/shared/data")


def local(name):
    folder = data_root(os.environ, REPOSITORY) / name
    if not folder.is_dir():
        pytest.skip(f"{folder} isn't there; set MAQTA_DATA to the folder of local pictures")
    return folder


@pytest.mark.data
def test_the_local_aitex_strips_are_all_read():
    records = read_aitex(local("aitex_dev"))
    # Counts by the README beside the pictures: good 21 + 20 + 20, defective 12 + 27 + 10, masks 50.
    count = {(article, good): 0 for article in ("01", "02", "04") for good in (True, False)}
    for record in records:
        count[record.article, record.is_good] += 1
    assert count == {
        ("01", True): 21,
        ("02", True): 20,
        ("04", True): 20,
        ("01", False): 12,
        ("02", False): 27,
        ("04", False): 10,
    }
    assert sum(len(record.masks) for record in records) == 50
    two = next(record for record in records if record.picture.name == "0044_019_04.png")
    parts = [united_mask(record_of(two, mask), 256, 4096).sum() for mask in two.masks]
    assert united_mask(two, 256, 4096).sum() == sum(parts)
    assert min(parts) > 0


def record_of(record, mask):
    return type(record)(
        picture=record.picture,
        article=record.article,
        group=record.group,
        is_good=False,
        kind=record.kind,
        label=record.label,
        masks=(mask,),
    )


@pytest.mark.data
def test_the_local_loom_pictures_are_all_read():
    records = read_classes(local("loom_greige_dev"))
    assert len(records) == 35
    assert sum(record.is_good for record in records) == 12
