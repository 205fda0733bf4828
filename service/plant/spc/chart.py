"""Limits and subgroups → points with signals. Pure."""

from collections.abc import Iterator, Sequence

from service.plant.spc import ewma
from service.plant.spc.laney import limits_at, z_score
from service.plant.spc.records import Limits, Point, Rule, Sample


def points(limits: Limits, samples: Sequence[Sample]) -> tuple[Point, ...]:
    """Draw samples, oldest first, all of them newer than the baseline."""
    return tuple(_points(limits, samples))


def _points(limits: Limits, samples: Sequence[Sample]) -> Iterator[Point]:
    average = 0.0
    for number, sample in enumerate(samples, start=1):
        z_scaled = z_score(sample, limits.centre, limits.key.measure) / limits.sigma_z
        average = ewma.step(average, z_scaled)
        lower, upper = limits_at(limits, sample.size)
        bound = ewma.limit(number)
        yield Point(
            sample=sample,
            rate=sample.rate,
            lower=lower,
            centre=limits.centre,
            upper=upper,
            ewma=average,
            ewma_limit=bound,
            signals=tuple(_signals(sample.rate, lower, upper, average, bound)),
        )


def _signals(rate: float, lower: float, upper: float, average: float, bound: float) -> Iterator[Rule]:
    if rate > upper:
        yield Rule.ABOVE
    if rate < lower:
        yield Rule.BELOW
    if average > bound:
        yield Rule.DRIFT_UP
    if average < -bound:
        yield Rule.DRIFT_DOWN
