import dataclasses
import math

import numpy as np
import pytest

from vision.card import ScoreTail, Thresholds
from vision.shade import SHADE_KINDS, limit_shade
from vision.thresholds import promise_of, promised_again

LINT = np.full((64, 256, 3), (188, 205, 212), np.uint8)


@pytest.fixture
def lint_card(card):
    return dataclasses.replace(
        card,
        material="fibre",
        score_floor=-6.0,
        score_ceiling=24.0,
        min_area_mm2=2.0,
        thresholds=Thresholds(unsure=3.0, defective=4.0),
    )


def shade(card, score):
    """A map of one broad blob over lint in which no pixel stands out."""
    stride = card.output_stride
    scores = np.full((1, 64 // stride, 256 // stride), card.score_floor, np.float32)
    scores[0, 2:6, 4:10] = score
    return scores


def limit(card, per_100m, *scores):
    learnt = limit_shade(card, [(shade(card, score), LINT) for score in scores], per_100m)
    (at,) = {one.defective for one in learnt.thresholds.by_kind}
    assert [one.kind for one in learnt.thresholds.by_kind] == list(SHADE_KINDS)
    return at


def test_shade_of_good_lint_is_let_pass_at_the_rate_that_was_asked(lint_card):
    unsure = lint_card.thresholds.unsure
    scores = [unsure + 1.0] * 40
    length_m = 40 * 64 * lint_card.mm_per_px / 1e3
    excess = (40 * 1.0 + 2 * 4.0) / 42
    wanted = unsure + excess * math.log(100 * 42 / length_m / 10.0)
    assert 4.0 < wanted < 23.0
    assert limit(lint_card, 10.0, *scores) == pytest.approx(wanted)
    assert limit(lint_card, 1.0, *scores) > limit(lint_card, 100.0, *scores)


def test_little_good_lint_carries_no_low_threshold_and_nothing_seen_changes_nothing(lint_card):
    assert limit(lint_card, 1.0, lint_card.score_floor) == lint_card.score_ceiling - 1
    assert limit_shade(lint_card, [], 1.0) == lint_card


def test_another_rate_keeps_the_thresholds_of_shade(lint_card):
    learnt = limit_shade(lint_card, [(shade(lint_card, -6.0), LINT)], 1.0)
    tail = ScoreTail(location=2.0, scale=0.5, per_m=10.0)
    promise = promise_of(tail, strictest_per_100m=1.0, learnt_m=10.0, held_out_m=10.0, asked=10.0)
    _, limits = promised_again(dataclasses.replace(learnt, promise=promise), 50.0)
    assert limits.by_kind == learnt.thresholds.by_kind
