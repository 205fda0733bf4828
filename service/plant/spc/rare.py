"""g chart for defects so rare that most subgroups hold none: frames (or metres) between them.

One gap says little: the chart takes the distance over the last few events together (Ohta, Kusukawa and
Rahim 2001, "A CCC-r chart for high-yield processes"). In control it follows a gamma distribution of
`EVENTS` events; a distance shorter than its 0.135 % quantile is a signal.
"""

from collections.abc import Sequence

from scipy.special import gammaincinv

from service.plant.errors import PlantError
from service.plant.spc.tails import TAIL

EVENTS = 4  # three sigmas on a single gap would be a gap of a thousandth of the mean: never seen
FEWEST_EVENTS = 20


def mean_gap(gaps: Sequence[float]) -> float:
    """Mean distance between events of a baseline.

    Raises:
        PlantError: too_few_subgroups: fewer than 20 events, or no distance between them.
    """
    if len(gaps) < FEWEST_EVENTS or sum(gaps) <= 0:
        raise PlantError(
            "too_few_subgroups",
            f"{len(gaps)} rare defects; a g chart needs at least {FEWEST_EVENTS}: take a longer baseline",
        )
    return sum(gaps) / len(gaps)


def shortest(mean: float, tail: float = TAIL) -> float:
    """The shortest distance over `EVENTS` gaps that is still in control."""
    return mean * float(gammaincinv(EVENTS, tail))


def too_close(gaps: Sequence[float], mean: float) -> tuple[bool, ...]:
    """For each gap, oldest first: do the last `EVENTS` of them together fall short?"""
    bound = shortest(mean)
    return tuple(end >= EVENTS and sum(gaps[end - EVENTS : end]) < bound for end in range(1, len(gaps) + 1))
