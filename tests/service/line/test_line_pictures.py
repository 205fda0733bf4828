import hashlib
import os
from pathlib import Path

import pytest

from service.event_terms import PictureWhy
from service.line.pictures import PictureRing

PLENTY = 10**12


def ring(folder: Path, *, budget: int = 300, floor: int = 0, free: int = PLENTY) -> PictureRing:
    return PictureRing(folder, budget_bytes=budget, free_floor_bytes=floor, free_bytes=lambda _: free)


def picture(letter: str, size: int = 100) -> bytes:
    return letter.encode() * size


def sha(letter: str, size: int = 100) -> str:
    return hashlib.sha256(picture(letter, size)).hexdigest()


def test_a_picture_lies_under_its_class_and_hash(tmp_path: Path) -> None:
    name, gone = ring(tmp_path).keep(picture("a"), PictureWhy.DEFECT)
    assert (name, gone) == (sha("a"), [])
    assert (tmp_path / "defect" / f"{name}.jpg").read_bytes() == picture("a")


def test_the_same_picture_is_kept_once(tmp_path: Path) -> None:
    kept = ring(tmp_path)
    kept.keep(picture("a"), PictureWhy.DEFECT)
    kept.keep(picture("a"), PictureWhy.CLEAN_SAMPLE)
    assert kept.used_bytes == 100


def test_clean_samples_go_first_then_failed_then_unsure_and_defects_last(tmp_path: Path) -> None:
    kept = ring(tmp_path, budget=500)
    for letter, why in (
        ("d", PictureWhy.DEFECT),
        ("j", PictureWhy.JUDGED),
        ("u", PictureWhy.UNSURE),
        ("f", PictureWhy.FAILED),
        ("c", PictureWhy.CLEAN_SAMPLE),
    ):
        kept.keep(picture(letter), why)
    order = []
    for number in range(5):
        _, gone = kept.keep(picture(str(number)), PictureWhy.DEFECT)
        order += [each.sha256 for each in gone]
    assert order == [sha("c"), sha("f"), sha("u"), sha("j"), sha("d")]


def test_within_a_class_what_the_plant_has_goes_first_then_the_oldest(tmp_path: Path) -> None:
    kept = ring(tmp_path)
    for letter in "abc":
        kept.keep(picture(letter), PictureWhy.DEFECT)
    (second,) = [each for each in kept.waiting(10) if each.sha256 == sha("b")]
    kept.mark_sent(second)
    _, gone = kept.keep(picture("d"), PictureWhy.DEFECT)
    assert [(each.sha256, each.sent) for each in gone] == [(sha("b"), True)]
    _, gone = kept.keep(picture("e"), PictureWhy.DEFECT)
    assert [(each.sha256, each.sent) for each in gone] == [(sha("a"), False)]


def test_a_worthless_picture_does_not_push_out_a_defect(tmp_path: Path) -> None:
    kept = ring(tmp_path)
    for letter in "abc":
        kept.keep(picture(letter), PictureWhy.DEFECT)
    name, gone = kept.keep(picture("s"), PictureWhy.CLEAN_SAMPLE)
    assert [each.sha256 for each in gone] == [name]
    assert kept.used_bytes == 300


def test_the_free_space_floor_deletes_too(tmp_path: Path) -> None:
    kept = ring(tmp_path, budget=PLENTY, floor=1000, free=950)  # 50 short: one picture of 100 must go
    _, gone = kept.keep(picture("a"), PictureWhy.DEFECT)
    assert len(gone) == 1


def test_the_ring_is_what_lies_on_the_disk(tmp_path: Path) -> None:
    kept = ring(tmp_path)
    for at, letter in enumerate("ab"):
        kept.keep(picture(letter), PictureWhy.DEFECT)
        os.utime(tmp_path / "defect" / f"{sha(letter)}.jpg", (at, at))
    (newest, _) = kept.waiting(2)
    kept.mark_sent(newest)
    (tmp_path / "defect" / "half.part").write_bytes(b"a crash cut this short")
    again = ring(tmp_path)
    assert again.used_bytes == 200
    assert [each.sha256 for each in again.waiting(10)] == [sha("a")]
    assert not (tmp_path / "defect" / "half.part").exists()


def test_the_most_valuable_pictures_are_sent_first(tmp_path: Path) -> None:
    kept = ring(tmp_path)
    kept.keep(picture("c"), PictureWhy.CLEAN_SAMPLE)
    kept.keep(picture("d"), PictureWhy.DEFECT)
    kept.keep(picture("f"), PictureWhy.FAILED)
    assert [each.sha256 for each in kept.waiting(2)] == [sha("d"), sha("f")]


def test_events_take_room_from_the_least_valuable_pictures(tmp_path: Path) -> None:
    kept = ring(tmp_path)
    kept.keep(picture("c"), PictureWhy.CLEAN_SAMPLE)
    kept.keep(picture("d"), PictureWhy.DEFECT)
    assert [each.sha256 for each in kept.make_room(50)] == [sha("c")]
    assert [each.sha256 for each in kept.make_room(10_000)] == [sha("d")]
    assert kept.make_room(50) == []


def test_a_disk_that_takes_nothing_says_so_and_leaves_no_half_file(tmp_path: Path) -> None:
    (tmp_path / "defect").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="defect"):
        ring(tmp_path).keep(picture("a"), PictureWhy.DEFECT)
    assert ring(tmp_path).used_bytes == 0


def test_a_deleted_picture_reads_as_none(tmp_path: Path) -> None:
    kept = ring(tmp_path)
    kept.keep(picture("a"), PictureWhy.DEFECT)
    (waiting,) = kept.waiting(1)
    kept.make_room(100)
    assert kept.read(waiting) is None
    kept.mark_sent(waiting)
    assert kept.waiting(1) == []
