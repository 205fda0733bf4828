import random
from math import log

import pytest

from service.plant.appraisal import drift
from service.plant.appraisal.agreement import Answer, Standing, agreement, consensus, kappa
from service.plant.appraisal.drift import DriftStatus
from service.plant.appraisal.intervals import share_of
from service.plant.appraisal.misses import RollAudit, estimate
from service.plant.appraisal.sampling import draw, sample_size


def test_wilsons_interval_by_hand() -> None:
    # 1 of 10: centre (0.1 + 3.8415/20) / (1 + 0.38415) = 0.21101, half 0.19313
    share = share_of(1, 10)
    assert share.value == 0.1
    assert (share.low, share.high) == (pytest.approx(0.0179, abs=1e-4), pytest.approx(0.4042, abs=1e-4))


def test_no_miss_in_few_samples_is_no_proof() -> None:
    # 0 of 50: upper bound 3.8415 / (50 + 3.8415)
    share = share_of(0, 50)
    assert (share.low, share.high) == (
        pytest.approx(0.0, abs=1e-9),
        pytest.approx(3.8415 / 53.8415, abs=1e-4),
    )
    assert share_of(0, 0).value is None
    assert (share_of(0, 0).low, share_of(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize(("population", "size"), [(1, 1), (8, 2), (9, 3), (90, 13), (91, 20), (3_201, 200)])
def test_samples_are_as_large_as_iso_2859_1_says(population: int, size: int) -> None:
    assert sample_size(population) == size


def test_the_same_seed_draws_the_same_and_nothing_twice() -> None:
    drawn = draw(range(100), 20, 7)
    assert drawn == draw(range(100), 20, 7)
    assert drawn != draw(range(100), 20, 8)
    assert len(set(drawn)) == 20
    assert len(draw(range(3), 20, 7)) == 3


def test_audits_give_recall_and_missed_frames_with_intervals() -> None:
    rolls = [RollAudit(roll_id="r1", found=8, missed=1), RollAudit(roll_id="r2", found=10, missed=1)]
    found = estimate(rolls, [0] * 48 + [1, 3], clean_frames=10_000, waiting=5)
    assert (found.recall_on_rolls.hits, found.recall_on_rolls.of) == (18, 20)
    assert found.missed_per_clean_frame.value == pytest.approx(0.04)  # 2 of 50 pictures
    assert found.missed_frames is not None
    middle, low, high = found.missed_frames
    assert middle == pytest.approx(400.0)
    assert low < 120
    assert high > 1300


def test_without_audits_nothing_is_known() -> None:
    found = estimate([], [], clean_frames=10_000, waiting=0)
    assert found.recall_on_rolls.value is None
    assert found.missed_frames is None


def answers(appraiser: str, verdicts: str, trial: int = 1) -> list[Answer]:
    """One letter an item: d defective, g good."""
    return [
        Answer(item=str(number), appraiser=appraiser, trial=trial, defective=letter == "d")
        for number, letter in enumerate(verdicts)
    ]


def test_the_cnn_is_one_appraiser_beside_the_technicians() -> None:
    #           truth: d d d d g g g g g g
    reference = {str(number): number < 4 for number in range(10)}
    given = [
        *answers("aigul", "ddddgggggg"),
        *answers("aigul", "dddggggggg", trial=2),
        *answers("CNN b1", "dddgdggggg"),
    ]
    found = agreement(given, reference, {"3": "hole", "0": "stain"}, "panel")
    aigul, cnn = sorted(found.appraisers, key=lambda each: each.name, reverse=True)
    assert (aigul.name, cnn.name) == ("aigul", "CNN b1")
    assert (aigul.effectiveness.hits, aigul.effectiveness.of) == (9, 10)  # item 3 once wrong
    assert (aigul.miss.hits, aigul.miss.of) == (1, 8)
    assert (aigul.repeated.hits, aigul.repeated.of) == (9, 10)
    assert (cnn.effectiveness.hits, cnn.miss.hits, cnn.miss.of) == (8, 1, 4)
    assert (cnn.false_alarm.hits, cnn.false_alarm.of) == (1, 6)
    assert cnn.repeated.of == 0
    # agree 0.8; chance 0.4 x 0.4 + 0.6 x 0.6 = 0.52
    assert cnn.kappa == pytest.approx((0.8 - 0.52) / 0.48)
    assert cnn.standing is Standing.POOR
    (pair,) = found.pairs
    assert (pair.agree.hits, pair.agree.of) == (8, 10)
    by_kind = {(each.name, each.kind): each.miss.value for each in found.by_kind}
    assert by_kind["CNN b1", "hole"] == 1.0
    assert by_kind["CNN b1", "stain"] == 0.0


def test_a_faultless_appraiser_is_good_and_one_who_saw_no_defect_is_unknown() -> None:
    reference = {str(number): number < 4 for number in range(10)}
    (good,) = agreement(answers("a", "ddddgggggg"), reference, {}, "panel").appraisers
    assert (good.standing, good.kappa) == (Standing.GOOD, pytest.approx(1.0))
    (unknown,) = agreement(answers("a", "dddd"), reference, {}, "panel").appraisers
    assert unknown.standing is Standing.UNKNOWN


def test_consensus_needs_a_majority() -> None:
    said = [*answers("a", "dgd"), *answers("b", "dgg")]
    assert consensus(said) == {"0": True, "1": False}  # item 2 is a tie


def test_kappa_is_unknown_where_everybody_says_the_same() -> None:
    assert kappa({"1": True}, {"1": True}) is None
    assert kappa({}, {"1": True}) is None


def test_psi_by_hand() -> None:
    reference = drift.Reference(edges=(0.5,), counts=(50, 50))
    # 80 and 20 of 100: (0.8 - 0.5) ln(1.6) + (0.2 - 0.5) ln(0.4)
    expected = 0.3 * log(1.6) - 0.3 * log(0.4)
    assert drift.psi(reference, [0.1] * 80 + [0.9] * 20) == pytest.approx(expected)


def test_the_same_process_is_steady_and_a_shifted_one_is_to_be_acted_on() -> None:
    rng = random.Random(3)
    reference = drift.numeric_reference([rng.gauss(0.7, 0.1) for _ in range(500)])
    assert len(reference.counts) == 10
    same = drift.psi(reference, [rng.gauss(0.7, 0.1) for _ in range(300)])
    darker = drift.psi(reference, [rng.gauss(0.6, 0.1) for _ in range(300)])
    assert drift.status_of(same) is DriftStatus.STEADY
    assert drift.status_of(darker) is DriftStatus.ACT


def test_a_class_never_seen_before_does_not_break_the_index() -> None:
    reference = drift.class_reference(["stain"] * 400 + ["hole"] * 95 + ["knot"] * 5)
    assert reference.edges == ("hole", "stain", "other")
    assert drift.psi(reference, ["stain"] * 240 + ["hole"] * 57 + ["tear"] * 3) == pytest.approx(
        0.0, abs=1e-9
    )
    assert drift.status_of(drift.psi(reference, ["tear"] * 300)) is DriftStatus.ACT


def test_equal_values_make_fewer_bins_and_no_division_by_zero() -> None:
    reference = drift.numeric_reference([1.0] * 500)
    assert drift.psi(reference, [1.0] * 300) == pytest.approx(0.0, abs=0.01)
    assert drift.status_of(drift.psi(reference, [0.5] * 300)) is DriftStatus.ACT
