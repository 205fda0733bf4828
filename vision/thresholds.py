"""Thresholds for "at most so many false alarms per 100 m": how often good cloth reaches a score.

A false alarm is a finding on good cloth above `defective`, as the line counts it: near blobs are one. High
findings follow an exponential law (peaks over a threshold); of few metres, block maxima tell. A promise
says how far the cloth that was learnt carries it.
"""

import dataclasses
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard, Promise, ScoreTail, Thresholds
from vision.extremes import TAIL, gumbel_law
from vision.types import VisionError

FALSE_ALARMS_PER_100M: Final = 10.0  # asked for unless said otherwise
DOUBTS_PER_ALARM: Final = 3.5  # more findings above `unsure` for each above `defective`: one picture in five
MOST_PER_100M: Final = 1000.0
# A rate is carried by cloth that holds this many false alarms of it: with three, eight rendered cloths in ten
# came out within a factor of two, with one, six (docs/inspector.md).
CARRIED_ALARMS: Final = 3.0
FRAME_SHARE: Final = 0.05  # of good pictures expected above `defective` while the cloth carries no lower rate
HIGHEST: Final = (
    100  # findings that the law is fitted to; with fewer than twice as many it takes block maxima
)
BODY_RANK: Final = 20  # of these, the highest don't tell what is usual: they may be flaws that nobody marked
FLAW_ODDS: Final = 0.01  # a finding so high that good cloth holds fewer than this many of it is such a flaw
LEAST_SCALE: Final = 1e-3
UNSEEN_GAIN: Final = (
    1.2  # cloth that follows has a fifth more findings than the law of the cloth that was learnt
)


def fit_tail(
    blocks: NDArray[np.float32],
    findings: NDArray[np.float32],
    length_m: float,
    *,
    pictures: int,
    quantiles: tuple[float, float] = TAIL,
) -> ScoreTail:
    """Fit the law of good cloth's highest scores to held-out blocks, or findings where there are enough.

    Where good material holds specks (other quantiles than TAIL) findings tell of specks, and blocks are used.
    """
    if findings.size >= 2 * HIGHEST and quantiles == TAIL:
        return _tail_of_findings(findings, length_m)
    location, scale = gumbel_law(blocks, quantiles)
    # A picture that wasn't learnt differs from the mean of n by more than they do among themselves.
    stretch = math.sqrt(1 + 1 / pictures)
    middle = float(np.median(blocks))
    return ScoreTail(
        location=middle + stretch * (location - middle), scale=stretch * scale, per_m=blocks.size / length_m
    )


def _tail_of_findings(findings: NDArray[np.float32], length_m: float) -> ScoreTail:
    usual = _without_flaws(np.sort(findings.astype(np.float64))[::-1])
    location = float(usual[HIGHEST])
    scale = max(float(np.mean(usual[:HIGHEST])) - location, LEAST_SCALE)
    return ScoreTail(location=location, scale=scale, per_m=UNSEEN_GAIN * HIGHEST / length_m)


def _without_flaws(falling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out the findings that the law between two ranks below them doesn't explain."""
    upper, lower = falling[BODY_RANK - 1], falling[2 * HIGHEST - 1]
    scale = (upper - lower) / math.log(2 * HIGHEST / BODY_RANK)
    highest = upper + scale * math.log(BODY_RANK / FLAW_ODDS)
    return np.asarray(falling[falling <= highest], np.float64)


def per_100m_above(tail: ScoreTail, score: float) -> float:
    """Return how many findings of good cloth per 100 m lie above a score."""
    return 100 * tail.per_m * math.exp(-(score - tail.location) / tail.scale)


def score_at(tail: ScoreTail, per_100m: float) -> float:
    """Return the score above which so many findings per 100 m lie."""
    return tail.location - tail.scale * math.log(per_100m / (100 * tail.per_m))


def strictest_rate(held_out_m: float, picture_m: float) -> float:
    """Return the lowest rate per 100 m that so much cloth carries; never laxer than one picture in twenty."""
    one_in_twenty = -100 * math.log(1 - FRAME_SHARE) / picture_m
    return min(100 * CARRIED_ALARMS / held_out_m, one_in_twenty)


def check_rates(asked: float, doubts: float | None) -> None:
    """Refuse rates of false alarms and doubts that nobody can want.

    Raises:
        VisionError: one isn't above 0, or is too high.
    """
    for name, rate in (("false alarms", asked), ("doubts", doubts)):
        if rate is not None and not 0 < rate <= MOST_PER_100M:
            raise VisionError(
                f"{rate:g} {name} per 100 m can't be promised; ask for a number above 0, "
                f"at most {MOST_PER_100M:g}"
            )


def promise_of(
    tail: ScoreTail,
    *,
    strictest_per_100m: float,
    learnt_m: float,
    held_out_m: float,
    asked: float,
    doubts: float | None = None,
) -> Promise:
    """Say what is asked, what the cloth carries, and what is missing.

    Raises:
        VisionError: a rate is not above 0, or above any use.
    """
    check_rates(asked, doubts)
    doubts = DOUBTS_PER_ALARM * asked if doubts is None else doubts
    kept = max(asked, strictest_per_100m)
    # Statistics keep a share of the cloth for themselves: of what is given, the rest is held out.
    missing_m = max(100 * CARRIED_ALARMS / asked / held_out_m - 1.0, 0.0) * learnt_m
    return Promise(
        asked_per_100m=asked,
        asked_doubts_per_100m=doubts,
        kept_per_100m=kept,
        kept_doubts_per_100m=doubts * kept / asked,
        strictest_per_100m=strictest_per_100m,
        learnt_m=learnt_m,
        held_out_m=held_out_m,
        missing_m=missing_m,
        tail=tail,
    )


def thresholds_of(promise: Promise, floor: float, ceiling: float) -> Thresholds:
    """Return the thresholds that the promise is kept with, inside the bounds of the map."""
    defective = score_at(promise.tail, promise.kept_per_100m)
    unsure = score_at(promise.tail, promise.kept_per_100m + promise.kept_doubts_per_100m)
    defective = min(max(defective, floor + 1.0), ceiling - 1.0)
    return Thresholds(unsure=min(max(unsure, floor + 0.5), defective - 0.01), defective=defective)


def promised_again(card: ModelCard, asked: float, doubts: float | None = None) -> tuple[Promise, Thresholds]:
    """Set another promise from the card alone, without learning again; single kinds keep their thresholds.

    Raises:
        VisionError: the card holds no tail, or the rate can't be promised.
    """
    if card.promise is None:
        raise VisionError(
            f"the recipe of {card.article} knows no tail of good cloth; learn the article again"
        )
    promise = promise_of(
        card.promise.tail,
        strictest_per_100m=card.promise.strictest_per_100m,
        learnt_m=card.promise.learnt_m,
        held_out_m=card.promise.held_out_m,
        asked=asked,
        doubts=doubts,
    )
    limits = thresholds_of(promise, card.score_floor, card.score_ceiling)
    by_kind = tuple(
        dataclasses.replace(one, defective=max(one.defective, limits.unsure))
        for one in card.thresholds.by_kind
    )
    return promise, dataclasses.replace(limits, by_kind=by_kind)


def moved_up(promise: Promise, score: float) -> Promise:
    """Return the promise with its tail moved up."""
    tail = dataclasses.replace(promise.tail, location=promise.tail.location + score)
    return dataclasses.replace(promise, tail=tail)


def shortfall(promise: Promise) -> str:
    """Say that a promise isn't kept yet and how many metres are missing; empty when it is kept."""
    if promise.missing_m == 0:
        return ""
    missing_m = math.ceil(promise.missing_m * 10) / 10
    return (
        f"at most {promise.asked_per_100m:g} false alarms per 100 m are not sure yet: "
        f"{round(promise.learnt_m, 2):g} m of good cloth were learnt, {missing_m:g} m more are missing; "
        f"until then the thresholds are set for about {round(promise.kept_per_100m, 1):g} per 100 m"
    )
