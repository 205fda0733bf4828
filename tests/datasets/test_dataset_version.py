import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID

import cv2
import numpy as np
import pytest

from datasets.labels import Label, LabelVerdict
from datasets.splits import Split, SplitShares, split_of
from datasets.store import PictureStore
from datasets.types import DatasetError
from datasets.version import MANIFEST, freeze, load_version
from vision.taxonomy import DefectKind


def picture(grey):
    return cv2.imencode(".png", np.full((40, 40), grey, np.uint8))[1].tobytes()


def label(number, sha256, *, group="roll-1", supersedes=None, kind=DefectKind.HOLE):
    return Label(
        label_id=UUID(int=number),
        utc=datetime(2026, 11, 23, 9, number, tzinfo=UTC),
        author="aigul",
        tenant="demo/mill/weaving/line-1",
        picture_sha256=sha256,
        defect_id=f"d-{number}",
        verdict=LabelVerdict.RIGHT,
        kind=kind,
        group=group,
        supersedes=supersedes,
    )


@pytest.fixture
def store(tmp_path):
    return PictureStore(tmp_path / "store")


@pytest.fixture
def labels(store):
    return [label(n, store.put(picture(n)).sha256, group=f"roll-{n // 2}") for n in range(12)]


def test_the_same_labels_give_the_same_id_anywhere(labels, store, tmp_path):
    first = freeze(labels, store, tmp_path / "a", "october")
    second = freeze(reversed(labels), store, tmp_path / "b", "first")
    assert first.id == second.id
    assert first.entries == second.entries


def test_another_label_gives_another_id(labels, store, tmp_path):
    first = freeze(labels, store, tmp_path, "a")
    second = freeze(labels[:-1], store, tmp_path, "b")
    assert first.id != second.id


def test_a_version_reads_back_equal_and_needs_no_store(labels, store, tmp_path):
    frozen = freeze(labels, store, tmp_path / "out", "october")
    for stored in list(store):
        stored.path.unlink()
    again = load_version(tmp_path / "out" / "october")
    assert again == frozen
    assert again.pictures.get(again.entries[0].picture_sha256)[:4] == b"\x89PNG"


def test_entries_are_sorted_and_parted_by_roll(labels, store, tmp_path):
    version = freeze(labels, store, tmp_path, "october", shares=SplitShares(validation_pct=30, test_pct=30))
    hashes = [entry.picture_sha256 for entry in version.entries]
    assert hashes == sorted(hashes)
    for entry in version.entries:
        assert entry.split is split_of(entry.group, SplitShares(validation_pct=30, test_pct=30))
    parts = {split: {entry.group for entry in version.of(split)} for split in Split}
    assert not parts[Split.TRAIN] & parts[Split.TEST]
    assert not parts[Split.TRAIN] & parts[Split.VALIDATION]
    assert sum(len(version.of(split)) for split in Split) == 12


def test_a_label_of_unknown_origin_is_for_training_only(store, tmp_path):
    sha256 = store.put(picture(1)).sha256
    version = freeze([label(1, sha256, group="")], store, tmp_path, "v", shares=SplitShares(test_pct=85))
    assert version.entries[0].split is Split.TRAIN


def test_a_corrected_label_is_left_out(labels, store, tmp_path):
    correction = label(50, labels[0].picture_sha256, supersedes=labels[0].label_id, kind=DefectKind.STAIN)
    version = freeze([*labels, correction], store, tmp_path, "v")
    assert labels[0].label_id not in {entry.label_id for entry in version.entries}
    assert correction.label_id in {entry.label_id for entry in version.entries}
    assert len(version.entries) == 12


def test_a_label_whose_picture_is_gone_is_booked(labels, store, tmp_path):
    store.find(labels[3].picture_sha256).unlink()
    version = freeze(labels, store, tmp_path, "v")
    assert version.content.without_picture == (labels[3].label_id,)
    assert len(version.entries) == 11


def test_nothing_to_freeze_is_refused(labels, store, tmp_path):
    with pytest.raises(DatasetError, match="nothing to freeze"):
        freeze([], store, tmp_path, "v")
    assert not (tmp_path / "v").exists()


def test_freezing_again_gives_what_is_there_and_other_content_is_refused(labels, store, tmp_path):
    first = freeze(labels, store, tmp_path, "v")
    assert freeze(labels, store, tmp_path, "v") == first
    with pytest.raises(DatasetError, match="choose another name"):
        freeze(labels[:-1], store, tmp_path, "v")


def test_what_a_crash_left_behind_is_no_version(labels, store, tmp_path):
    (tmp_path / ".v.part" / "pictures").mkdir(parents=True)
    assert freeze(labels, store, tmp_path, "v") == load_version(tmp_path / "v")
    assert not (tmp_path / ".v.part").exists()


def test_files_of_a_version_are_read_only(labels, store, tmp_path):
    folder = freeze(labels, store, tmp_path, "v").folder
    assert {path.stat().st_mode & 0o222 for path in folder.rglob("*") if path.is_file()} == {0}


def test_a_changed_manifest_is_found(labels, store, tmp_path):
    folder = freeze(labels, store, tmp_path, "v").folder
    manifest = folder / MANIFEST
    plain = json.loads(manifest.read_text())
    plain["content"]["entries"][0]["split"] = "test"
    plain["content"]["entries"][1]["split"] = "validation"
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(plain))
    with pytest.raises(DatasetError, match="changed after it was frozen"):
        load_version(folder)


def test_a_changed_picture_is_found(labels, store, tmp_path):
    version = freeze(labels, store, tmp_path, "v")
    path = version.pictures.find(version.entries[0].picture_sha256)
    path.chmod(0o644)
    path.write_bytes(picture(200))
    with pytest.raises(DatasetError, match="damaged"):
        load_version(version.folder)


def test_a_missing_picture_is_found(labels, store, tmp_path):
    version = freeze(labels, store, tmp_path, "v")
    version.pictures.find(version.entries[0].picture_sha256).unlink()
    with pytest.raises(DatasetError, match="not in"):
        load_version(version.folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "x"}'])
def test_what_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(DatasetError, match="no manifest"):
        load_version(tmp_path)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no frozen version"):
        load_version(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["", ".hidden", "a/b"])
def test_a_name_that_is_no_folder_name_is_refused(labels, store, tmp_path, name):
    with pytest.raises(DatasetError, match="give a name"):
        freeze(labels, store, tmp_path, name)


def test_the_id_is_the_hash_of_the_content_alone(store, tmp_path):
    sha256 = store.put(picture(1)).sha256
    version = freeze(
        [label(1, sha256)], store, tmp_path, "v", shares=SplitShares(validation_pct=0, test_pct=0)
    )
    content = (
        '{"entries":[{"defect_id":"d-1","demo":false,"group":"roll-1","kind":"hole",'
        '"label_id":"00000000-0000-0000-0000-000000000001",'
        f'"picture_sha256":"{sha256}","split":"train","verdict":"right"}}],'
        '"salt":"","schema_version":1,"shares":{"test_pct":0.0,"validation_pct":0.0},"without_picture":[]}'
    )
    assert version.id == hashlib.sha256(content.encode()).hexdigest()


def test_labels_of_rendered_pictures_stay_marked_as_demo(labels, store, tmp_path):
    mixed = [dataclasses.replace(labels[0], demo=True), *labels[1:]]
    version = load_version(freeze(mixed, store, tmp_path, "v1").folder)
    assert version.demo
    assert [entry.label_id for entry in version.entries if entry.demo] == [labels[0].label_id]
    assert not freeze(labels, store, tmp_path, "v2").demo
