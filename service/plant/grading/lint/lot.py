"""Readings of a lot → its grade: a distribution with intervals; refused where too little fits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.plant.grading.lint.model import GradeModel

MOST_REFUSED = 0.2  # of the readings; more say that the profile is not for this lot
LEAST_READINGS = 5
BLOCK = 5  # neighbouring readings are alike: they are drawn together
DRAWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeShare:
    """How much of the lot is of a grade, with its 95 % interval."""

    grade: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LotGrade:
    """A lot's grade; `grade` is empty where it is refused, and `reason` says why."""

    grade: str
    shares: tuple[GradeShare, ...]
    readings: int
    refused: int  # outside the profile's range
    reason: str


def grade_lot(model: GradeModel, readings: NDArray[np.float64]) -> LotGrade:
    """Grade a lot by readings (readings, features) in the order of time."""
    likely = model.probabilities(readings) if len(readings) else np.zeros((0, len(model.grades)))
    graded = np.asarray(~np.isnan(likely).any(axis=1), np.bool_)
    refused = int((~graded).sum())
    reason = _reason(model, readings, graded)
    shares = _shares(model, likely[graded])
    best = max(shares, key=lambda one: one.share).grade if shares and not reason else ""
    return LotGrade(grade=best, shares=shares, readings=len(readings), refused=refused, reason=reason)


def _reason(model: GradeModel, readings: NDArray[np.float64], graded: NDArray[np.bool_]) -> str:
    if int(graded.sum()) < LEAST_READINGS:
        return f"{int(graded.sum())} usable readings; at least {LEAST_READINGS} are needed"
    share = 1 - float(graded.mean())
    if share > MOST_REFUSED:
        example = model.why_refused(readings[int(np.flatnonzero(~graded)[0])])
        return (
            f"{share:.0%} of the readings lie outside the profile, allowed are {MOST_REFUSED:.0%}: {example}"
        )
    return ""


def _shares(model: GradeModel, likely: NDArray[np.float64]) -> tuple[GradeShare, ...]:
    if not len(likely):
        return ()
    blocks = [likely[at : at + BLOCK] for at in range(0, len(likely), BLOCK)]
    sums = np.stack([block.sum(axis=0) for block in blocks])
    sizes = np.array([len(block) for block in blocks])
    picked = np.random.default_rng(0).integers(0, len(blocks), (DRAWS, len(blocks)))
    drawn = sums[picked].sum(axis=1) / sizes[picked].sum(axis=1, keepdims=True)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    means = likely.mean(axis=0)
    return tuple(
        GradeShare(grade=grade, share=float(means[at]), low=float(low[at]), high=float(high[at]))
        for at, grade in enumerate(model.grades)
    )
