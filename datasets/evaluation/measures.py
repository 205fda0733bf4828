"""Ranking figures in plain numpy: area under the ROC curve, average precision, area under the PRO curve."""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Truth = NDArray[np.bool_]
AUPRO_LIMIT = 0.3
Value = TypeVar("Value", bound=np.generic)


def auroc(truth: Truth, scores: Scores) -> float:
    """Probability that a true one scores above a false one; ties count half."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2  # mean rank of each distinct value
    positive, negative = int(truth.sum()), int((~truth).sum())
    if positive == 0 or negative == 0:
        return float("nan")
    total = float(rank[inverse.ravel()][truth.ravel()].sum())
    return (total - positive * (positive + 1) / 2) / (positive * negative)


def average_precision(truth: Truth, scores: Scores) -> float:
    """Mean precision over recall steps; equal scores enter together."""
    order = np.argsort(-scores.ravel(), kind="stable")
    ranked, hits = scores.ravel()[order], truth.ravel()[order]
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    found = np.cumsum(hits)[last]
    if found[-1] == 0:
        return float("nan")
    precision = found / (last + 1)
    recall = found / found[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def aupro(maps: list[Scores], masks: list[Truth], limit: float = AUPRO_LIMIT, points: int = 120) -> float:
    """Mean share of each true region found, over false-positive rates up to the limit, as a share of 1."""
    negatives = np.concatenate([scores[~mask] for scores, mask in zip(maps, masks, strict=True)])
    rates = np.linspace(0, limit, points + 1)
    regions = [
        region for scores, mask in zip(maps, masks, strict=True) for region in regions_of(scores, mask)
    ]
    if not regions:
        return float("nan")
    levels = np.quantile(negatives, 1 - rates[1:])
    overlap = [float(np.mean([(region > level).mean() for region in regions])) for level in levels]
    return float(np.trapezoid([0.0, *overlap], rates) / limit)


def regions_of(scores: NDArray[Value], mask: Truth) -> list[NDArray[Value]]:
    """Give the values of each connected true region."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    return [scores[labels == number] for number in range(1, count)]
