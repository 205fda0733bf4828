"""How contaminated the fibre is now: a Gamma-Poisson estimate with a change detector. Pure.

Findings above the recipe's `unsure` are counted by score, whatever the threshold is, so that the estimate does
not depend on what is shot at. Two levels are believed in, each as times the usual of the measured curve:
contamination and false findings. Which of the two a finding belongs to follows from its score, and from what
the reject bin showed. A cumulative sum of log-likelihood ratios (Page 1954, "Continuous inspection schemes")
tells when contamination left its level; what was found since then is the evidence for the new one. The same
sum the other way round tells when it is back.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaincinv

from service.plant.loop.curve import Spectrum, Vector

JUMP = 3.0  # the detector is tuned to contamination that becomes this many times its level
ALARM = 6.0  # log-likelihood ratio; a false alarm in about e^6 = 400 ticks, since each may begin a new sum
USUAL_WEIGHT = 400.0  # findings that the usual level is remembered over
LEVEL_WEIGHT = 60.0  # findings that a level off the usual is remembered over: bursts rise and fade
FIRST_WEIGHT = 4.0  # findings that the curve's own level counts for at the start
FABRIC_WEIGHT = 20.0  # findings that fabric's word on a lot counts for
CHECK_WEIGHT = 3.0  # checked shots that the curve's own share of false shots counts for
CHECKS_KEPT = 60.0  # checked shots that are remembered
EM_STEPS = 12  # until the level moves by less than a percent, on the curves tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamma:
    """A level: shape findings over rate findings expected at the usual."""

    shape: float
    rate: float

    @property
    def mean(self) -> float:
        """The level's mean."""
        return self.shape / self.rate

    @property
    def variance(self) -> float:
        """The level's variance."""
        return self.shape / self.rate**2

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 95 % of it."""
        return float(gammaincinv(self.shape, 0.025)) / self.rate, float(
            gammaincinv(self.shape, 0.975)
        ) / self.rate

    def fed(self, found: float, expected: float, weight: float) -> "Gamma":
        """Learn; older findings fade where there are more than `weight`."""
        shape, rate = self.shape + found, self.rate + expected
        keep = min(1.0, weight / max(shape, 1e-9))
        return Gamma(shape=shape * keep, rate=max(rate * keep, 1e-9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What one stretch of fibre showed; each tuple has a number for every bin of the spectrum."""

    tonnes: float
    findings: tuple[int, ...]
    confirmed: tuple[int, ...]  # shots told of meanwhile, also earlier ones: the bin held the contaminant
    false: tuple[int, ...]  # likewise: the bin held fibre only


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found since a moment, by score."""

    tonnes: float = 0.0
    findings: tuple[int, ...] = ()

    def on(self, tick: Tick) -> "Seen":
        """Add a tick."""
        before = self.findings or (0,) * len(tick.findings)
        findings = tuple(a + b for a, b in zip(before, tick.findings, strict=True))
        return Seen(tonnes=self.tonnes + tick.tonnes, findings=findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A cumulative sum, and what was found since it was last zero."""

    height: float = 0.0
    seen: Seen = Seen()

    def on(self, ratio: float, tick: Tick) -> "Sum":
        """Add a tick's log-likelihood ratio."""
        height = self.height + ratio
        return Sum(height=height, seen=self.seen.on(tick)) if height > 0 else Sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is believed of one kind of finding on one line."""

    usual: Gamma  # contamination when nothing special is on
    false: Gamma  # false findings
    level: Gamma | None = None  # contamination now, where it is off the usual
    up: Sum = Sum()
    back: Sum = Sum()
    checked: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # true, expected true, false, expected

    @property
    def contamination(self) -> Gamma:
        """Contamination now, times that of the curve."""
        return self.level or self.usual

    @property
    def burst(self) -> bool:
        """Whether contamination is above its usual level."""
        return self.level is not None and self.level.mean > self.usual.mean


def first_belief(contamination: float = 1.0, false_findings: float = 1.0) -> Belief:
    """Before anything was seen: the curve's own levels, held loosely."""
    return Belief(
        usual=Gamma(shape=FIRST_WEIGHT * contamination, rate=FIRST_WEIGHT),
        false=Gamma(shape=FIRST_WEIGHT * false_findings, rate=FIRST_WEIGHT),
    )


def with_prior(belief: Belief, factor: float) -> Belief:
    """A lot begins of which fabric says that it is `factor` times as contaminated as others; 1: nothing."""
    if factor == 1.0:
        return replace(belief, level=None, up=Sum(), back=Sum())
    mean = belief.usual.mean * factor
    level = Gamma(shape=FABRIC_WEIGHT, rate=FABRIC_WEIGHT / mean)
    return replace(belief, level=level, up=Sum(), back=Sum())


def learn(belief: Belief, spectrum: Spectrum, tick: Tick) -> Belief:
    """Take one more stretch of fibre into account."""
    if tick.tonnes <= 0:
        return belief
    belief = _heed_checks(belief, spectrum, tick)
    false_per_t = _false_per_t(belief, spectrum)
    level = belief.contamination.mean
    up = belief.up.on(_ratio(spectrum, false_per_t, tick, level, level * JUMP), tick)
    if up.height > ALARM:
        weight = Gamma(shape=1.0, rate=1.0 / (level * JUMP))
        return replace(belief, level=_since(spectrum, false_per_t, up.seen, weight), up=Sum(), back=Sum())
    back = belief.back
    if belief.level is not None:
        back = back.on(_ratio(spectrum, false_per_t, tick, level, belief.usual.mean), tick)
        if back.height > ALARM:
            return replace(belief, level=None, up=Sum(), back=Sum())
    return _attribute(replace(belief, up=up, back=back), spectrum, false_per_t, tick)


def level_since(belief: Belief, spectrum: Spectrum, seen: Seen) -> float:
    """Contamination in what was found since a moment, times that of the curve."""
    weight = Gamma(shape=1.0, rate=1.0 / belief.contamination.mean)
    return _since(spectrum, _false_per_t(belief, spectrum), seen, weight).mean


def _attribute(belief: Belief, spectrum: Spectrum, false_per_t: Vector, tick: Tick) -> Belief:
    """Share the findings out between contaminants and false ones, by their scores."""
    true = belief.contamination.mean * spectrum.true_per_t
    chance = true / (true + false_per_t)
    findings = np.array(tick.findings, np.float64)
    found_true = float(np.sum(findings * chance))
    found_false = float(np.sum(findings * (1 - chance)))
    expected_true = float(np.sum(spectrum.true_per_t)) * tick.tonnes
    expected_false = float(np.sum(spectrum.false_per_t)) * tick.tonnes
    learnt = replace(belief, false=belief.false.fed(found_false, expected_false, USUAL_WEIGHT))
    if belief.level is None:
        return replace(learnt, usual=belief.usual.fed(found_true, expected_true, USUAL_WEIGHT))
    return replace(learnt, level=belief.level.fed(found_true, expected_true, LEVEL_WEIGHT))


def _heed_checks(belief: Belief, spectrum: Spectrum, tick: Tick) -> Belief:
    confirmed, false = np.array(tick.confirmed, np.float64), np.array(tick.false, np.float64)
    checks = confirmed + false
    if not checks.any():
        return belief
    true = belief.contamination.mean * spectrum.true_per_t
    chance = true / (true + belief.false.mean * spectrum.false_per_t)
    new = (confirmed.sum(), np.sum(checks * chance), false.sum(), np.sum(checks * (1 - chance)))
    held = [a + float(b) for a, b in zip(belief.checked, new, strict=True)]
    keep = min(1.0, CHECKS_KEPT / (held[0] + held[2]))
    return replace(belief, checked=(held[0] * keep, held[1] * keep, held[2] * keep, held[3] * keep))


def _false_per_t(belief: Belief, spectrum: Spectrum) -> Vector:
    """False findings by score; more of them look true than the curve says where the reject bin says so."""
    true, expected_true, false, expected_false = belief.checked
    odds = (false + CHECK_WEIGHT) / (expected_false + CHECK_WEIGHT)
    odds /= (true + CHECK_WEIGHT) / (expected_true + CHECK_WEIGHT)
    return belief.false.mean * max(odds, 0.2) * spectrum.false_per_t


def _ratio(spectrum: Spectrum, false_per_t: Vector, tick: Tick, now: float, then: float) -> float:
    """Log-likelihood of a tick at contamination `then`, against `now`."""
    by_bin = np.log((then * spectrum.true_per_t + false_per_t) / (now * spectrum.true_per_t + false_per_t))
    found = float(np.sum(np.array(tick.findings) * by_bin))
    return found - (then - now) * float(np.sum(spectrum.true_per_t)) * tick.tonnes


def _since(spectrum: Spectrum, false_per_t: Vector, held: Seen, weight: Gamma) -> Gamma:
    """The level of what was found since a sum was zero: expectation and maximisation over its scores."""
    findings = np.array(held.findings)
    expected = float(np.sum(spectrum.true_per_t)) * held.tonnes
    level, found = weight.mean, 0.0
    for _ in range(EM_STEPS):
        true = level * spectrum.true_per_t
        found = float(np.sum(findings * true / (true + false_per_t)))
        level = (weight.shape + found) / (weight.rate + expected)
    return Gamma(shape=weight.shape + found, rate=weight.rate + expected)
