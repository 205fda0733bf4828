"""Open weaves: yarns that stand apart, with what lies behind the cloth seen between them."""

import numpy as np
from numpy.typing import NDArray

_SIDE = 0.45  # brightness of a yarn's side against its crown
_UNDER = 0.8  # brightness of a yarn between two crossings, where it dips


def open_weave(
    pattern: NDArray[np.bool_], samples: int, *, openness: float, through: float
) -> NDArray[np.float32]:
    """Draw one repeat (picks * samples, ends * samples, 2): light that goes with the warp, with the weft.

    `pattern` (picks, ends) is True where the warp lies on top; `openness` the share of a yarn's pitch that is
    open; `through` the light of the gaps, where a yarn's crown has 1.
    """
    half = (1 - openness) / 2
    side = np.abs((np.arange(samples) + 0.5) / samples - 0.5)
    yarn = np.where(side < half, 1 - (1 - _SIDE) * (side / half) ** 2, 0.0)
    picks, ends = pattern.shape
    warp_there = np.broadcast_to(np.tile(yarn, ends)[None, :], (picks * samples, ends * samples))
    weft_there = np.broadcast_to(np.tile(yarn, picks)[:, None], warp_there.shape)
    warp_on_top = np.kron(pattern, np.ones((samples, samples), np.bool_)).astype(np.bool_)
    crossing = (warp_there > 0) & (weft_there > 0)
    lift = np.where(crossing, 1.0, _UNDER)
    warp = warp_there * lift * ~(crossing & ~warp_on_top)
    weft = weft_there * lift * ~(crossing & warp_on_top)
    gap = 0.5 * through * ((warp_there == 0) & (weft_there == 0))
    return np.stack([warp + gap, weft + gap], axis=2).astype(np.float32)
