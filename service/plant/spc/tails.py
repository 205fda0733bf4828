"""Where a skewed count leaves its limits.

Three sigmas on each side of a normal hold all but 0.135 % a side. A count of few defects is skewed: three
sigmas above its mean hold less, below zero there is nothing. So the limits are the counts that a negative
binomial with the same mean and spread passes with that probability; where counts are large the two agree.
"""

from scipy.special import betainc, pdtr

TAIL = 0.00135  # beyond three sigmas of a normal, one side
NEARLY_POISSON = 1.0001  # variance / mean; below it the negative binomial has no size


def upper_count(mean: float, variance: float, tail: float = TAIL) -> float:
    """The largest count that is still in control: more than it comes with probability below `tail`."""
    count = max(0, int(mean))
    while 1 - _at_most(count, mean, variance) > tail:
        count += 1
    return float(count)


def lower_count(mean: float, variance: float, tail: float = TAIL) -> float:
    """The smallest count that is still in control; 0 where even none at all is likely enough."""
    count = max(0, int(mean))
    while count > 0 and _at_most(count - 1, mean, variance) > tail:
        count -= 1
    return float(count)


def _at_most(count: int, mean: float, variance: float) -> float:
    """P(X <= count): negative binomial of this mean and variance, Poisson without overdispersion."""
    if mean <= 0:
        return 1.0
    if variance <= mean * NEARLY_POISSON:
        return float(pdtr(count, mean))
    size = mean**2 / (variance - mean)
    return float(betainc(size, count + 1, size / (size + mean)))
