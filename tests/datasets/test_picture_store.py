import hashlib

import cv2
import numpy as np
import pytest

from datasets.store import PictureStore
from datasets.types import DatasetError


def encoded(grey, suffix=".png"):
    return cv2.imencode(suffix, np.full((40, 40), grey, np.uint8))[1].tobytes()


@pytest.fixture
def store(tmp_path):
    return PictureStore(tmp_path / "pictures")


def test_a_picture_is_kept_under_its_hash(store, tmp_path):
    data = encoded(9)
    sha256 = hashlib.sha256(data).hexdigest()
    stored = store.put(data, expected_sha256=sha256)
    assert stored.path == tmp_path / "pictures" / sha256[:2] / f"{sha256}.png"
    assert store.get(sha256) == data
    assert sha256 in store


def test_the_same_picture_is_kept_once(store):
    first, second = store.put(encoded(9)), store.put(encoded(9))
    assert first == second
    assert list(store) == [first]


def test_the_name_follows_the_content(store):
    assert store.put(encoded(9, ".jpg")).path.suffix == ".jpg"
    assert store.put(encoded(9, ".bmp")).path.suffix == ".bmp"
    assert store.put(encoded(9, ".tiff")).path.suffix == ".tif"


def test_a_wrong_hash_is_refused(store):
    with pytest.raises(DatasetError, match="damaged, send it again"):
        store.put(encoded(9), expected_sha256="0" * 64)
    assert list(store) == []


@pytest.mark.parametrize("data", [b"", b"<html>", b"PNG"])
def test_what_is_no_picture_is_refused(store, data):
    with pytest.raises(DatasetError, match="no PNG, JPEG, BMP or TIFF"):
        store.put(data)


def test_pictures_are_named_in_the_order_of_their_hashes(store):
    names = [store.put(encoded(grey)).sha256 for grey in range(6)]
    assert [picture.sha256 for picture in store] == sorted(names)


def test_a_picture_that_is_not_here_is_named(store):
    with pytest.raises(DatasetError, match="0{64}: not in"):
        store.get("0" * 64)
    assert "0" * 64 not in store


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "", "0" * 63])
def test_a_name_that_is_no_hash_is_refused(store, name):
    with pytest.raises(DatasetError, match="no SHA-256"):
        store.get(name)
    assert name not in store


def test_a_damaged_picture_is_found_and_not_given_out(store):
    good, bad = store.put(encoded(1)), store.put(encoded(2))
    data = bytearray(bad.path.read_bytes())
    data[-1] ^= 1
    bad.path.write_bytes(data)
    assert store.damaged() == (bad,)
    assert store.get(good.sha256) == encoded(1)
    with pytest.raises(DatasetError, match="damaged"):
        store.get(bad.sha256)


def test_what_a_crash_left_behind_is_no_picture(store):
    stored = store.put(encoded(1))
    (stored.path.parent / ".part-x").write_bytes(b"half")
    assert list(store) == [stored]


def test_a_store_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "pictures").write_text("a file")
    with pytest.raises(DatasetError, match="can't be written"):
        PictureStore(tmp_path / "pictures").put(encoded(1))
