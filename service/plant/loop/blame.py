"""Contamination found in fabric → the lots and suppliers it came from, with intervals. Pure.

A laydown mixes lots; each roll of it shows findings at the rate that its lots have, by their shares of the
mass. One laydown alone shares the blame by mass; laydowns of other mixtures tell its lots apart. Rates have a
Gamma prior around the mean of all; the posterior is drawn by data augmentation (Gibbs sampling: split each
roll's findings over its lots, draw each lot's rate), because lots that were always mixed alike can't be told
apart, and only draws show that in their intervals. One torn bag gives many findings: rolls of one mixture
that differ by more than chance widen every interval by the square root of that dispersion.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.plant.views.loop import Blame

Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
DRAWS, BURN_IN = 2000, 300
SEED = 20260101  # the same findings give the same blame
PRIOR_FINDINGS = 1.0  # that the mean of all counts for in each lot
LEAST_FINDINGS = 5.0  # that are a lot's by expectation, before anything is raised
LEAST_EXPECTED = 5.0  # findings that the lot's share of fabric would have at the mean rate
LEAST_FACTOR, MOST_FACTOR = 0.25, 8.0  # what one word of fabric may do to the sorter


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """A roll of fabric: what it is of, and what was found in it."""

    shares: Mapping[str, float]  # lot → share of the mass, adding up to 1
    area_m2: float  # inspected
    findings: int
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Mixtures:
    lots: tuple[str, ...]
    exposure: Matrix  # (mixtures, lots): m2
    findings: np.ndarray[tuple[int, ...], np.dtype[np.int64]]  # (mixtures,)
    dispersion: float


def blame(rolls: Sequence[Roll], suppliers: Mapping[str, str]) -> tuple[Blame, ...]:
    """Lots and suppliers against the mean of all, the worst first; rolls of unknown origin are left out."""
    known = [roll for roll in rolls if roll.area_m2 > 0 and sum(roll.shares.values()) > 0]
    area, findings = sum(roll.area_m2 for roll in known), sum(roll.findings for roll in known)
    if not known or findings == 0:
        return ()
    mixed = _mix(known)
    mean = findings / area
    rates = _draw(mixed, mean)
    found = [_of_group(known, mixed, rates, mean, (lot,), "lot", lot, suppliers) for lot in mixed.lots]
    by_supplier = defaultdict(list)
    for lot in mixed.lots:
        if suppliers.get(lot):
            by_supplier[suppliers[lot]].append(lot)
    found += [
        _of_group(known, mixed, rates, mean, tuple(lots), "supplier", name, suppliers)
        for name, lots in by_supplier.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.factor, one.subject, one.name)))


def prior_of(blames: Sequence[Blame], lot: str, supplier: str) -> tuple[float, str]:
    """How contaminated fabric says that a lot is, times the mean, and whose word it is; 1: nothing said."""
    for subject, name in (("lot", lot), ("supplier", supplier)):
        for one in blames:
            if one.moves and name and (one.subject, one.name) == (subject, name):
                return min(max(one.factor, LEAST_FACTOR), MOST_FACTOR), f"{subject} {name}"
    return 1.0, ""


def _mix(rolls: Sequence[Roll]) -> _Mixtures:
    """Put rolls of the same mixture together; how much they differ among themselves is the dispersion."""
    groups: dict[tuple[tuple[str, float], ...], list[Roll]] = defaultdict(list)
    for roll in rolls:
        key = tuple(sorted((lot, round(share, 6)) for lot, share in roll.shares.items() if share > 0))
        groups[key].append(roll)
    lots = tuple(sorted({lot for key in groups for lot, _ in key}))
    exposure = np.zeros((len(groups), len(lots)))
    chi2, freedom = 0.0, 0
    for row, (key, members) in enumerate(groups.items()):
        area = sum(roll.area_m2 for roll in members)
        rate = sum(roll.findings for roll in members) / area
        whole = sum(share for _, share in key)
        for lot, share in key:
            exposure[row, lots.index(lot)] = area * share / whole
        if rate > 0:
            chi2 += sum((r.findings - rate * r.area_m2) ** 2 / (rate * r.area_m2) for r in members)
            freedom += len(members) - 1
    return _Mixtures(
        lots=lots,
        exposure=exposure,
        findings=np.array([sum(roll.findings for roll in members) for members in groups.values()]),
        dispersion=max(1.0, chi2 / freedom) if freedom > 0 else 1.0,
    )


def _draw(mixed: _Mixtures, mean: float) -> Matrix:
    """Draws of every lot's rate a m2, shape (draws, lots)."""
    rng = np.random.default_rng(SEED)
    exposed = mixed.exposure.sum(axis=0) + PRIOR_FINDINGS / mean
    rates = np.full(len(mixed.lots), mean)
    drawn = np.empty((DRAWS, len(mixed.lots)))
    for step in range(-BURN_IN, DRAWS):
        weights = mixed.exposure * rates
        split = rng.multinomial(mixed.findings, weights / weights.sum(axis=1, keepdims=True))
        rates = rng.gamma(PRIOR_FINDINGS + split.sum(axis=0)) / exposed
        if step >= 0:
            drawn[step] = rates
    return drawn


def _of_group(
    rolls: Sequence[Roll],
    mixed: _Mixtures,
    rates: Matrix,
    mean: float,
    lots: tuple[str, ...],
    subject: str,
    name: str,
    suppliers: Mapping[str, str],
) -> Blame:
    """One lot, or the lots of one supplier, weighted by the fabric that is of them."""
    at = [mixed.lots.index(lot) for lot in lots]
    exposed = mixed.exposure[:, at]
    area = float(exposed.sum())
    factors = rates[:, at] @ exposed.sum(axis=0) / area / mean
    factor = float(factors.mean())
    low, high = (_widened(factor, float(q), mixed.dispersion) for q in np.quantile(factors, (0.025, 0.975)))
    findings = float(factor * mean * area)
    touched = [roll for roll in rolls if any(roll.shares.get(lot, 0) > 0 for lot in lots)]
    why_not = _why_not(factor, low, high, findings, mean * area)
    return Blame(
        subject=subject,
        name=name,
        supplier=name if subject == "supplier" else suppliers.get(name, ""),
        factor=factor,
        factor_low=low,
        factor_high=high,
        findings=findings,
        area_m2=area,
        pieces=len(touched),
        laydowns=int(np.count_nonzero(exposed.sum(axis=1))),
        moves=not why_not,
        why_not=why_not,
        demo=any(roll.demo for roll in touched),
    )


def _widened(factor: float, bound: float, dispersion: float) -> float:
    return factor * math.exp(math.log(max(bound, 1e-9) / factor) * math.sqrt(dispersion))


def _why_not(factor: float, low: float, high: float, findings: float, expected: float) -> str:
    if expected < LEAST_EXPECTED:
        return "little_fabric"
    if factor > 1 and findings < LEAST_FINDINGS:
        return "few_findings"
    return "interval_holds_one" if low <= 1 <= high else ""
