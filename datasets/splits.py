"""Which part of a dataset a picture belongs to. Pictures of one roll, lot or strip are never parted."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from datasets.types import DatasetError


class Split(StrEnum):
    """Parts of a dataset."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"  # looked at by the gate only


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitShares:
    """How much of the groups goes where, in percent; what is left is for training."""

    validation_pct: float = 15.0
    test_pct: float = 15.0

    def __post_init__(self) -> None:
        if min(self.validation_pct, self.test_pct) < 0 or self.validation_pct + self.test_pct > 100:
            raise DatasetError(
                f"split shares: validation {self.validation_pct} % and test {self.test_pct} %; "
                "give 0 or more each, 100 % together at most"
            )


def split_of(group: str, shares: SplitShares, *, salt: str = "") -> Split:
    """Place a group (roll, lot or source strip) by the hash of its name alone.

    A group's place never depends on what else is in the dataset: more data moves no old picture.
    """
    if not group:
        raise DatasetError(
            "split: a picture without a group (roll, lot or strip) can't be placed; name its group"
        )
    digest = hashlib.sha256(f"{salt}\n{group}".encode()).digest()
    place_pct = int.from_bytes(digest[:8], "big") / 2**64 * 100
    if place_pct < shares.test_pct:
        return Split.TEST
    if place_pct < shares.test_pct + shares.validation_pct:
        return Split.VALIDATION
    return Split.TRAIN


def split_groups(groups: Iterable[str], shares: SplitShares, *, salt: str = "") -> dict[str, Split]:
    """Place many groups."""
    return {group: split_of(group, shares, salt=salt) for group in sorted(set(groups))}
