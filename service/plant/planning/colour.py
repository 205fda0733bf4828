"""A lot's Rd and +b for planning: means of what its line measured, none where too much of it was refused."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from service.plant.store.lint_rows import LintColour

LEAST_MEASURED: Final = 0.5  # of a lot's readings, before their mean speaks for the lot
NEVER: Final = "no line measured its lint"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotColour:
    """Reflectance Rd and yellowness +b, or why there are none."""

    rd: float | None
    plus_b: float | None
    refused: str  # empty: both are there


def colour_of(readings: Sequence[LintColour]) -> LotColour:
    """Mean over the readings that have a colour, where they are at least half of all."""
    known = [(one.rd, one.plus_b) for one in readings if one.rd is not None and one.plus_b is not None]
    if not readings:
        return LotColour(rd=None, plus_b=None, refused=NEVER)
    if len(known) < LEAST_MEASURED * len(readings):
        why = Counter(one.refused for one in readings if one.rd is None).most_common(1)
        text = f"{len(readings) - len(known)} of {len(readings)} readings have no colour"
        return LotColour(rd=None, plus_b=None, refused=f"{text}: {why[0][0]}" if why else text)
    rd, plus_b = np.mean(np.array(known, np.float64), axis=0)
    return LotColour(rd=float(rd), plus_b=float(plus_b), refused="")
