import pytest

from datasets.layouts import Layout, find_layout, read_layout
from datasets.types import DatasetError


def folders(root, *names):
    for name in names:
        (root / name).mkdir(parents=True)
    return root


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        (("Defect_images", "NoDefect_images", "Mask_images"), Layout.AITEX),
        (("train/good", "test/hole"), Layout.MVTEC),
        (("carpet/train/good", "carpet/test/good", "leather/train/good"), Layout.MVTEC),
        (("normal", "oil"), Layout.CLASSES),
        (("good", "hole"), Layout.CLASSES),
    ],
)
def test_a_layout_is_told_by_its_folders(tmp_path, names, layout):
    assert find_layout(folders(tmp_path, *names)) is layout


def test_a_json_file_is_coco_by_itself_or_in_its_folder(tmp_path):
    (tmp_path / "annotations").mkdir()
    path = tmp_path / "annotations" / "set.json"
    path.write_text("{}", encoding="utf-8")
    assert find_layout(path) is find_layout(tmp_path) is Layout.COCO


def test_two_json_files_are_not_guessed_between(tmp_path):
    for name in ("test.json", "train.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"found test\.json, train\.json; give the file itself"):
        read_layout(tmp_path, Layout.COCO)


def test_what_is_no_set_is_refused_with_what_was_looked_for(tmp_path):
    with pytest.raises(DatasetError, match=r"none of the layouts: AITEX has Defect_images.*--layout"):
        find_layout(folders(tmp_path, "pictures"))
    with pytest.raises(DatasetError, match="nowhere: there is no such file or folder"):
        find_layout(tmp_path / "nowhere")


def test_every_article_of_an_mvtec_set_is_read(tmp_path):
    for article in ("carpet", "leather"):
        for place in ("train/good", "test/good"):
            folder = tmp_path / article / place
            folder.mkdir(parents=True)
            (folder / "000.png").write_bytes(b"only names are read")
    records = read_layout(tmp_path, Layout.MVTEC)
    assert [(record.article, record.group) for record in records] == [
        ("carpet", "000"),
        ("carpet", "good/000"),
        ("leather", "000"),
        ("leather", "good/000"),
    ]
