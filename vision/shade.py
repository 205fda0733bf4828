"""Light and shade of good lint: how high the graph scores it, and from where on such findings are shot at.

Dense bundles of fibre are brighter than the lint around, and so is white polypropylene; what no single pixel
shows may be a thin film or a flock's shade. Such findings have kinds of their own (`SHADE_KINDS`), whose
thresholds are set for the rate of false alarms that was asked: with little good lint they are high, and what
lies below is unsure.
"""

import dataclasses
import math
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import KindThreshold, ModelCard
from vision.findings import findings_in
from vision.taxonomy import DefectKind

SHADE_KINDS: Final = (DefectKind.PP_WHITE, DefectKind.UNKNOWN)
# Before any good lint was seen: two such findings, with a mean excess over `unsure` of a sixth of the range.
PRIOR_FINDINGS: Final = 2.0
PRIOR_EXCESS: Final = 4.0


def limit_shade(
    card: ModelCard,
    held_out: Iterable[tuple[NDArray[np.float32], NDArray[np.uint8]]],
    per_100m: float,
) -> ModelCard:
    """Set the thresholds of `SHADE_KINDS` so that good lint reaches them at most so often per 100 m.

    `held_out` are maps (1, rows, columns) and pixels of good strips. Excesses over `unsure` follow an
    exponential law; its rate and mean are those of the strips with `PRIOR_FINDINGS` of `PRIOR_EXCESS` added.
    """
    scores, rows = [], 0
    for score_map, pixels in held_out:
        found = findings_in(score_map, pixels, card, card.mm_per_px)
        scores += [defect.score for defect in found.defects if defect.kind in SHADE_KINDS]
        rows += pixels.shape[0]
    if not rows:
        return card
    unsure, length_m = card.thresholds.unsure, rows * card.mm_per_px / 1e3
    known = len(scores) + PRIOR_FINDINGS
    excess = (sum(scores) - len(scores) * unsure + PRIOR_FINDINGS * PRIOR_EXCESS) / known
    at = unsure + excess * math.log(max(100 * known / length_m / per_100m, 1.0))
    at = min(max(at, card.thresholds.defective), card.score_ceiling - 1.0)
    by_kind = tuple(KindThreshold(kind=kind.value, defective=at) for kind in SHADE_KINDS)
    return dataclasses.replace(card, thresholds=dataclasses.replace(card.thresholds, by_kind=by_kind))
