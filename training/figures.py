"""What a trained head is worth on rendered cloths that it hasn't seen."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from datasets.evaluation.measures import auroc, average_precision
from training.data import Sample
from training.model import Head


def check_figures(head: Head, samples: Sequence[Sample], head_weight: float) -> dict[str, float]:
    """Pixel figures of the matched filters alone, the head alone and both; mean over strips with flaws."""
    head.eval()
    rows: list[list[float]] = []
    for sample in samples:
        first, behind = sample.cells
        truth = sample.kinds[:, first:behind] > 0
        if not truth.any() or truth.all():
            continue
        with torch.no_grad():
            seen = (sample.fine, sample.context)
            logits, _ = head(*(torch.from_numpy(values.astype(np.float32))[None] for values in seen))
        logit = logits[0, 0].numpy()
        logit, matched = logit[:, first:behind], sample.matched[:, first:behind].astype(np.float32)
        both = head_weight * _standard(logit) + (1 - head_weight) * _standard(matched)
        rows.append([figure(truth, scores) for scores in (matched, logit, both) for figure in _FIGURES])
    means = np.mean(np.array(rows).reshape(-1, 6), axis=0)
    return {name: round(float(mean), 4) for name, mean in zip(_NAMES, means, strict=True)}


_FIGURES = (average_precision, auroc)
_NAMES = ("matched_ap", "matched_auroc", "head_ap", "head_auroc", "fused_ap", "fused_auroc")


def _standard(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    middle, upper = np.quantile(scores, [0.5, 0.9])
    standard: NDArray[np.float32] = (scores - middle) / np.float32(max(upper - middle, 0.1))
    return standard
