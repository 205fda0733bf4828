"""Trash area % → trash mass %: a line through weighed samples, with how far it may be off.

Camera area and gravimetric mass are different figures (a stalk is thicker than a leaf), so the line is the
plant's own; standards' classes are by mass.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 8  # weighed samples; fewer say nothing of the error


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashMass:
    """The line; `error_pct` is the root mean square error of lots left out, in % of mass."""

    intercept_pct: float
    slope: float
    error_pct: float
    lowest_area_pct: float
    highest_area_pct: float
    samples: int

    def mass_pct(self, area_pct: float) -> float | None:
        """Return trash mass %; None: outside of what was weighed."""
        room = 0.1 * (self.highest_area_pct - self.lowest_area_pct)
        if not self.lowest_area_pct - room <= area_pct <= self.highest_area_pct + room:
            return None
        return max(0.0, self.intercept_pct + self.slope * area_pct)


def fit_trash_mass(
    area_pct: NDArray[np.float64], mass_pct: NDArray[np.float64], lots: NDArray[np.int64]
) -> TrashMass | None:
    """Fit; None where fewer than `LEAST` samples of two lots and of different area were weighed."""
    names = np.unique(lots)
    if len(area_pct) < LEAST or len(names) < 2 or float(np.ptp(area_pct)) <= 0:
        return None
    errors = []
    for name in names:
        rest = lots != name
        if float(np.ptp(area_pct[rest])) <= 0:
            return None
        slope, intercept = np.polyfit(area_pct[rest], mass_pct[rest], 1)
        errors += list(mass_pct[~rest] - (intercept + slope * area_pct[~rest]))
    slope, intercept = np.polyfit(area_pct, mass_pct, 1)
    return TrashMass(
        intercept_pct=float(intercept),
        slope=float(slope),
        error_pct=float(np.sqrt(np.mean(np.square(errors)))),
        lowest_area_pct=float(area_pct.min()),
        highest_area_pct=float(area_pct.max()),
        samples=len(area_pct),
    )
