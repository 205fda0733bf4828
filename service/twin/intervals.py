"""How sure counts are: 95 % intervals of shares, rates and ratios."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z95 = 1.959964
DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval; NaN where there is nothing to tell it from."""

    value: float
    low: float
    high: float


NOTHING = Estimate(value=math.nan, low=math.nan, high=math.nan)


def share(hits: int, total: int) -> Estimate:
    """Wilson's interval of a share (Wilson, J. Am. Stat. Assoc. 22 (1927) 209)."""
    if total == 0:
        return NOTHING
    p, z2 = hits / total, Z95**2
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * math.sqrt(p * (1 - p) / total + z2 / (4 * total**2))
    return Estimate(value=p, low=max(0.0, middle - half), high=min(1.0, middle + half))


def rate(count: int, exposure: float) -> Estimate:
    """Byar's approximation to the exact Poisson interval (Breslow, Day, IARC 82 (1987) 69)."""
    if exposure <= 0:
        return NOTHING
    low = 0.0 if count == 0 else count * (1 - 1 / (9 * count) - Z95 / (3 * math.sqrt(count))) ** 3
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z95 / (3 * math.sqrt(above))) ** 3
    return Estimate(value=count / exposure, low=max(low, 0.0) / exposure, high=high / exposure)


def ratio(tops: Sequence[float], bottoms: Sequence[float], seed: int = 0) -> Estimate:
    """Bootstrap interval of sum over sum; the pairs are drawn with replacement."""
    top, bottom = np.asarray(tops, np.float64), np.asarray(bottoms, np.float64)
    if not top.size or bottom.sum() <= 0:
        return NOTHING
    picked = np.random.default_rng(seed).integers(0, top.size, (DRAWS, top.size))
    below = bottom[picked].sum(axis=1)
    drawn = top[picked].sum(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(value=float(top.sum() / bottom.sum()), low=float(low), high=float(high))
