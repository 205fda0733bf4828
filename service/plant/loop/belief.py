"""How contaminated the fibre is now: a Gamma-Poisson estimate with a change detector. Pure.

Findings above the recipe's `unsure` are counted by score, whatever the threshold is, so that the estimate
does not depend on what is shot at. Two levels are believed in, each as times the usual of the measured curve:
contamination and false findings. Which of the two a finding belongs to follows from its score, and from what
the reject bin showed. A cumulative sum of log-likelihood ratios (Page 1954, "Continuous inspection schemes")
tells when contamination left its level; what was found since then is the evidence for the new one. The same
sum the other way round tells when it is back.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaincinv

from service.plant.loop.curve import Spectrum

JUMP = 4.0  # the detector is tuned to contamination that becomes this many times its level
ALARM = 14.0  # log-likelihood ratio; chance alone needs 6, the rest is for curves that are not quite true
USUAL_WEIGHT = 400.0  # findings that the usual level is remembered over
LEVEL_WEIGHT = 60.0  # findings that a level off the usual is remembered over: bursts rise and fade
FALSE_WEIGHT = 100.0  # false findings that theirs is remembered over
FALSE_USUAL_WEIGHT = 100_000.0  # and their usual level: some shifts
FIRST_WEIGHT = 20.0  # findings that the engineer's threshold counts for at the start
FABRIC_WEIGHT = 20.0  # findings that fabric's word on a lot counts for
CHECK_WEIGHT = 20.0  # checked shots that the curve's own share of false shots counts for
CHECKS_KEPT = 100.0  # checked shots that are remembered
LEAST_ODDS = 0.2  # checks alone never make false findings rarer than this, times what scores say
EM_STEPS = 8


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

    def times(self, factor: float) -> "Gamma":
        """The same in another unit."""
        return Gamma(shape=self.shape, rate=self.rate / factor)

    def kept(self, weight: float) -> "Gamma":
        """The same level, remembered over `weight` findings at most."""
        keep = min(1.0, weight / max(self.shape, 1e-9))
        return Gamma(shape=self.shape * keep, rate=self.rate * keep)


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

    anchor: float  # contamination at which the engineer's threshold costs least, by the curve
    usual: Gamma  # contamination when nothing special is on
    false: Gamma  # false findings now
    false_usual: Gamma  # over the last shifts
    level: Gamma | None = None  # contamination now, where it is off the usual
    up: Sum = Sum()
    back: Sum = Sum()
    checked: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # true, expected true, false, expected
    checked_from: float = 0.0  # lowest score that the reject bin told of lately

    @property
    def now(self) -> Gamma:
        """Contamination now, times that of the curve."""
        return self.level or self.usual

    @property
    def contamination(self) -> Gamma:
        """Contamination now, times the usual."""
        return self.now.times(1.0 / self.usual.mean)

    @property
    def false_findings(self) -> Gamma:
        """False findings now, times the usual."""
        return self.false.times(1.0 / self.false_usual.mean)

    @property
    def odds(self) -> float:
        """How much likelier a shot is false than its score says, by what the reject bin showed."""
        true, expected_true, false, expected_false = self.checked
        odds = (false + CHECK_WEIGHT) / (expected_false + CHECK_WEIGHT)
        return max(odds * (expected_true + CHECK_WEIGHT) / (true + CHECK_WEIGHT), LEAST_ODDS)

    def corrects(self, spectrum: Spectrum) -> Spectrum:
        """The curve with as many false findings among the shots as the reject bin says."""
        return spectrum.with_false(self.odds, self.checked_from)

    @property
    def burst(self) -> bool:
        """Whether contamination is above its usual level."""
        return self.level is not None and self.level.mean > self.usual.mean


def first_belief(anchor: float = 1.0) -> Belief:
    """Before anything was seen: the levels at which the engineer's threshold is right, held loosely."""
    false = Gamma(shape=FIRST_WEIGHT, rate=FIRST_WEIGHT)
    usual = Gamma(shape=FIRST_WEIGHT, rate=FIRST_WEIGHT / anchor)
    return Belief(anchor=anchor, usual=usual, false=false, false_usual=false)


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
    spectrum = belief.corrects(spectrum)
    seen = Seen().on(tick)
    level = belief.now.mean
    here = _likelihood(belief, spectrum, seen, level)
    up = belief.up.on(_likelihood(belief, spectrum, seen, level * JUMP) - here, tick)
    if up.height > ALARM:
        found = _shared(belief, spectrum, up.seen, Gamma(shape=1.0, rate=1.0 / (level * JUMP)))
        return replace(belief, level=found.true, false=found.false, up=Sum(), back=Sum())
    back = belief.back
    if belief.level is not None:
        back = back.on(_likelihood(belief, spectrum, seen, belief.usual.mean) - here, tick)
        if back.height > ALARM:
            return replace(belief, level=None, up=Sum(), back=Sum())
    found = _shared(belief, spectrum, seen, belief.now)
    grown = Gamma(
        shape=belief.false_usual.shape + found.false.shape - belief.false.kept(FALSE_WEIGHT).shape,
        rate=belief.false_usual.rate + found.false.rate - belief.false.kept(FALSE_WEIGHT).rate,
    )
    false_usual = grown.kept(FALSE_USUAL_WEIGHT)
    belief = replace(belief, up=up, back=back, false=found.false, false_usual=false_usual)
    if belief.level is None:
        return replace(belief, usual=found.true.kept(USUAL_WEIGHT))
    return replace(belief, level=found.true.kept(LEVEL_WEIGHT))


def level_since(belief: Belief, spectrum: Spectrum, seen: Seen) -> tuple[float, float]:
    """Contamination and false findings in what was found since a moment, times the usual."""
    found = _shared(belief, belief.corrects(spectrum), seen, Gamma(shape=1.0, rate=1.0 / belief.now.mean))
    return found.true.mean / belief.usual.mean, found.false.mean / belief.false_usual.mean


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    true: Gamma
    false: Gamma


def _shared(belief: Belief, spectrum: Spectrum, seen: Seen, prior: Gamma) -> _Shared:
    """Share findings out between contaminants and false ones by their scores (expectation, maximisation).

    A finding that might be either tells less of the level than one that is surely of it: found and expected
    are scaled by the share of information that the scores leave (Louis 1982, missing information principle).
    """
    findings, tonnes = np.array(seen.findings, np.float64), seen.tonnes
    true_per_t, false_per_t = spectrum.true_per_t, spectrum.false_per_t
    expected_true, expected_false = float(true_per_t.sum()) * tonnes, float(false_per_t.sum()) * tonnes
    before = belief.false.kept(FALSE_WEIGHT)
    level, false = prior.mean, before.mean
    chance = np.zeros_like(findings)
    for _ in range(EM_STEPS):
        true = level * true_per_t
        chance = true / (true + false * false_per_t)
        level = (prior.shape + float(findings @ chance)) / (prior.rate + expected_true)
        false = (before.shape + float(findings @ (1 - chance))) / (before.rate + expected_false)
    found = float(findings @ chance)
    told = float(findings @ chance**2) / found if found > 0 else float(chance.mean())
    return _Shared(
        true=Gamma(shape=prior.shape + told * found, rate=prior.rate + told * expected_true),
        false=Gamma(shape=before.shape + float(findings @ (1 - chance)), rate=before.rate + expected_false),
    )


def _likelihood(belief: Belief, spectrum: Spectrum, seen: Seen, level: float) -> float:
    """Log-likelihood of findings at a level of contamination; false ones take the level that fits best."""
    findings = np.array(seen.findings, np.float64)
    true, false_per_t = level * spectrum.true_per_t, spectrum.false_per_t
    expected = float(false_per_t.sum()) * seen.tonnes
    before = belief.false.kept(FALSE_WEIGHT)
    false = before.mean
    for _ in range(EM_STEPS):
        chance = true / (true + false * false_per_t)
        false = (before.shape + float(findings @ (1 - chance))) / (before.rate + expected)
    fit = float(findings @ np.log(true + false * false_per_t)) - float(true.sum()) * seen.tonnes
    prior = before.shape * float(np.log(false)) - before.rate * false
    return fit - false * expected + prior


def _heed_checks(belief: Belief, spectrum: Spectrum, tick: Tick) -> Belief:
    confirmed, false = np.array(tick.confirmed, np.float64), np.array(tick.false, np.float64)
    checks = confirmed + false
    if not checks.any():
        return belief
    true = belief.now.mean * spectrum.true_per_t
    chance = true / (true + belief.false.mean * spectrum.false_per_t)
    new = (confirmed.sum(), np.sum(checks * chance), false.sum(), np.sum(checks * (1 - chance)))
    held = [a + float(b) for a, b in zip(belief.checked, new, strict=True)]
    keep = min(1.0, CHECKS_KEPT / (held[0] + held[2]))
    lowest = float(spectrum.edges[int(np.argmax(checks > 0))])
    checked = (held[0] * keep, held[1] * keep, held[2] * keep, held[3] * keep)
    return replace(belief, checked=checked, checked_from=lowest)
