"""The hue of a material's own crumbs: dark specks whose hue good lint shows again and again are its trash.

Hue is taken for each part of darkness: fibre over a crumb pales both alike. A range of ratios holds leaf
crumbs and the hueless gaps between strands; what is more yellow, red, blue or green than they lies outside.
"""

from collections.abc import Iterable
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vision.card import CrumbHue
from vision.fibre_pieces import FEATURES, PieceLook, grown, look_at
from vision.particles import find_particles

DARK: Final = 0.12  # logarithm of light that a speck takes away, before its hue says anything
LEAST_PX: Final = 3  # of a speck: fewer pixels have no sure hue
PAD_PX: Final = 3
FEWEST: Final = 20  # specks of good lint; fewer tell no range
MOST: Final = 4000  # are looked at
TAILS: Final = (0.005, 0.995)  # of the specks' hues: beyond them lie chance and what was overlooked
WIDER: Final = 0.10  # of the range, at each end: specks that were not seen yet
APART: Final = 0.1  # of the range: a hue so far outside is surely none of theirs
CORE: Final = tuple(FEATURES.index(name) for name in ("core_red_green", "core_yellow_blue", "core_light"))


def learn_crumbs(strips: Iterable[NDArray[np.uint8]]) -> CrumbHue | None:
    """Learn the range of hues and darkness of good strips' specks (rows, columns, 3).

    None: the pictures are grey, or hold too few.
    """
    seen: list[tuple[float, float, float]] = []
    for pixels in strips:
        if pixels.ndim == 2 or len(seen) >= MOST:
            break
        for box in find_particles(pixels).boxes:
            look = look_at(pixels, grown(box, PAD_PX, *pixels.shape[:2]), 1.0)
            if look is not None and look.area_px >= LEAST_PX and (hue := _hue(look)) is not None:
                seen.append((*hue, float(look.features[CORE[2]])))
    if len(seen) < FEWEST:
        return None
    low, high = np.quantile(np.array(seen), TAILS, axis=0)
    low, high = low - WIDER * (high - low), high + WIDER * (high - low)
    (red_low, yellow_low, darkest), (red_high, yellow_high, _) = low.tolist(), high.tolist()
    return CrumbHue(
        red_green=(red_low, red_high),
        yellow_blue=(yellow_low, yellow_high),
        darkest=darkest,
        specks=len(seen),
    )


def whose_hue(look: PieceLook, crumbs: CrumbHue | None) -> Literal["own", "foreign", ""]:
    """Whether a dark piece has the hue of the material's own crumbs; empty: nobody can say.

    That is so of what is hardly dark, of what is darker than every crumb, and near the range's ends.
    """
    hue = None if crumbs is None else _hue(look)
    if crumbs is None or hue is None:
        return ""
    ranges = crumbs.red_green, crumbs.yellow_blue
    beyond = max(
        max(low - value, value - high) / max(high - low, 1e-6)
        for value, (low, high) in zip(hue, ranges, strict=True)
    )
    if beyond > APART:
        return "foreign"
    return "own" if beyond <= 0 and look.features[CORE[2]] >= crumbs.darkest else ""


def _hue(look: PieceLook) -> tuple[float, float] | None:
    """Red against green and yellow against blue for each part of darkness; None: it is not dark."""
    red_green, yellow_blue, light = (float(look.features[at]) for at in CORE)
    return None if light > -DARK else (red_green / -light, yellow_blue / -light)
