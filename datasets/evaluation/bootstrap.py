"""90 % intervals: strips are drawn with replacement within each article, good and defective ones apart.

Pixel figures of a draw come from counts in 3000 score classes: ranking every cell 400 times takes minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.evaluation.figures import MEAN, MEASURES, Figures, averaged, macro_mean, strip_figures
from datasets.evaluation.measures import AUPRO_LIMIT, regions_of
from datasets.evaluation.results import StripResult

BOOTSTRAPS = 400
CLASSES = 3000
QUANTILES = (0.05, 0.95)
Interval = tuple[float, float]
Counts = NDArray[np.float64]


def intervals(tested: Mapping[str, Sequence[StripResult]]) -> dict[str, dict[str, Interval]]:
    """Give the 90 % interval of every figure of every article, and under "mean" those of the macro means."""
    rng = np.random.default_rng(0)
    kept = {article: tuple(results) for article, results in tested.items() if results}
    pixels = {article: _PixelCounts.of(results) for article, results in kept.items()}
    drawn: dict[str, list[Figures]] = {article: [] for article in (*kept, MEAN)}
    counted = averaged(tested)
    for _ in range(BOOTSTRAPS):
        for article, results in kept.items():
            picked = resampled(results, rng)
            row = strip_figures([results[at] for at in picked]) | pixels[article].figures(picked)
            drawn[article].append(row)
        drawn[MEAN].append(macro_mean(drawn[article][-1] for article in counted))
    return {article: {name: _interval(rows, name) for name in MEASURES} for article, rows in drawn.items()}


def resampled(results: Sequence[StripResult], rng: np.random.Generator) -> list[int]:
    """Draw as many good and as many defective strips with replacement; their places."""
    picked: list[int] = []
    for side in (False, True):
        places = [at for at, result in enumerate(results) if result.defective is side]
        if places:
            picked += [places[int(at)] for at in rng.integers(0, len(places), len(places))]
    return picked


def _interval(rows: Sequence[Figures], name: str) -> Interval:
    values = np.array([row[name] for row in rows])
    values = values[~np.isnan(values)]
    if not values.size:
        return float("nan"), float("nan")
    low, high = np.quantile(values, QUANTILES)
    return float(low), float(high)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _PixelCounts:
    """Cells of each strip by score class, highest first, so that sums from the left are 'above'."""

    true: Counts  # (strips, classes)
    false: Counts
    share: Counts  # (regions, classes): share of a region at or above the class
    owner: NDArray[np.intp]  # strip of each region

    @classmethod
    def of(cls, results: Sequence[StripResult]) -> "_PixelCounts":
        located = [result for result in results if result.is_located]
        low = min((float(result.cells.min()) for result in located), default=0.0)
        high = max((float(result.cells.max()) for result in located), default=1.0)
        step = max(high - low, 1e-6) / (CLASSES - 1)
        true, false, share, owner = [], [], [], []
        for at, result in enumerate(results):
            known = result.is_located
            classes = np.floor((high - result.cells) / step).astype(np.int64).clip(0, CLASSES - 1)
            true.append(np.bincount(classes[result.mask], minlength=CLASSES) * known)
            false.append(np.bincount(classes[~result.mask], minlength=CLASSES) * known)
            for region in regions_of(classes, result.mask):
                share.append(np.cumsum(np.bincount(region, minlength=CLASSES)) / region.size)
                owner.append(at)
        return cls(
            true=np.array(true, np.float64),
            false=np.array(false, np.float64),
            share=np.array(share, np.float64).reshape(-1, CLASSES),
            owner=np.array(owner, np.intp),
        )

    def figures(self, picked: Sequence[int]) -> Figures:
        """Give AP and AUPRO of the strips at these places."""
        weight = np.bincount(np.array(picked, np.intp), minlength=len(self.true)).astype(np.float64)
        true, false = weight @ self.true, weight @ self.false
        of_region = weight[self.owner]
        if not true.sum() or not false.sum():
            return {"AP": float("nan"), "AUPRO": float("nan")}
        hits, alarms = np.cumsum(true), np.cumsum(false)
        precision = hits / np.maximum(hits + alarms, 1)
        rate = alarms / alarms[-1]
        found = of_region @ self.share / of_region.sum()
        rates = np.linspace(0, AUPRO_LIMIT, 121)
        curve = np.interp(rates, np.append(0.0, rate), np.append(0.0, found))
        return {
            "AP": float(np.sum(true / hits[-1] * precision)),
            "AUPRO": float(np.trapezoid(curve, rates) / AUPRO_LIMIT),
        }
