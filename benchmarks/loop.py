"""The closed loop against fixed settings: what shifts with and without bursts of contamination cost.

    python benchmarks/loop.py [--seeds report|tune] [--json]

SIMULATED: findings are drawn from the trade curve that the line twin measured on rendered lint, two seeds
of it pooled (`benchmarks/loop_curves.json`; each run's command is written in it). The loop does not know
that curve: it knows one with the sampling error of a ten-minute run of the twin, drawn anew for each shift.
A shift is 8 h of belt after 1 h of watching; contamination of each kind is drawn for the shift, and in
burst shifts one kind becomes 5 to 30 times as frequent for 0.5 to 3 h; in dust shifts false findings do.
Every hour 20 shots are looked at in the reject bin, 3 in 100 of the verdicts are wrong. Costs: pieces found
but not shot at, and good fibre in shots; pieces that are not found at all cost the same at every setting
and are left out. "unchanged" is the best threshold for the shift's usual level by the loop's own curve;
"hindsight" the best fixed threshold of each kind, found after the shift. "other_lint" is the burst shift
where the loop's curve is the first seed's and the truth the second's: what a curve of one minute on other
lint costs. Seeds from 1000 on were used for tuning.
"""

import argparse
import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from service.plant.loop.belief import Tick, first_belief, learn
from service.plant.loop.controller import Evidence, weigh
from service.plant.loop.curve import (
    SEEN_FINDINGS,
    Spectrum,
    anchor_of,
    cost_of,
    grid,
    read_trade,
    spectrum_of,
)
from service.plant.views.loop import Bounds, CurvePoint

CURVES = Path(__file__).parent / "loop_curves.json"
START = datetime(2026, 1, 1, tzinfo=UTC)
TICK_MIN = 2.0
SHIFT_H = 8.0
WATCH_H = 1.0  # before the shift, without moving anything
MEASURED_T = 0.4  # ten minutes of the twin's belt
SHIFTS = 40  # of each sort
CHECKS_PER_HOUR = 20
WRONG_VERDICT = 0.03
FEWEST = 10  # findings of contaminants, and false ones, that a kind's curve rests on; others have no trade
BOUNDS = Bounds(
    line="sim", article="lint", kind="sim", low=1.0, high=15.0, step=4.0, hysteresis_pct=5.0,
    least_findings=15, least_checks=0, cool_down_min=10.0, miss_price=0.0, fibre_price_per_kg=1.7, start=0.0,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Shift:
    """One shift of one kind: contamination and false findings tick by tick, times the curve's."""

    contamination: np.ndarray
    false: np.ndarray
    usual: float
    miss_price: float


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Money of one shift."""

    loop: float
    unchanged: float
    hindsight: float
    oracle: float  # the best threshold of every two minutes, known beforehand
    moves: int
    times: float  # contamination of the burst, times the usual


def main() -> int:
    """Run and print, JSON last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", choices=("report", "tune"), default="report")
    parser.add_argument("--json", action="store_true", help="only the last line")
    chosen = parser.parse_args()
    first = 1 if chosen.seeds == "report" else 1000
    told = json.loads(CURVES.read_text(encoding="utf-8"))["runs"]
    truths = spectra([read_trade(json.dumps(run)) for run in told])
    lone = [spectra([read_trade(json.dumps(run))]) for run in told]
    tonnes = float(told[0]["fed_kg_per_hour"]) / 1000 * TICK_MIN / 60
    figures: dict[str, Any] = {
        "kinds": sorted(truths),
        "shifts_of_each": SHIFTS,
        "seeds_from": first,
        "simulated": True,
    }
    for sort in ("burst", "quiet", "dust"):
        shifts = [run_shift(seed, sort, None, truths, tonnes) for seed in range(first, first + SHIFTS)]
        figures[sort] = tell(sort, shifts, quiet=chosen.json)
        if sort == "burst":
            for low, high in ((5, 10), (10, 20), (20, 30)):
                name = f"burst_{low}_to_{high}_times"
                part = [shift for shift in shifts if low <= shift.times < high]
                figures[name] = tell(name, part, quiet=chosen.json)
    both = {kind: lone[1][kind] for kind in lone[0].keys() & lone[1].keys()}
    shifts = [run_shift(seed, "burst", lone[0], both, tonnes) for seed in range(first, first + SHIFTS)]
    figures["other_lint"] = tell("other_lint", shifts, quiet=chosen.json)
    print(json.dumps({"loop": figures}))
    return 0


def spectra(runs: list[dict[str, tuple[tuple[CurvePoint, ...], float, bool]]]) -> dict[str, Spectrum]:
    """Each kind's pooled curve, where it has a trade: enough findings of contaminants, and false ones."""
    found = {}
    for kind in set.intersection(*(set(run) for run in runs)):
        points, measured_t = pooled([run[kind][:2] for run in runs])
        rests_on = min(points[0].true_shots_per_t, points[0].false_shots_per_t) * measured_t
        if rests_on >= FEWEST and len(points) > 2:
            found[kind] = spectrum_of(points, measured_t)
    return found


def pooled(curves: list[tuple[tuple[CurvePoint, ...], float]]) -> tuple[tuple[CurvePoint, ...], float]:
    """Several runs' curves as one of all their fibre."""
    edges = sorted({round(point.threshold, 3) for points, _ in curves for point in points})
    tonnes = sum(measured_t for _, measured_t in curves)
    names = ("missed_per_t", "true_shots_per_t", "false_shots_per_t", "good_fibre_kg_per_t")
    means = {name: np.zeros(len(edges)) for name in names}
    for points, measured_t in curves:
        at = [point.threshold for point in points]
        for name in names:
            values = [getattr(point, name) for point in points]
            means[name] += np.interp(edges, at, values) * measured_t / tonnes
    return (
        tuple(
            CurvePoint(threshold=edge, **{name: float(means[name][i]) for name in names})
            for i, edge in enumerate(edges)
        ),
        tonnes,
    )


def measured(rng: np.random.Generator, truth: Spectrum) -> Spectrum:
    """The curve as a run of MEASURED_T tonnes would have shown it: counts by score with their own chance."""
    true = np.asarray((rng.poisson(truth.true_per_t * MEASURED_T) + SEEN_FINDINGS) / MEASURED_T, np.float64)
    false = np.asarray((rng.poisson(truth.false_per_t * MEASURED_T) + SEEN_FINDINGS) / MEASURED_T, np.float64)
    more_true, more_false = true / truth.true_per_t, false / truth.false_per_t
    missed = np.concatenate([[0.0], np.cumsum(np.diff(truth.missed_per_t) * more_true[:-1])])
    return Spectrum(
        edges=truth.edges, true_per_t=true, false_per_t=false, missed_per_t=missed,
        true_kg_per_t=from_top(truth.true_kg_per_t, more_true),
        false_kg_per_t=from_top(truth.false_kg_per_t, more_false),
    )  # fmt: skip


def from_top(sums: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Sums from each edge upwards, with every bin's own part so many times as large."""
    parts = -np.diff([*sums, 0.0]) * times
    return np.cumsum(parts[::-1])[::-1]


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
    seed: int, sort: str, known: dict[str, Spectrum] | None, truths: dict[str, Spectrum], tonnes: float
) -> Costs:
    """A shift of all kinds; one of them is hit. `known` None: the loop knows a measured copy of the truth."""
    rng = np.random.default_rng([seed, ("burst", "quiet", "dust").index(sort)])
    kinds = sorted(truths)
    hit = max(kinds, key=lambda kind: float(truths[kind].true_per_t.sum()))
    runs = []
    for kind in kinds:
        shift = draw_shift(rng, sort, hit=kind == hit)
        curve = measured(rng, truths[kind]) if known is None else known[kind]
        runs.append(run_kind(rng, curve, truths[kind], shift, tonnes))
    return Costs(
        loop=sum(run.loop for run in runs),
        unchanged=sum(run.unchanged for run in runs),
        hindsight=sum(run.hindsight for run in runs),
        oracle=sum(run.oracle for run in runs),
        moves=sum(run.moves for run in runs),
        times=max(run.times for run in runs),
    )


def run_kind(
    rng: np.random.Generator, known: Spectrum, truth: Spectrum, shift: Shift, tonnes: float
) -> Costs:
    """One kind through one shift: the loop sees findings and an hourly look into the bin, nothing else."""
    low, high = max(float(known.edges[0]), BOUNDS.low), min(float(known.edges[-1]), BOUNDS.high)
    bounds = replace(BOUNDS, low=low, high=high, miss_price=shift.miss_price)
    tried = grid(known, low, high)
    start = float(tried[np.argmin(cost_of(known, bounds, tried).at(shift.usual, 1.0))])
    true_cost = cost_of(truth, bounds, tried)
    belief = first_belief(anchor_of(known, replace(bounds, start=start)))
    threshold, moved, moves, seen, spent, foreseen = start, None, 0, Evidence(), 0.0, 0.0
    bin_shots: list[tuple[float, bool]] = []
    paid = np.zeros(len(tried))
    watching = round(WATCH_H * 60 / TICK_MIN)
    ticks = zip([shift.usual] * watching, [shift.false[0]] * watching, strict=True)
    during = zip(shift.contamination, shift.false, strict=True)
    for at, (contamination, false) in enumerate((*ticks, *during)):
        now = START + timedelta(minutes=TICK_MIN * (at + 1))
        scores, are_true = draw_findings(rng, truth, contamination, false, tonnes)
        costs = true_cost.at(contamination, false) * tonnes
        if at >= watching:
            paid += costs
            foreseen += float(costs.min())
            spent += float(np.interp(threshold, tried, costs))
        bin_shots += [(s, t) for s, t in zip(scores, are_true, strict=True) if s >= threshold]
        confirmed, wrong = list[float](), list[float]()
        if (at + 1) % round(60 / TICK_MIN) == 0:
            confirmed, wrong = look_into_bin(rng, bin_shots)
            bin_shots = []
        tick = Tick(
            tonnes=tonnes,
            findings=known.bins_of([float(score) for score in scores]),
            confirmed=known.bins_of(confirmed),
            false=known.bins_of(wrong),
        )
        belief = learn(belief, known, tick)
        seen = Evidence(
            findings=seen.findings + sum(tick.findings),
            confirmed=seen.confirmed + len(confirmed), false=seen.false + len(wrong),
        )  # fmt: skip
        weighed = weigh(belief, known, bounds, threshold, seen, moved_utc=moved, now=now, locked=False)
        if weighed.standing == "moves" and at >= watching:
            threshold, moved, moves, seen = weighed.move_to, now, moves + 1, Evidence()
    unchanged = float(np.interp(start, tried, paid))
    return Costs(
        loop=spent,
        unchanged=unchanged,
        hindsight=float(paid.min()),
        oracle=foreseen,
        moves=moves,
        times=float(shift.contamination.max() / shift.usual),
    )


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


def tell(sort: str, shifts: list[Costs], *, quiet: bool) -> dict[str, Any]:
    """Print a sort of shift for a person, and return its figures."""
    figures = summary(shifts) | {"shifts": len(shifts)} if shifts else {"shifts": 0}
    if not quiet:
        print(sort, json.dumps(figures, indent=1), flush=True)
    return figures


def summary(shifts: list[Costs]) -> dict[str, Any]:
    """Ratios of money summed over the shifts, with the spread of single shifts."""
    loop, hindsight, unchanged = (
        np.array([getattr(shift, name) for shift in shifts]) for name in ("loop", "hindsight", "unchanged")
    )
    to_hindsight, to_unchanged = loop / hindsight, loop / unchanged
    return {
        "to_hindsight": float(loop.sum() / hindsight.sum()),
        "to_unchanged": float(loop.sum() / unchanged.sum()),
        "oracle_to_unchanged": float(sum(shift.oracle for shift in shifts) / unchanged.sum()),
        "hindsight_to_unchanged": float(hindsight.sum() / unchanged.sum()),
        "to_hindsight_of_shifts": [float(q) for q in np.quantile(to_hindsight, (0.05, 0.5, 0.95))],
        "to_unchanged_of_shifts": [float(q) for q in np.quantile(to_unchanged, (0.05, 0.5, 0.95))],
        "moves_per_shift": float(np.mean([shift.moves for shift in shifts])),
    }


if __name__ == "__main__":
    raise SystemExit(main())
