"""Whether a move was worth it: cost at the new threshold by what was found, against the old one. Pure."""

import numpy as np

from service.plant.loop.belief import Belief, Seen, level_since
from service.plant.loop.curve import Spectrum, cost_of
from service.plant.views.loop import Bounds

SCORE_FINDINGS = 60  # after a move: enough to tell a third more contamination from none


def is_due(seen: Seen) -> bool:
    """Whether enough was found since a move to judge it."""
    return sum(seen.findings) >= SCORE_FINDINGS


def costs_since(
    belief: Belief, spectrum: Spectrum, bounds: Bounds, seen: Seen, thresholds: tuple[float, float]
) -> tuple[float, float]:
    """Cost per tonne at two thresholds, for the contamination that the findings since then show."""
    level, false = level_since(belief, spectrum, seen)
    before, after = cost_of(belief.corrects(spectrum), bounds, np.array(thresholds)).at(
        level * belief.anchor, false
    )
    return float(before), float(after)
