"""The yarns of a panel: where each lies, how bright it is along itself, how the weft runs across the web."""

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.endless import smooth_map
from datasets.synthesis.style import ClothStyle

_DRIFT = 0.15  # share of a yarn's error of width that moves all yarns behind it; a reed holds the rest
_BEFORE = 32  # yarns woven before the cloth's first column: its edge wanders


def yarn_places(
    size: int,
    period: float,
    irregularity: float,
    rng: np.random.Generator,
    *,
    closed: bool = False,
    first_px: int = 0,
) -> NDArray[np.float32]:
    """Place of every pixel in yarns: whole part the yarn, rest the place across it.

    With `closed` the last pixel flows into the first; else yarn 32 begins at column `first_px`.
    """
    first = 0.0 if closed else first_px - _BEFORE * period
    count = round(size / period) if closed else int((size - first) / period) + 2
    errors = irregularity * rng.standard_normal(count + 1)
    edges = np.arange(count + 1) + 0.5 * errors + _DRIFT * np.cumsum(errors)
    if closed:
        edges[-1] = count + edges[0]
        edges += (np.arange(count + 1) / count) * (edges[0] + count - edges[-1])
        edges[0], edges[-1] = 0.0, count
    edges = np.maximum.accumulate(edges) + np.arange(count + 1) * 1e-6
    return np.interp(np.arange(size), edges * period + first, np.arange(count + 1)).astype(np.float32)


def weft_rows(
    along: NDArray[np.float32], columns: int, style: ClothStyle, mm_per_px: float
) -> NDArray[np.float32]:
    """Place in picks (rows, columns) of every pixel: the weft climbs and sags across the web."""
    x = np.arange(columns, dtype=np.float32)
    middle = 2 * x / columns - 1
    climb = style.skew * x + style.bow_mm / mm_per_px * (1 - middle**2)
    if not climb.any():
        return np.broadcast_to(along[:, None], (along.size, columns))
    rows = along.size
    picks = round(float(along[-1] + 0.5 * (along[-1] - along[-2])))
    reach = int(np.ceil(np.abs(climb).max())) + 2
    turns = np.arange(-reach, rows + reach)
    unrolled = along[turns % rows] + (turns // rows) * np.float32(picks)
    map_y = (np.arange(rows, dtype=np.float32)[:, None] - climb[None, :] + reach).astype(np.float32)
    places = cv2.remap(
        unrolled[:, None].astype(np.float32), np.zeros_like(map_y), map_y, cv2.INTER_LINEAR
    )  # along is nearly straight: nothing is lost between its rows
    return np.asarray(np.mod(places, np.float32(picks)), np.float32)


def yarn_tones(
    length: int,
    places: NDArray[np.float32],
    irregularity: float,
    rng: np.random.Generator,
    *,
    own_rng: np.random.Generator,
    closed: bool,
) -> NDArray[np.float32]:
    """Brightness (yarns, length) of yarns along themselves: each its own tone, and thick and thin places."""
    yarns = int(places.max()) + 1
    own = own_rng.standard_normal((yarns, 1)).astype(np.float32)
    along = smooth_map(rng, length, yarns, 24.0, wrap_rows=closed)
    return np.asarray(1 + irregularity * (0.6 * own + 0.8 * _unsmoothed(along.T, rng)), np.float32)


def _unsmoothed(tones: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Shuffle yarns, so that neighbours differ: a smooth map over yarns would join them."""
    return tones[rng.permutation(tones.shape[0])]


def dye(tones: NDArray[np.float32], stripe_yarns: int, gain: float) -> None:
    """Dye every other stripe of yarns (yarns, length), in place."""
    if stripe_yarns:
        dyed = (np.arange(tones.shape[0]) // stripe_yarns) % 2 == 1
        tones[dyed] *= np.float32(gain)
