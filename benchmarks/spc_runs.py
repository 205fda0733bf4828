"""Seeded runs of control charts on counts whose truth is known: rolls differ, then the rate doubles."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from service.plant.spc import chart, laney
from service.plant.spc.rare import EVENTS, mean_gap, shortest
from service.plant.spc.records import ChartKey, Limits, Measure, Rule, Sample

START = datetime(2026, 1, 1, tzinfo=UTC)
P_CHART_SIGMAS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A process: `rate` of defective tiles, rolls that differ by `roll_cv`, tiles a subgroup."""

    rate: float
    roll_cv: float = 0.2
    tiles: int = 2000
    baseline: int = 50  # subgroups that limits are frozen from
    watched: int = 100  # subgroups in control that are judged
    runs: int = 200
    find_within: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Shares of subgroups (false alarms) and of runs (found)."""

    false_p_chart: float  # plain p chart, three sigmas
    false_laney: float  # rules ABOVE and BELOW
    false_ewma: float
    false_all: float  # any rule
    found_laney: float  # a doubled rate, within `find_within` subgroups
    found_ewma: float
    found_all: float
    false_g: float  # subgroups in which the g chart signals
    found_g: float


def run(case: Case, seed: int) -> Outcome:
    """Judge `runs` processes, each with limits of its own."""
    rng = np.random.default_rng(seed)
    false, found = [], []
    plain, g_false, g_found = [], [], []
    for _ in range(case.runs):
        before = _counts(rng, case, case.rate, case.baseline)
        calm = _counts(rng, case, case.rate, case.watched)
        worse = _counts(rng, case, 2 * case.rate, case.find_within)
        limits = _frozen(case, before)
        plain.append(_p_chart(case, before, calm).mean())
        false.append(_signals(limits, case, calm))
        found.append(_signals(limits, case, worse))
        bound = shortest(mean_gap(_gaps(rng, case, before)))
        g_false.append(_g_signals(rng, case, bound, calm).mean())
        g_found.append(_g_signals(rng, case, bound, worse).any())
    calm_own, calm_slow = np.array(false).swapaxes(0, 1)  # each: runs x subgroups
    worse_own, worse_slow = np.array(found).swapaxes(0, 1)
    return Outcome(
        false_p_chart=float(np.mean(plain)),
        false_laney=float(calm_own.mean()),
        false_ewma=float(calm_slow.mean()),
        false_all=float((calm_own | calm_slow).mean()),
        found_laney=float(worse_own.any(axis=1).mean()),
        found_ewma=float(worse_slow.any(axis=1).mean()),
        found_all=float((worse_own | worse_slow).any(axis=1).mean()),
        false_g=float(np.mean(g_false)),
        found_g=float(np.mean(g_found)),
    )


def _counts(rng: np.random.Generator, case: Case, rate: float, subgroups: int) -> NDArray[np.int64]:
    """Defective tiles of each subgroup; a roll's own rate is gamma distributed around `rate`."""
    shape = 1 / case.roll_cv**2
    rates = np.minimum(rate * rng.gamma(shape, 1 / shape, subgroups), 1.0)
    return rng.binomial(case.tiles, rates)


def _samples(case: Case, counts: NDArray[np.int64]) -> list[Sample]:
    return [
        Sample(id=number, utc=START + timedelta(hours=number), count=int(count), size=float(case.tiles))
        for number, count in enumerate(counts)
    ]


def _frozen(case: Case, counts: NDArray[np.int64]) -> Limits:
    baseline = laney.study(_samples(case, counts), Measure.DEFECTIVE_FRAMES)
    return Limits(
        key=ChartKey(line="l", article="a", bundle_id="b", measure=Measure.DEFECTIVE_FRAMES),
        version=1,
        centre=baseline.centre,
        sigma_z=baseline.sigma_z,
        subgroups=len(counts),
        outside=baseline.outside,
        from_utc=START,
        to_utc=START,
        frozen_utc=START,
        frozen_by="run",
        why="baseline",
    )


def _signals(
    limits: Limits, case: Case, counts: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each subgroup: a signal by its own limits, a signal by EWMA."""
    drawn = chart.points(limits, _samples(case, counts))
    own = [Rule.ABOVE in point.signals or Rule.BELOW in point.signals for point in drawn]
    slow = [Rule.DRIFT_UP in point.signals or Rule.DRIFT_DOWN in point.signals for point in drawn]
    return np.array(own), np.array(slow)


def _p_chart(case: Case, before: NDArray[np.int64], calm: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Signals of the textbook's p chart: counting is taken to be the only spread."""
    centre = before.mean() / case.tiles
    sigma = np.sqrt(centre * (1 - centre) / case.tiles)
    return np.asarray(np.abs(calm / case.tiles - centre) > P_CHART_SIGMAS * sigma)


def _places(rng: np.random.Generator, case: Case, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the defective tiles lie, counted in tiles from the first subgroup's start."""
    return np.concatenate(
        [
            np.sort(rng.choice(case.tiles, count, replace=False)) + number * case.tiles
            for number, count in enumerate(counts)
        ]
    )


def _gaps(rng: np.random.Generator, case: Case, counts: NDArray[np.int64]) -> list[float]:
    return [float(gap) for gap in np.diff(_places(rng, case, counts))]


def _g_signals(
    rng: np.random.Generator, case: Case, bound: float, counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """For each subgroup: did the g chart signal in it?"""
    places = _places(rng, case, counts)
    spans = places[EVENTS:] - places[:-EVENTS]
    hit = np.zeros(len(counts), bool)
    hit[places[EVENTS:][spans < bound] // case.tiles] = True
    return hit
