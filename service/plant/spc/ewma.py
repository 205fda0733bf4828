"""EWMA of z: a small shift that stays is seen although no single subgroup leaves the limits.

z_i is scaled by Laney's sigma_z first, so the roll-to-roll spread is already in it. Roberts (1959);
limits after i points: L sqrt(lambda / (2 - lambda) (1 - (1 - lambda)^(2 i))).
"""

from math import sqrt

WEIGHT = 0.2  # lambda: half of the memory lies in the last three subgroups
LIMIT_SIGMAS = 3.3  # L: the textbook has 2.7 to 3; counts are skewed and two rules look on


LARGEST_Z = 3.0  # one roll far out is the other limits' business: it must not ring here for days


def step(before: float, z_scaled: float) -> float:
    """The next value of the average; a single point counts at most three sigmas."""
    return WEIGHT * max(-LARGEST_Z, min(LARGEST_Z, z_scaled)) + (1 - WEIGHT) * before


def limit(points: int) -> float:
    """How far the average may lie from 0 after so many points."""
    return LIMIT_SIGMAS * sqrt(WEIGHT / (2 - WEIGHT) * (1 - (1 - WEIGHT) ** (2 * points)))
