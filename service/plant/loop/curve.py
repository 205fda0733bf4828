"""What a threshold costs at a level of contamination: the measured trade curve as rates by score. Pure."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from service.plant.errors import PlantError
from service.plant.views.loop import Bounds, CurvePoint

Vector = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
FEWEST_POINTS = 3  # of a curve that anything can be steered by
BETWEEN = 4  # thresholds tried from one point of the curve to the next
ANCHORS = (1e-3, 30.0)  # contamination that a threshold may have been set for, times the curve's
SEEN_FINDINGS = 0.3  # added to every bin: a score that a short run did not show is rare, not impossible


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spectrum:
    """Findings of one kind by score, per tonne at the usual contamination; bin i begins at `edges[i]`."""

    edges: Vector  # rising
    true_per_t: Vector  # findings of contaminants in each bin; the last bin is open
    false_per_t: Vector
    missed_per_t: Vector  # at each edge: pieces that score below it
    true_kg_per_t: Vector  # at each edge: good fibre that true shots from it on carry away
    false_kg_per_t: Vector

    def above(self, low: float) -> "Spectrum":
        """The part that can be seen where findings below `low` are not reported."""
        keep = int(np.searchsorted(self.edges, low, side="right")) - 1
        if keep < 0:
            return self
        edges = self.edges[keep:].copy()
        part = 1.0
        if len(edges) > 1:
            part = (edges[1] - low) / (edges[1] - edges[0])
        edges[0] = low

        def cut(values: Vector) -> Vector:
            first = np.interp(low, self.edges, values)
            return np.append(first, values[keep + 1 :])

        true, false = self.true_per_t[keep:].copy(), self.false_per_t[keep:].copy()
        true[0], false[0] = true[0] * part, false[0] * part
        return Spectrum(
            edges=edges,
            true_per_t=true,
            false_per_t=false,
            missed_per_t=cut(self.missed_per_t),
            true_kg_per_t=cut(self.true_kg_per_t),
            false_kg_per_t=cut(self.false_kg_per_t),
        )

    def with_false(self, odds: float, low: float) -> "Spectrum":
        """The same with `odds` times as many false findings from score `low` on."""
        if odds == 1.0:
            return self
        times = np.where(self.edges >= low, odds, 1.0)
        lost = -np.diff([*self.false_kg_per_t, 0.0])
        return replace(self, false_per_t=self.false_per_t * times, false_kg_per_t=_from_top(lost * times))

    def bins_of(self, scores: Sequence[float]) -> tuple[int, ...]:
        """How many of the scores lie in each bin; those below the first edge are left out."""
        at = np.searchsorted(self.edges, np.asarray(scores, np.float64), side="right") - 1
        return tuple(int(n) for n in np.bincount(at[at >= 0], minlength=len(self.edges)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cost:
    """Expected cost per tonne: `contamination` x `by_true` + `false_findings` x `by_false`, per threshold."""

    by_true: Vector
    by_false: Vector

    def at(self, contamination: float, false_findings: float) -> Vector:
        """The cost of each threshold at levels given as times the usual."""
        return contamination * self.by_true + false_findings * self.by_false


def spectrum_of(points: Sequence[CurvePoint], measured_t: float) -> Spectrum:
    """Turn a curve into rates by score.

    Raises:
        PlantError: bad_curve: fewer than three points, not rising, or no fibre was measured.
    """
    edges = np.array([point.threshold for point in points])
    if len(points) < FEWEST_POINTS or np.any(np.diff(edges) <= 0) or measured_t <= 0:
        raise PlantError("bad_curve", "a curve needs three or more rising thresholds, measured on some fibre")
    true = -np.diff([*(point.true_shots_per_t for point in points), 0.0])
    false = -np.diff([*(point.false_shots_per_t for point in points), 0.0])
    fibre = -np.diff([*(point.good_fibre_kg_per_t for point in points), 0.0])
    if min(true.min(), false.min()) < -1e-9:
        raise PlantError("bad_curve", "shots must fall where the threshold rises; measure the curve again")
    seen = SEEN_FINDINGS / measured_t
    shots = true + false
    per_shot = np.divide(fibre, shots, out=np.zeros_like(fibre), where=shots > 0)
    return Spectrum(
        edges=edges,
        true_per_t=true + seen,
        false_per_t=false + seen,
        missed_per_t=np.array([point.missed_per_t for point in points]),
        true_kg_per_t=_from_top(true * per_shot),
        false_kg_per_t=_from_top(false * per_shot),
    )


def cost_of(spectrum: Spectrum, bounds: Bounds, thresholds: Vector) -> Cost:
    """What each threshold costs per tonne: missed contaminants and good fibre in shots, at their prices."""

    def along(values: Vector) -> Vector:
        return np.interp(thresholds, spectrum.edges, values)

    return Cost(
        by_true=along(spectrum.missed_per_t) * bounds.miss_price
        + along(spectrum.true_kg_per_t) * bounds.fibre_price_per_kg,
        by_false=along(spectrum.false_kg_per_t) * bounds.fibre_price_per_kg,
    )


def grid(spectrum: Spectrum, low: float, high: float) -> Vector:
    """Thresholds to weigh against each other: the curve's own, and some between, from `low` to `high`."""
    edges = spectrum.edges
    fine = np.interp(np.arange(0, len(edges) - 1 + 1e-9, 1 / BETWEEN), np.arange(len(edges)), edges)
    return np.concatenate([[low], fine[(fine > low) & (fine < high)], [high]])


def anchor_of(spectrum: Spectrum, bounds: Bounds) -> float:
    """The contamination, times the curve's, at which the threshold `bounds.start` costs least.

    An engineer's threshold is taken to be right for usual days, so that the loop heeds what changes and not
    how far the curve's lint was from the plant's.
    """
    tried = grid(spectrum, bounds.low, bounds.high)
    cost = cost_of(spectrum, bounds, tried)
    levels = np.geomspace(*ANCHORS, 121)
    best = tried[[int(np.argmin(cost.at(level, 1.0))) for level in levels]]
    away = np.abs(best - bounds.start)
    return float(np.exp(np.mean(np.log(levels[away <= away.min() + 1e-9]))))


def read_trade(text: str) -> dict[str, tuple[tuple[CurvePoint, ...], float, bool]]:
    """Read what `maqta twin trade --json` printed: points per tonne, tonnes measured and DEMO, by kind.

    Raises:
        PlantError: bad_curve.
    """
    try:
        told = json.loads(text)
        fed_t_per_hour = float(told["fed_kg_per_hour"]) / 1000
        measured_t = fed_t_per_hour * float(told["seconds"]) / 3600
        if not (math.isfinite(measured_t) and fed_t_per_hour > 0):
            raise PlantError("bad_curve", "no fibre was fed while the curve was measured")
        return {
            str(trade["kind"]): (
                tuple(_point(point, fed_t_per_hour) for point in trade["curve"]),
                measured_t,
                bool(told["demo"]),
            )
            for trade in told["trades"]
        }
    except (ValueError, KeyError, TypeError) as error:
        raise PlantError(
            "bad_curve", f"this is not what 'maqta twin trade SCENARIO.toml --json' prints ({error!r})"
        ) from error


def _point(told: dict[str, Any], tonnes_per_hour: float) -> CurvePoint:  # Any: JSON values
    shots, false = float(told["shots"]), float(told["false_shots"])
    return CurvePoint(
        threshold=float(told["threshold"]),
        missed_per_t=float(told["missed"]) / tonnes_per_hour,
        true_shots_per_t=(shots - false) / tonnes_per_hour,
        false_shots_per_t=false / tonnes_per_hour,
        good_fibre_kg_per_t=float(told["good_fibre_kg"]) / tonnes_per_hour,
    )


def _from_top(values: Vector) -> Vector:
    return np.cumsum(values[::-1])[::-1]
