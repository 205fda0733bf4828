"""The closed loop against fixed settings: what shifts with and without bursts of contamination cost.

    python benchmarks/loop.py [--seeds report|tune] [--json]

SIMULATED: findings are drawn from the trade curve that the line twin measured on rendered lint
(`benchmarks/loop_curves.json`; each run's command is written in it). The loop knows the first curve; what
truly happens follows the second, another seed of the twin. A shift is 8 h of belt; contamination of each kind
is drawn for the shift, and in burst shifts one kind becomes 5 to 30 times as frequent for 0.5 to 3 h. Every
hour 20 shots are looked at in the reject bin, 3 in 100 of the verdicts are wrong. Costs: pieces found but not
shot at, and good fibre in shots; pieces that are not found at all cost the same at every setting and are left
out. "unchanged" is the best threshold for the shift's usual level by the loop's own curve; "hindsight" the
best fixed threshold of each kind, found after the shift. Seeds 1000.. were used for tuning, 1.. report.
"""

import argparse
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from service.plant.loop.belief import Tick, first_belief, learn
from service.plant.loop.controller import Evidence, weigh
from service.plant.loop.curve import Spectrum, cost_of, grid, read_trade, spectrum_of
from service.plant.views.loop import Bounds

CURVES = Path(__file__).parent / "loop_curves.json"
START = datetime(2026, 1, 1, tzinfo=UTC)
TICK_MIN = 2.0
SHIFT_H = 8.0
SHIFTS = 8  # of each sort
CHECKS_PER_HOUR = 20
WRONG_VERDICT = 0.03
LOWEST, HIGHEST, STEP = 1.0, 15.0, 4.0  # bounds on scores, as an engineer would set them
FEWEST = 10  # findings of contaminants, and false ones, that a kind's curve rests on; others have no trade
BOUNDS = {"hysteresis_pct": 5.0, "least_findings": 15, "least_checks": 0, "cool_down_min": 10.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Shift:
    """One shift of one kind: contamination and false findings tick by tick, times the curve's."""

    contamination: np.ndarray
    false: np.ndarray
    usual: float
    miss_price: float


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Money of one shift of one kind."""

    loop: float
    unchanged: float
    hindsight: float
    moves: int


def main() -> int:
    """Run and print, JSON last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", choices=("report", "tune"), default="report")
    parser.add_argument("--json", action="store_true", help="only the last line")
    chosen = parser.parse_args()
    first = 1 if chosen.seeds == "report" else 1000
    told = json.loads(CURVES.read_text(encoding="utf-8"))
    known, truths = spectra(told["loop"]), spectra(told["truth"])
    tonnes = float(told["truth"]["fed_kg_per_hour"]) / 1000 * TICK_MIN / 60
    kinds = sorted(known.keys() & truths.keys())
    figures: dict[str, Any] = {
        "kinds": kinds,
        "shifts_of_each": SHIFTS,
        "seeds_from": first,
        "simulated": True,
    }
    for sort in ("burst", "quiet", "dust"):
        shifts = [
            run_shift(seed, sort, kinds, known, truths, tonnes) for seed in range(first, first + SHIFTS)
        ]
        figures[sort] = summary(shifts)
        if not chosen.json:
            print(sort, json.dumps(figures[sort], indent=1), flush=True)
    print(json.dumps({"loop": figures}))
    return 0


def spectra(told: dict[str, Any]) -> dict[str, Spectrum]:
    """Each kind whose curve rests on enough findings of contaminants."""
    return {
        kind: spectrum
        for kind, (points, measured_t, _) in read_trade(json.dumps(told)).items()
        if min(points[0].true_shots_per_t, points[0].false_shots_per_t) * measured_t >= FEWEST
        for spectrum in [spectrum_of(points, measured_t)]
    }


def draw_shift(rng: np.random.Generator, sort: str, *, hit: bool) -> Shift:
    """What a shift brings of one kind."""
    ticks = round(SHIFT_H * 60 / TICK_MIN)
    usual = float(np.exp(rng.uniform(math.log(0.02), math.log(0.2))))
    contamination, false = np.full(ticks, usual), np.full(ticks, float(rng.uniform(0.7, 1.4)))
    begins, lasts = rng.uniform(1.0, 4.5) * 60 / TICK_MIN, rng.uniform(0.5, 3.0) * 60 / TICK_MIN
    during = slice(int(begins), int(begins + lasts))
    if hit and sort == "burst":
        contamination[during] *= float(np.exp(rng.uniform(math.log(5), math.log(30))))
    if hit and sort == "dust":
        false[during] *= float(np.exp(rng.uniform(math.log(5), math.log(30))))
    return Shift(
        contamination=contamination, false=false, usual=usual, miss_price=float(rng.uniform(0.05, 0.5))
    )


def run_shift(
    seed: int,
    sort: str,
    kinds: list[str],
    known: dict[str, Spectrum],
    truths: dict[str, Spectrum],
    tonnes: float,
) -> Costs:
    """A shift of all kinds; one of them is hit."""
    rng = np.random.default_rng([seed, {"burst": 0, "quiet": 1, "dust": 2}[sort]])
    hit = kinds[int(rng.integers(len(kinds)))]
    runs = [run_kind(rng, known[k], truths[k], draw_shift(rng, sort, hit=k == hit), tonnes) for k in kinds]
    return Costs(
        loop=sum(run.loop for run in runs),
        unchanged=sum(run.unchanged for run in runs),
        hindsight=sum(run.hindsight for run in runs),
        moves=sum(run.moves for run in runs),
    )


def run_kind(
    rng: np.random.Generator, known: Spectrum, truth: Spectrum, shift: Shift, tonnes: float
) -> Costs:
    """One kind through one shift: the loop sees findings and an hourly look into the bin, nothing else."""
    low, high = max(float(known.edges[0]), LOWEST), min(float(known.edges[-1]), HIGHEST)
    bounds = Bounds(
        line="sim", article="lint", kind="sim", low=low, high=high, step=STEP,
        miss_price=shift.miss_price, fibre_price_per_kg=1.7, start=0.0, **BOUNDS,
    )  # fmt: skip
    tried = grid(known, low, high)
    start = float(tried[np.argmin(cost_of(known, bounds, tried).at(shift.usual, 1.0))])
    true_cost = cost_of(truth, bounds, tried)
    belief = first_belief(shift.usual)
    threshold, moved, moves, seen, spent = start, None, 0, Evidence(), 0.0
    bin_shots: list[tuple[float, bool]] = []
    paid = np.zeros(len(tried))
    for at, (contamination, false) in enumerate(zip(shift.contamination, shift.false, strict=True)):
        now = START + timedelta(minutes=TICK_MIN * (at + 1))
        scores, are_true = draw_findings(rng, truth, contamination, false, tonnes)
        costs = true_cost.at(contamination, false) * tonnes
        paid += costs
        spent += float(np.interp(threshold, tried, costs))
        bin_shots += [(s, t) for s, t in zip(scores, are_true, strict=True) if s >= threshold]
        confirmed, wrong = (), ()
        if (at + 1) % round(60 / TICK_MIN) == 0:
            confirmed, wrong = look_into_bin(rng, bin_shots)
            bin_shots = []
        tick = Tick(
            tonnes=tonnes,
            findings=known.bins_of(scores),
            confirmed=known.bins_of(confirmed),
            false=known.bins_of(wrong),
        )
        belief = learn(belief, known, tick)
        seen = Evidence(
            findings=seen.findings + sum(tick.findings),
            confirmed=seen.confirmed + len(confirmed), false=seen.false + len(wrong),
        )  # fmt: skip
        weighed = weigh(belief, known, bounds, threshold, seen, moved_utc=moved, now=now, locked=False)
        if weighed.standing == "moves":
            threshold, moved, moves, seen = weighed.move_to, now, moves + 1, Evidence()
    unchanged = float(np.interp(start, tried, paid))
    return Costs(loop=spent, unchanged=unchanged, hindsight=float(paid.min()), moves=moves)


def draw_findings(
    rng: np.random.Generator, truth: Spectrum, contamination: float, false: float, tonnes: float
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a tick's findings, and which are of contaminants."""
    n_true = rng.poisson(contamination * truth.true_per_t * tonnes)
    n_false = rng.poisson(false * truth.false_per_t * tonnes)
    at = np.concatenate([np.repeat(np.arange(len(n)), n) for n in (n_true, n_false)])
    tops = np.append(truth.edges[1:], truth.edges[-1] * 1.05)
    scores = truth.edges[at] + rng.random(len(at)) * (tops[at] - truth.edges[at])
    return scores, np.arange(len(at)) < n_true.sum()


def look_into_bin(
    rng: np.random.Generator, shots: list[tuple[float, bool]]
) -> tuple[list[float], list[float]]:
    """Scores of shots found confirmed and false, a few of them wrongly."""
    picked = rng.permutation(len(shots))[:CHECKS_PER_HOUR]
    told = [(shots[i][0], shots[i][1] != (rng.random() < WRONG_VERDICT)) for i in picked]
    return [s for s, true in told if true], [s for s, true in told if not true]


def summary(shifts: list[Costs]) -> dict[str, Any]:
    """Ratios of money summed over the shifts, with the spread of single shifts."""
    loop, hindsight, unchanged = (
        np.array([getattr(shift, name) for shift in shifts]) for name in ("loop", "hindsight", "unchanged")
    )
    to_hindsight, to_unchanged = loop / hindsight, loop / unchanged
    return {
        "to_hindsight": float(loop.sum() / hindsight.sum()),
        "to_unchanged": float(loop.sum() / unchanged.sum()),
        "hindsight_to_unchanged": float(hindsight.sum() / unchanged.sum()),
        "to_hindsight_of_shifts": [float(q) for q in np.quantile(to_hindsight, (0.05, 0.5, 0.95))],
        "to_unchanged_of_shifts": [float(q) for q in np.quantile(to_unchanged, (0.05, 0.5, 0.95))],
        "moves_per_shift": float(np.mean([shift.moves for shift in shifts])),
    }


if __name__ == "__main__":
    raise SystemExit(main())
