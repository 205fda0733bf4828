"""Lint carries natural specks: leaf crumbs that belong to it. How large they are is learnt from good frames.

Specks are strong and frequent, so they must not set the score thresholds; they are small, so area tells them
from foreign matter.
"""

import dataclasses
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard, Thresholds
from vision.postprocess import find_defects
from vision.thresholds import moved_up

_MOST_SPECKS: Final = 0.95  # share of the specks in good frames that the least area leaves out
_AREA_GAIN: Final = 1.1
_MOST_AREA_CELLS: Final = 60.0  # map cells; never ask for more: foreign matter would pass
_FRAMES_LEFT: Final = 0.9  # share of good frames that must stay below `defective`


def ignore_specks(card: ModelCard, maps: Sequence[NDArray[np.float32]]) -> ModelCard:
    """Raise the least area over the specks found in held-out good maps, and thresholds over what is left."""
    cell_mm2 = (card.output_stride * card.mm_per_px) ** 2
    found = [_areas_and_scores(card, scores) for scores in maps]
    areas = np.concatenate([area for area, _ in found])
    if not areas.size:
        return card
    least = float(np.quantile(areas, _MOST_SPECKS)) * _AREA_GAIN
    least = min(max(least, card.min_area_mm2), _MOST_AREA_CELLS * cell_mm2)
    left = [float(score[area >= least].max(initial=card.score_floor)) for area, score in found]
    limits = card.thresholds
    raised = max(float(np.quantile(left, _FRAMES_LEFT)) - limits.defective, 0.0)
    defective = min(limits.defective + raised, card.score_ceiling - 1.0)
    unsure = min(limits.unsure + raised, defective - 0.01)
    return dataclasses.replace(
        card,
        min_area_mm2=least,
        thresholds=Thresholds(unsure=unsure, defective=defective),
        promise=None if card.promise is None else moved_up(card.promise, raised),
    )


def _areas_and_scores(
    card: ModelCard, scores: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    stride = card.output_stride
    findings = find_defects(
        scores, card, rows=scores.shape[1] * stride, columns=card.columns, mm_per_px=card.mm_per_px
    )
    areas = np.array([defect.area_mm2 for defect in findings.defects])
    return areas, np.array([defect.score for defect in findings.defects])
