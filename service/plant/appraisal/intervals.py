"""Wilson's score interval (1927): sensible for few samples and for shares near 0 and 1."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964  # two-sided 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its 95 % interval; without samples nothing is known and the interval is everything."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float


def share_of(hits: int, of: int) -> Share:
    """Count a share."""
    if of <= 0:
        return Share(hits=0, of=0, value=None, low=0.0, high=1.0)
    rate, z2 = hits / of, Z_95**2
    centre = (rate + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 * sqrt(rate * (1 - rate) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return Share(hits=hits, of=of, value=rate, low=max(0.0, centre - half), high=min(1.0, centre + half))
