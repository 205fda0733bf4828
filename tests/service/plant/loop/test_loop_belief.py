from dataclasses import replace

import numpy as np
import pytest

from service.plant.loop.belief import Belief, Tick, first_belief, learn, with_prior
from service.plant.loop.curve import Spectrum, spectrum_of
from service.plant.views.loop import CurvePoint

TONNES = 0.1


def curve() -> Spectrum:
    """Contaminants score high, false findings low; 100 of each a tonne at the curve's own levels."""
    points = [
        CurvePoint(
            threshold=float(at), missed_per_t=100.0 - true, true_shots_per_t=true, false_shots_per_t=false,
            good_fibre_kg_per_t=(true + false) * 0.001,
        )
        for at, true, false in ((1, 100, 100), (2, 90, 50), (3, 75, 15), (4, 50, 0))
    ]  # fmt: skip
    return spectrum_of(points, measured_t=10.0)


def tick(
    rng: np.random.Generator, times: float, false: float = 1.0, *, told: tuple[int, int] = (0, 0)
) -> Tick:
    spectrum = curve()
    rates = times * spectrum.true_per_t + false * spectrum.false_per_t
    findings = rng.poisson(rates * TONNES)
    none = (0,) * len(findings)
    confirmed, wrong = ((0,) * 3 + (number,) for number in told)
    return Tick(
        tonnes=TONNES,
        findings=tuple(int(n) for n in findings),
        confirmed=confirmed if told[0] else none,
        false=wrong if told[1] else none,
    )


def after(belief: Belief, ticks: int, times: float, seed: int = 1, false: float = 1.0) -> Belief:
    rng = np.random.default_rng(seed)
    for _ in range(ticks):
        belief = learn(belief, curve(), tick(rng, times, false))
    return belief


def test_usual_contamination_stays_the_usual() -> None:
    belief = after(first_belief(), 300, 1.0)
    assert belief.level is None
    assert belief.contamination.mean == pytest.approx(1.0)  # times itself
    assert belief.usual.mean == pytest.approx(1.0, abs=0.15)


def test_a_burst_is_seen_and_its_level_is_known() -> None:
    belief = after(after(first_belief(), 50, 1.0), 5, 10.0, seed=2)
    assert belief.burst
    low, high = belief.contamination.interval
    assert low < 10 < high


def test_after_a_burst_belief_comes_back_to_the_usual() -> None:
    during = after(after(first_belief(), 50, 1.0), 10, 10.0, seed=2)
    back = after(during, 10, 1.0, seed=3)
    assert back.level is None
    assert back.usual.mean == pytest.approx(during.usual.mean, abs=0.2)  # the burst was not taken for usual


def test_more_false_findings_are_no_burst() -> None:
    belief = after(after(first_belief(), 50, 1.0), 20, 1.0, seed=2, false=4.0)
    assert belief.level is None
    assert belief.false_findings.mean > 2


def test_the_reject_bin_makes_high_scores_false() -> None:
    rng = np.random.default_rng(5)
    belief = first_belief()
    for _ in range(4):
        belief = learn(belief, curve(), tick(rng, 1.0, told=(0, 10)))
    assert belief.odds > 2
    corrected = belief.corrects(curve())
    assert corrected.false_per_t[-1] == pytest.approx(curve().false_per_t[-1] * belief.odds)
    assert corrected.false_per_t[0] == curve().false_per_t[0]  # nobody looked at what is not shot


def test_fabric_raises_a_lot_and_what_is_found_corrects_it() -> None:
    belief = with_prior(after(first_belief(), 50, 1.0), 4.0)
    assert belief.burst
    assert belief.contamination.mean == pytest.approx(4.0)
    assert after(belief, 30, 1.0, seed=4).level is None


def test_no_fibre_teaches_nothing() -> None:
    belief = first_belief()
    assert learn(belief, curve(), replace(tick(np.random.default_rng(1), 1.0), tonnes=0.0)) == belief
