from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.evaluation.splitting import by_article, first_half
from datasets.sources import SourceRecord
from datasets.types import DatasetError
from vision.taxonomy import DefectKind


def record(name, group=None, *, good=True, article="07", rendered=False):
    return SourceRecord(
        picture=Path(f"{name}.png"),
        article=article,
        group=group or name,
        is_good=good,
        kind=None if good else DefectKind.HOLE,
        label="good" if good else "hole",
        masks=(),
        rendered=rendered,
    )


def names(records):
    return [record.picture.stem for record in records]


def test_the_first_half_by_file_name_is_learnt_and_all_else_tested():
    (records,) = by_article([record("b"), record("e", good=False), record("a"), record("c")]).values()
    split = first_half(records)
    assert names(split.learnt) == ["a", "b"]
    assert names(split.tested) == ["c", "e"]
    assert split.left_out == ()


def test_learning_from_fewer_tests_no_more():
    split = first_half([record(name) for name in "abcdef"], most=1)
    assert names(split.learnt) == ["a"]
    assert names(split.tested) == ["d", "e", "f"]


@given(st.lists(st.tuples(st.sampled_from("pqrs"), st.booleans()), min_size=1, max_size=24))
def test_pictures_of_one_strip_are_never_parted(drawn):
    records = [record(f"{at:02d}", group, good=good) for at, (group, good) in enumerate(drawn)]
    try:
        split = first_half(records)
    except DatasetError:
        return  # nothing to learn from, or nothing left to test: said, never guessed
    assert {r.group for r in split.learnt}.isdisjoint(r.group for r in split.tested)
    assert len(split.learnt) + len(split.tested) + len(split.left_out) == len(records)


def test_one_roll_alone_cannot_be_parted():
    with pytest.raises(DatasetError, match="07: all 3 pictures are of strips or rolls that were learnt"):
        first_half([record(name, "roll 1") for name in "abc"])


def test_an_article_without_good_pictures_cannot_be_learnt():
    with pytest.raises(DatasetError, match="article 07: no good picture to learn from"):
        first_half([record("a", good=False)])


def test_rendered_pictures_are_an_article_apart():
    found = by_article([record("a"), record("b", rendered=True), record("c", article="02")])
    assert {name: names(records) for name, records in found.items()} == {
        "02": ["c"],
        "07": ["a"],
        "07 (rendered)": ["b"],
    }
