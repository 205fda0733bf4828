"""Defects and thresholds to a verdict: the one decision function of line, replay, review and evaluation."""

import math
from collections.abc import Sequence

from vision.card import Thresholds
from vision.types import Defect, Verdict


def judge(score: float, defects: Sequence[Defect], thresholds: Thresholds) -> Verdict:
    """Judge a frame by its defects; FAILED where a score is no number.

    A high map value that formed no defect of the least area leaves the frame CLEAN.
    """
    scores = [defect.score for defect in defects]
    if math.isnan(score) or any(math.isnan(value) for value in scores):
        return Verdict.FAILED
    if any(defect.score >= thresholds.defective_for(defect.kind) for defect in defects):
        return Verdict.DEFECTIVE
    if max(scores, default=-math.inf) >= thresholds.unsure:
        return Verdict.UNSURE
    return Verdict.CLEAN


def differ_within_unsure(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts are equal or one of them is UNSURE; CLEAN for DEFECTIVE and FAILED never are."""
    pair = {one, other}
    return Verdict.FAILED not in pair and pair != {Verdict.CLEAN, Verdict.DEFECTIVE}
