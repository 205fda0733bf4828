"""Whether a threshold moves, where to, and if not, why not. Pure; bounds first, then evidence, then cost."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from service.plant.loop.belief import Belief
from service.plant.loop.curve import Spectrum, cost_of, grid
from service.plant.views.loop import Bounds

DUSTY = 2.0  # false findings, times the usual
SURE = 1.645  # standard errors that a saving must be above nothing: one in twenty by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen since the last move."""

    findings: int = 0
    confirmed: int = 0
    false: int = 0
    empty: int = 0

    @property
    def checks(self) -> int:
        """Shots that the reject bin told something of."""
        return self.confirmed + self.false


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the loop makes of one threshold."""

    standing: str  # "moves", or why it stays: see views/loop.py LoopState.standing
    threshold: float  # in force
    move_to: float  # the threshold in force where it stays
    best: float  # within the whole bounds
    cost_now: float  # per tonne
    cost_there: float
    best_cost: float
    saving_sure: float  # standard errors of the saving above nothing
    reason: str  # code of a move: see views/loop.py LoopAction.reason


def weigh(
    belief: Belief,
    spectrum: Spectrum,
    bounds: Bounds,
    threshold: float,
    evidence: Evidence,
    *,
    moved_utc: datetime | None,
    now: datetime,
    locked: bool,
    prior: float = 1.0,
) -> Weighed:
    """Weigh every threshold that one step may reach; the engineer's bounds and a lock come first."""
    contamination, false = belief.contamination.times(belief.anchor), belief.false_findings
    spectrum = belief.corrects(spectrum)
    everywhere = np.append(
        grid(spectrum, bounds.low, bounds.high), min(max(threshold, bounds.low), bounds.high)
    )
    costs = cost_of(spectrum, bounds, everywhere).at(contamination.mean, false.mean)
    at_best = int(np.argmin(costs))
    near = grid(spectrum, max(bounds.low, threshold - bounds.step), min(bounds.high, threshold + bounds.step))
    near = np.append(near, threshold)
    cost = cost_of(spectrum, bounds, near)
    means = cost.at(contamination.mean, false.mean)
    there = int(np.argmin(means))
    by_true, by_false = cost.by_true[-1] - cost.by_true[there], cost.by_false[-1] - cost.by_false[there]
    saving = float(means[-1] - means[there])
    error = math.sqrt(by_true**2 * contamination.variance + by_false**2 * false.variance)
    sure = saving / error if error > 0 else 0.0
    standing = _standing(bounds, threshold, evidence, moved_utc=moved_utc, now=now, locked=locked)
    if not standing:
        standing = _worth(
            bounds, saving, float(means[-1]), sure, at_bound=threshold in (bounds.low, bounds.high)
        )
    if standing == "moves" and near[there] < threshold and _may_be_dust(belief, evidence):
        standing = "few_checks"
    moves = standing == "moves"
    return Weighed(
        standing=standing,
        threshold=threshold,
        move_to=round(float(near[there]), 4) if moves else threshold,
        best=float(everywhere[at_best]),
        cost_now=float(means[-1]),
        cost_there=float(means[there]) if moves else float(means[-1]),
        best_cost=float(costs[at_best]),
        saving_sure=sure,
        reason=_reason(belief, down=near[there] < threshold, prior=prior) if moves else "",
    )


def _may_be_dust(belief: Belief, evidence: Evidence) -> bool:
    """Whether false findings rose, too: then only the reject bin tells a burst from dust, and it has not."""
    return belief.false_findings.mean > DUSTY and evidence.confirmed <= evidence.false


def _standing(
    bounds: Bounds,
    threshold: float,
    evidence: Evidence,
    *,
    moved_utc: datetime | None,
    now: datetime,
    locked: bool,
) -> str:
    """Why a threshold may not move, whatever it would save; empty: it may."""
    if locked:
        return "locked"
    if not bounds.low <= threshold <= bounds.high:
        return "at_bound"  # somebody put it outside; the engineer decides
    if moved_utc is not None and now < moved_utc + timedelta(minutes=bounds.cool_down_min):
        return "cooling"
    if evidence.findings < bounds.least_findings:
        return "few_findings"
    if evidence.checks < bounds.least_checks:
        return "few_checks"
    return ""


def _worth(bounds: Bounds, saving: float, cost_now: float, sure: float, *, at_bound: bool) -> str:
    if saving <= bounds.hysteresis_pct / 100 * cost_now:
        return "at_bound" if at_bound and saving <= 0 else "not_worth"
    return "moves" if sure >= SURE else "unsure"


def _reason(belief: Belief, *, down: bool, prior: float) -> str:
    if belief.burst and down:
        return "fabric" if prior > 1 else "burst"
    if belief.level is not None and not down and prior < 1:
        return "fabric"
    if down:
        return "contamination_up" if belief.contamination.mean > 1 else "false_shots_down"
    return "false_shots_up" if max(belief.false_findings.mean, belief.odds) > 1 else "contamination_down"
