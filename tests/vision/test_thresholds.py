import dataclasses
import math

import numpy as np
import pytest

from vision.card import CARD_CODEC, Promise, ScoreTail
from vision.extremes import BODY
from vision.thresholds import (
    UNSEEN_GAIN,
    fit_tail,
    moved_up,
    per_100m_above,
    promise_of,
    promised_again,
    score_at,
    shortfall,
    strictest_rate,
    thresholds_of,
)
from vision.types import VisionError

TAIL = ScoreTail(location=2.0, scale=0.5, per_m=4.0)  # 400 findings per 100 m lie above 2


def exponential(count, location=2.0, scale=0.5):
    """The quantiles of an exponential law: a sample without chance."""
    share = (np.arange(count) + 0.5) / count
    return (location - scale * np.log(1 - share)).astype(np.float32)


def promise(asked, learnt_m=40.0, doubts=None, strictest=7.5, held_out_m=None):
    return promise_of(
        TAIL,
        strictest_per_100m=strictest,
        learnt_m=learnt_m,
        held_out_m=held_out_m or learnt_m,
        asked=asked,
        doubts=doubts,
    )


def test_a_tenth_as_many_findings_lie_a_scale_times_the_log_of_ten_higher():
    assert score_at(TAIL, 400.0) == pytest.approx(2.0)
    assert score_at(TAIL, 40.0) == pytest.approx(2.0 + 0.5 * math.log(10))
    assert per_100m_above(TAIL, score_at(TAIL, 40.0)) == pytest.approx(40.0)


def test_findings_of_a_known_law_give_its_threshold():
    # 1000 findings above 2 on 50 m are 2000 per 100 m; a rate of 10 is 200 times rarer, and a fifth is added.
    tail = fit_tail(np.zeros(10, np.float32), exponential(1000), 50.0, pictures=10)
    assert tail.scale == pytest.approx(0.5, rel=0.03)
    assert score_at(tail, 10.0) == pytest.approx(2.0 + 0.5 * math.log(200 * UNSEEN_GAIN), abs=0.08)


def test_block_maxima_of_a_known_law_give_its_threshold_where_findings_are_few():
    share = (np.arange(2000) + 0.5) / 2000
    blocks = (1.0 - 0.3 * np.log(-np.log(share))).astype(np.float32)
    tail = fit_tail(blocks, exponential(150), 100.0, pictures=10**9)
    # 2000 blocks on 100 m; of 20 in 2000 to lie above, ln(100) scales are climbed from the location.
    assert score_at(tail, 20.0) == pytest.approx(1.0 + 0.3 * math.log(100), abs=0.02)


def test_few_pictures_push_the_threshold_away_from_the_median():
    blocks = np.random.default_rng(1).gumbel(1.0, 0.3, 2000).astype(np.float32)
    none = np.zeros(0, np.float32)
    one, many = (fit_tail(blocks, none, 100.0, pictures=count) for count in (1, 10**9))
    middle = float(np.median(blocks))
    assert score_at(one, 20.0) - middle == pytest.approx(math.sqrt(2) * (score_at(many, 20.0) - middle))


def test_unlabelled_flaws_hardly_move_the_threshold():
    clean = exponential(1000)
    dirty = np.concatenate([clean, np.array([9.0, 14.0, 18.0, 23.0], np.float32)])
    few = exponential(100)
    stained = np.concatenate([few[2:], np.array([18.0, 23.0], np.float32)])
    for good, bad, most in ((clean, dirty, 0.05), (few, stained, 0.2)):
        levels = [score_at(fit_tail(found, found, 50.0, pictures=10), 10.0) for found in (good, bad)]
        assert levels[1] == pytest.approx(levels[0], abs=most)


def test_equal_findings_give_a_finite_tail():
    tail = fit_tail(np.zeros(10, np.float32), np.full(500, 3.0, np.float32), 50.0, pictures=10)
    assert score_at(tail, 10.0) == pytest.approx(3.0, abs=0.01)


def test_where_good_material_holds_specks_findings_are_not_asked():
    blocks = np.random.default_rng(1).gumbel(1.0, 0.3, 500).astype(np.float32)
    specks = exponential(1000, location=15.0)
    assert fit_tail(blocks, specks, 50.0, pictures=10, quantiles=BODY).location < 2.0


def test_fewer_false_alarms_ask_for_higher_thresholds():
    limits = [
        thresholds_of(promise(asked, learnt_m=1000.0, strictest=0.3), -6.0, 24.0) for asked in (1, 5, 10, 50)
    ]
    assert [limit.defective for limit in limits] == sorted(
        (limit.defective for limit in limits), reverse=True
    )
    assert [limit.unsure for limit in limits] == sorted((limit.unsure for limit in limits), reverse=True)
    assert all(limit.unsure < limit.defective for limit in limits)


def test_a_kept_promise_has_as_many_false_alarms_and_doubts_as_asked():
    kept = promise(10.0, doubts=30.0)
    limits = thresholds_of(kept, -6.0, 24.0)
    assert (kept.kept_per_100m, kept.missing_m, shortfall(kept)) == (10.0, 0.0, "")
    assert per_100m_above(TAIL, limits.defective) == pytest.approx(10.0)
    assert per_100m_above(TAIL, limits.unsure) == pytest.approx(40.0)


def test_too_little_cloth_falls_back_and_names_the_missing_metres():
    # 10 per 100 m need 30 m, in which there are three; a quarter of 16 m is learnt, 12 m are held out.
    short = promise(10.0, learnt_m=16.0, held_out_m=12.0, strictest=25.0)
    assert short.kept_per_100m == 25.0
    assert short.kept_doubts_per_100m == pytest.approx(87.5)
    assert short.missing_m == pytest.approx(24.0)  # of 40 m, three quarters are 30 m
    assert shortfall(short) == (
        "at most 10 false alarms per 100 m are not sure yet: 16 m of good cloth were learnt, 24 m more are "
        "missing; until then the thresholds are set for about 25 per 100 m"
    )


def test_the_strictest_rate_is_one_picture_in_twenty_until_more_cloth_carries_less():
    # ten strips of 64 mm: three false alarms on 0.64 m are 469 per 100 m, one strip in twenty 80
    assert strictest_rate(0.64, 0.064) == pytest.approx(100 * -math.log(0.95) / 0.064)
    assert strictest_rate(60.0, 0.064) == pytest.approx(5.0)


def test_another_promise_comes_from_the_card_alone(card):
    learnt = dataclasses.replace(card, promise=promise(10.0), score_floor=-6.0, score_ceiling=24.0)
    read = CARD_CODEC.validate_json(CARD_CODEC.dump_json(learnt))
    assert read == learnt
    again, limits = promised_again(read, 40.0)
    assert (again.asked_per_100m, again.asked_doubts_per_100m) == (40.0, 140.0)
    assert limits.defective == pytest.approx(score_at(TAIL, 40.0))
    stricter, _ = promised_again(read, 1.0)
    assert stricter.kept_per_100m == 7.5
    assert stricter.missing_m == pytest.approx(260.0)


def test_a_card_without_a_tail_promises_nothing(card):
    with pytest.raises(VisionError, match="learn the article again"):
        promised_again(card, 10.0)


@pytest.mark.parametrize(
    ("asked", "doubts"), [(0.0, None), (-1.0, None), (1001.0, None), (math.nan, None), (1.0, 0.0)]
)
def test_rates_that_nobody_can_want_are_refused(asked, doubts):
    with pytest.raises(VisionError, match="per 100 m can't be promised"):
        promise(asked, doubts=doubts)


def test_thresholds_stay_inside_the_map():
    low, high = (
        thresholds_of(
            dataclasses.replace(promise(10.0), tail=dataclasses.replace(TAIL, location=at)), -6.0, 24.0
        )
        for at in (-50.0, 50.0)
    )
    assert -6.0 < low.unsure < low.defective == -5.0
    assert high.unsure < high.defective == 23.0


def test_a_promise_moves_up_with_its_thresholds():
    before: Promise = promise(10.0)
    after = moved_up(before, 1.5)
    assert score_at(after.tail, 10.0) == pytest.approx(score_at(before.tail, 10.0) + 1.5)
