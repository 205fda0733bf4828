"""The hue of a material's own crumbs: dark specks whose hue good lint shows again and again are its trash.

Hue is taken for each part of darkness: fibre over a crumb pales both alike. A range of ratios holds leaf
crumbs and the hueless gaps between strands; what is more yellow, red, blue or green than they lies outside.
"""

from collections.abc import Iterable
from typing import Final

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
CORE: Final = tuple(FEATURES.index(name) for name in ("core_red_green", "core_yellow_blue", "core_light"))


def learn_crumbs(strips: Iterable[NDArray[np.uint8]]) -> CrumbHue | None:
    """Learn the range of hues of good strips' specks (rows, columns, 3).

    None: the pictures are grey, or hold too few.
    """
    hues: list[tuple[float, float]] = []
    for pixels in strips:
        if pixels.ndim == 2 or len(hues) >= MOST:
            break
        for box in find_particles(pixels).boxes:
            look = look_at(pixels, grown(box, PAD_PX, *pixels.shape[:2]), 1.0)
            if look is not None and look.area_px >= LEAST_PX and (hue := _hue(look)) is not None:
                hues.append(hue)
    if len(hues) < FEWEST:
        return None
    low, high = np.quantile(np.array(hues), TAILS, axis=0)
    low, high = low - WIDER * (high - low), high + WIDER * (high - low)
    return CrumbHue(
        red_green=(float(low[0]), float(high[0])),
        yellow_blue=(float(low[1]), float(high[1])),
        specks=len(hues),
    )


def is_crumb(look: PieceLook, crumbs: CrumbHue | None) -> bool:
    """Whether a piece is dark and has the hue of the material's own crumbs; never where none was learnt."""
    hue = None if crumbs is None else _hue(look)
    return (
        crumbs is not None
        and hue is not None
        and crumbs.red_green[0] <= hue[0] <= crumbs.red_green[1]
        and crumbs.yellow_blue[0] <= hue[1] <= crumbs.yellow_blue[1]
    )


def _hue(look: PieceLook) -> tuple[float, float] | None:
    """Red against green and yellow against blue for each part of darkness; None: it is not dark."""
    red_green, yellow_blue, light = (float(look.features[at]) for at in CORE)
    return None if light > -DARK else (red_green / -light, yellow_blue / -light)
