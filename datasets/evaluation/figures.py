"""The table's figures of one article, and their mean over articles.

AUROC   strip AUROC by each strip's highest score (confounded by sessions: read LOC and REC beside it)
LOC     the same, a defective strip scored only inside its mask, dilated 12 px
REC     share of defective strips with a defect found (score >= `defective`) that overlaps the dilated mask
FOUND   the same with UNSURE findings counted (score >= `unsure`)
FLAG    share of good test strips with verdict DEFECTIVE; DOUBT: DEFECTIVE or UNSURE
AP      pixel average precision, AUPRO: to 0.3 false positives, both on map cells (masks > 127)
RECD    as REC, of every masked region (see truth.py) instead of every strip

A figure that a set can't give (no masks, no good strip) is NaN; the mean is over the articles that give it.
Rendered articles enter the mean only where there is no real one.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from datasets.evaluation.measures import aupro, auroc, average_precision
from datasets.evaluation.results import StripResult
from vision.types import Verdict

STRIP_MEASURES = ("AUROC", "LOC", "REC", "FOUND", "FLAG", "DOUBT")
MEASURES = (*STRIP_MEASURES, "AP", "AUPRO", "RECD")
Figures = dict[str, float]
MEAN = "mean"


def measure(results: Sequence[StripResult]) -> Figures:
    """Give every figure of one article."""
    located = [result for result in results if result.is_located]
    maps, masks = [result.cells for result in located], [result.mask for result in located]
    figures = strip_figures(results)
    figures["AP"] = figures["AUPRO"] = float("nan")
    if any(mask.any() for mask in masks):
        truth = np.concatenate([mask.ravel() for mask in masks])
        figures["AP"] = average_precision(truth, np.concatenate([cells.ravel() for cells in maps]))
        figures["AUPRO"] = aupro(list(maps), list(masks))
    return {name: figures[name] for name in MEASURES}


def strip_figures(results: Sequence[StripResult]) -> Figures:
    """Give the figures that need no map."""
    good = [result for result in results if not result.defective]
    bad = [result for result in results if result.defective]
    located = [result for result in bad if result.is_located]
    return {
        "AUROC": _ranked(good, [result.score for result in bad]),
        "LOC": _ranked(good, [result.inside for result in located]),
        "REC": mean_of(result.hit for result in located),
        "FOUND": mean_of(result.found for result in located),
        "FLAG": mean_of(result.verdict is Verdict.DEFECTIVE for result in good),
        "DOUBT": mean_of(result.verdict is not Verdict.CLEAN for result in good),
        "RECD": mean_of(region.hit for result in located for region in result.regions),
    }


def table(tested: Mapping[str, Sequence[StripResult]]) -> dict[str, Figures]:
    """Give the figures of each article, and under "mean" their plain mean over articles."""
    rows = {article: measure(results) for article, results in tested.items() if results}
    return rows | {MEAN: macro_mean(rows[article] for article in averaged(tested))}


def averaged(tested: Mapping[str, Sequence[StripResult]]) -> tuple[str, ...]:
    """Name the articles that enter the mean: the real ones, or all where none is."""
    kept = {article: results for article, results in tested.items() if results}
    real = [article for article, results in kept.items() if not results[0].rendered]
    return tuple(real or kept)


def strip_counts(tested: Mapping[str, Sequence[StripResult]]) -> dict[str, tuple[int, int]]:
    """Count good and defective strips of each article, and under "mean" of those that enter it."""
    counts = {}
    for article, results in tested.items():
        bad = sum(result.defective for result in results)
        counts[article] = (len(results) - bad, bad)
    entered = [counts[article] for article in averaged(tested)]
    return counts | {MEAN: (sum(good for good, _ in entered), sum(bad for _, bad in entered))}


def macro_mean(rows: Iterable[Figures]) -> Figures:
    """Mean over the articles that give a figure."""
    kept = list(rows)
    return {name: mean_of(row[name] for row in kept if not np.isnan(row[name])) for name in MEASURES}


def mean_of(values: Iterable[float]) -> float:
    """Mean, or NaN of nothing."""
    numbers = list(values)
    return float(np.mean(numbers)) if numbers else float("nan")


def _ranked(good: Sequence[StripResult], bad_scores: Sequence[float]) -> float:
    truth = np.array([False] * len(good) + [True] * len(bad_scores))
    return auroc(truth, np.array([result.score for result in good] + list(bad_scores)))
