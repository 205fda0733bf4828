"""Single jersey seen from its face: one loop, which wales and courses repeat."""

import numpy as np
from numpy.typing import NDArray

_LEG_HALF = 0.17  # of a wale: half the width of a loop's leg
_FOOT, _SHOULDER = 0.13, 0.33  # of a wale: how far a leg stands from the loop's middle, below and above
_REACH = 1.7  # courses a leg passes over: each loop is drawn through the one below
_GAP = 0.2  # brightness between legs
_NEEDLE_SHARE = 0.3  # of the light that is a needle's own; the rest is the yarn's along its course


def knit_loops(samples: int) -> NDArray[np.float32]:
    """Draw a loop (samples, samples, 2): the light that goes with its wale, and with its course."""
    place = (np.arange(samples, dtype=np.float32) + 0.5) / samples
    aside = np.abs(place - 0.5)[None, :]
    face = np.full((samples, samples), _GAP, np.float32)
    for course in (1, 0):  # the loop from below first: the next one lies on it
        along = (1 - place[:, None] + course) / _REACH  # 0 at the foot, 1 at the shoulder
        stand = _FOOT + (_SHOULDER - _FOOT) * along
        across = np.clip(np.abs(aside - stand) / _LEG_HALF, 0, 1)
        leg = np.sqrt(1 - across**2) * (0.55 + 0.45 * np.sin(np.pi * np.clip(along, 0, 1)))
        seen = (across < 1) & (along <= 1)
        face = np.where(seen, np.maximum(leg, _GAP), face).astype(np.float32)
    return np.stack([_NEEDLE_SHARE * face, (1 - _NEEDLE_SHARE) * face], axis=2)
