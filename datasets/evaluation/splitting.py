"""What may be learnt and what may be tested: pictures of one strip or roll are never parted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasets.evaluation.results import LeftOut
from datasets.sources import SourceRecord
from datasets.types import DatasetError

SAME_GROUP = "of the same strip or roll as a learnt picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One article's pictures, each in one place."""

    learnt: tuple[SourceRecord, ...]
    tested: tuple[SourceRecord, ...]
    left_out: tuple[LeftOut, ...]


def by_article(records: Iterable[SourceRecord]) -> dict[str, tuple[SourceRecord, ...]]:
    """Give each article's pictures in the order of their file names; rendered ones are an article apart."""
    found: dict[str, list[SourceRecord]] = {}
    for record in sorted(records, key=lambda record: (record.picture.name, str(record.picture))):
        name = f"{record.article} (rendered)" if record.rendered else record.article
        found.setdefault(name, []).append(record)
    return {article: tuple(found[article]) for article in sorted(found)}


def first_half(records: Sequence[SourceRecord], *, most: int | None = None) -> Split:
    """Learn the first half of an article's good pictures, test the others and all defective ones.

    What shares a group with a learnt picture is left out; `most` learns fewer and tests no more for it.

    Raises:
        DatasetError: there is no good picture, or none is left to test.
    """
    good = [record for record in records if record.is_good]
    if not good:
        raise DatasetError(f"article {records[0].article}: no good picture to learn from; add good pictures")
    half = (len(good) + 1) // 2
    learnt = tuple(good[: half if most is None else min(half, most)])
    others = [*good[half:], *(record for record in records if not record.is_good)]
    tested, left_out = without_groups(others, {record.group for record in learnt})
    if not tested:
        raise DatasetError(
            f"{records[0].article}: all {len(records)} pictures are of strips or rolls that were learnt; "
            "add other strips, or (COCO) say with --group-by what names one strip"
        )
    return Split(learnt=learnt, tested=tested, left_out=left_out)


def without_groups(
    records: Iterable[SourceRecord], groups: set[str]
) -> tuple[tuple[SourceRecord, ...], tuple[LeftOut, ...]]:
    """Part pictures into those of other groups, and those left out."""
    tested, left_out = [], []
    for record in records:
        if record.group in groups:
            left_out.append(LeftOut(picture=record.picture, reason=SAME_GROUP))
        else:
            tested.append(record)
    return tuple(tested), tuple(left_out)
