"""Phase I: centre and spread of a baseline, by Laney (2002), "Improved control charts for attributes".

A p or u chart takes counting to be the only cause of spread. Rolls differ, so with thousands of frames a
subgroup it cries wolf. Laney scales the limits by sigma_z: the mean moving range of the z values / 1.128
(d2 of ranges of two).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from service.plant.errors import PlantError
from service.plant.spc.records import Limits, Measure, Sample
from service.plant.spc.tails import lower_count, upper_count

D2_OF_TWO = 1.128
FEWEST_SUBGROUPS = 25  # fewer give limits that are themselves a matter of luck
NARROWEST = 1.0  # sigma_z below 1 would be tighter than counting allows


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a baseline says."""

    centre: float
    sigma_z: float
    outside: int  # its own points beyond the limits it gives


def study(samples: Sequence[Sample], measure: Measure) -> Baseline:
    """Work out centre and sigma_z.

    Raises:
        PlantError: too_few_subgroups: fewer than 25, or no defect in all of them.
    """
    if len(samples) < FEWEST_SUBGROUPS:
        raise PlantError(
            "too_few_subgroups",
            f"{len(samples)} subgroups; limits need at least {FEWEST_SUBGROUPS}: let the line run on",
        )
    centre = sum(sample.count for sample in samples) / sum(sample.size for sample in samples)
    if centre <= 0:
        raise PlantError(
            "too_few_subgroups",
            f"no defect in {len(samples)} subgroups; limits need some: take a longer baseline",
        )
    scores = [z_score(sample, centre, measure) for sample in samples]
    ranges = [abs(after - before) for before, after in zip(scores, scores[1:], strict=False)]
    sigma_z = max(NARROWEST, sum(ranges) / len(ranges) / D2_OF_TWO)
    outside = sum(
        not lower <= sample.count <= upper
        for sample in samples
        for lower, upper in [count_limits(sample.size, centre, sigma_z, measure)]
    )
    return Baseline(centre=centre, sigma_z=sigma_z, outside=outside)


def z_score(sample: Sample, centre: float, measure: Measure) -> float:
    """How far a sample's rate lies from the centre, in sigmas of pure counting."""
    return (sample.rate - centre) / counting_sigma(sample.size, centre, measure)


def counting_sigma(size: float, centre: float, measure: Measure) -> float:
    """The spread of a rate by counting alone: binomial for frames, Poisson for defects on an area."""
    free = 1 - centre if measure is Measure.DEFECTIVE_FRAMES else 1.0
    return sqrt(max(centre * free, 1e-12) / size)  # a centre of 1 (every frame defective) has no spread


def count_limits(size: float, centre: float, sigma_z: float, measure: Measure) -> tuple[float, float]:
    """Lowest and highest count in control for a subgroup of this size."""
    mean = centre * size
    variance = (counting_sigma(size, centre, measure) * size * sigma_z) ** 2
    return lower_count(mean, variance), upper_count(mean, variance)


def limits_at(limits: Limits, size: float) -> tuple[float, float]:
    """Lowest and highest rate in control for a subgroup of this size."""
    low, high = count_limits(size, limits.centre, limits.sigma_z, limits.key.measure)
    return low / size, high / size
