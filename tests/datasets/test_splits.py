import pytest

from datasets.splits import Split, SplitShares, split_groups, split_of
from datasets.types import DatasetError

SHARES = SplitShares(validation_pct=20, test_pct=10)
ROLLS = [f"roll-{number}" for number in range(2000)]


def test_a_group_keeps_its_place_whatever_else_is_there():
    few = split_groups(ROLLS[:50], SHARES)
    many = split_groups(reversed(ROLLS), SHARES)
    assert few == {roll: many[roll] for roll in ROLLS[:50]}


def test_shares_are_kept_on_many_groups():
    places = list(split_groups(ROLLS, SHARES).values())
    # 2000 groups: 200 and 400 expected; three standard deviations are 40 and 54.
    assert places.count(Split.TEST) == pytest.approx(200, abs=40)
    assert places.count(Split.VALIDATION) == pytest.approx(400, abs=54)


def test_a_larger_validation_share_moves_nothing_into_or_out_of_the_test_part():
    before = split_groups(ROLLS, SHARES)
    after = split_groups(ROLLS, SplitShares(validation_pct=40, test_pct=10))
    assert all((before[roll] is Split.TEST) == (after[roll] is Split.TEST) for roll in ROLLS)


def test_another_salt_is_another_split():
    assert split_groups(ROLLS, SHARES) != split_groups(ROLLS, SHARES, salt="b")


def test_all_or_nothing_can_go_to_one_part():
    assert set(split_groups(ROLLS, SplitShares(validation_pct=0, test_pct=0)).values()) == {Split.TRAIN}
    assert set(split_groups(ROLLS, SplitShares(validation_pct=0, test_pct=100)).values()) == {Split.TEST}


def test_a_picture_without_a_group_has_no_place():
    with pytest.raises(DatasetError, match="without a group"):
        split_of("", SHARES)


@pytest.mark.parametrize(("validation", "test"), [(-1, 10), (10, -1), (60, 41)])
def test_impossible_shares_are_refused(validation, test):
    with pytest.raises(DatasetError, match="100 % together"):
        SplitShares(validation_pct=validation, test_pct=test)
