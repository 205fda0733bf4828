"""The interlacing, the yarns, and the panel of woven cloth that a scene is cut from."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.endless import smooth_map
from datasets.synthesis.style import ClothStyle, Weave
from datasets.synthesis.yarns import dye, weft_rows, yarn_places, yarn_tones

SAMPLES = 16  # texture samples a yarn; 14 px a yarn is the coarsest that random_style draws
CROWN = 0.55  # how much darker a yarn's side is than its crown
GAP = 0.25  # brightness between yarns
MAX_GAIN = 3.0  # yarns finer than two pixels can't be seen; no contrast is made up for them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """A piece of good cloth; its last row flows into its first, so it can be laid end to end."""

    reflectance: NDArray[np.float32]  # (rows, columns), mean about 1
    end_px: float
    pick_px: float


def interlacing(style: ClothStyle) -> NDArray[np.bool_]:
    """Draw the weave's repeat (picks, ends): True where the warp lies on top."""
    if style.weave is Weave.PLAIN:
        pattern = np.indices((2, 2)).sum(0) % 2 == 0
    elif style.weave is Weave.BASKET:
        pattern = (np.indices((4, 4)) // 2).sum(0) % 2 == 0
    elif style.weave is Weave.TWILL:
        pick, end = np.indices((4, 4))
        pattern = (end + pick) % 4 < (3 if style.warp_floats else 2)
    else:
        pick, end = np.indices((5, 5))
        pattern = ((end + 2 * pick) % 5 == 0) ^ style.warp_floats
    return np.asarray(pattern[:, ::-1] if style.mirrored else pattern, np.bool_)


def weave_panel(
    style: ClothStyle,
    columns: int,
    rows_wanted: int,
    mm_per_px: float,
    *,
    rng: np.random.Generator,
    warp_rng: np.random.Generator,
    first_px: int = 0,
) -> Panel:
    """Weave a panel of about `rows_wanted` rows: yarn by yarn unevenness, camera blur, mean 1.

    Place and tone of each end come from `warp_rng`: a warp outlasts many pieces of cloth. The warp is
    counted from column `first_px`, where the cloth begins.
    """
    pattern = interlacing(style)
    repeat = pattern.shape[0]
    end_px, pick_px = style.end_px(mm_per_px), style.pick_px(mm_per_px)
    repeats = max(1, round(rows_wanted / (pick_px * repeat)))
    rows = round(repeats * repeat * pick_px)
    pick_px = rows / (repeats * repeat)
    place_rng, tone_rng = warp_rng.spawn(2)
    across = yarn_places(columns, end_px, style.warp_irregularity, place_rng, first_px=first_px)
    straight = yarn_places(rows, pick_px, style.weft_irregularity, rng, closed=True)
    along = weft_rows(straight, columns, style, mm_per_px)
    layers = _remap(_tile(pattern, end_px, pick_px, style.blur_px), across, along, pick_px, rng)
    warp = yarn_tones(rows, across, style.warp_irregularity, rng, own_rng=tone_rng, closed=True)
    weft = yarn_tones(columns, straight, style.weft_irregularity, rng, own_rng=rng, closed=False)
    dye(warp, style.warp_stripe_ends, style.stripe_gain)
    dye(weft, style.weft_stripe_picks, style.stripe_gain)
    end, pick = across.astype(np.int32), along.astype(np.int32)
    cloth = layers[..., 0] * warp.T[:, end] + layers[..., 1] * _weft_seen(weft, pick)
    plain = layers.sum(2)
    scale = min(MAX_GAIN, style.contrast / max(float(plain.std() / plain.mean()), 1e-6))
    cloth /= plain.mean()
    tone = cv2.blur(cloth, (2 * round(end_px * repeat) + 1, 2 * round(pick_px * repeat) + 1))
    cloth -= tone
    if style.crossings > 0:
        cloth *= _crossings(weft.shape[0], warp.shape[0], style.crossings, rng)[pick, end[None, :]]
    reflectance = tone + cloth * np.float32(scale)
    reflectance *= 1 + style.fuzz * _fuzz(reflectance.shape[0], columns, style.blur_px, rng)
    return Panel(reflectance=np.asarray(reflectance, np.float32), end_px=end_px, pick_px=pick_px)


def _weft_seen(weft: NDArray[np.float32], pick: NDArray[np.int32]) -> NDArray[np.float32]:
    """Give the tone (rows, columns) of the pick that lies at each pixel."""
    if pick.strides[1] == 0:  # a straight weft: the same pick on a whole row
        return weft[pick[:, 0]]
    return weft[pick, np.arange(pick.shape[1])]


def _crossings(picks: int, ends: int, spread: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw how much more than the rest each crossing (picks, ends) stands out."""
    return 1 + np.float32(spread) * np.clip(rng.standard_normal((picks, ends), dtype=np.float32), -2, 2)


def _fuzz(rows: int, columns: int, blur_px: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw loose fibres: fine grain of unit spread, blurred by the camera, closed from last row to first."""
    grain = rng.standard_normal((rows, columns), dtype=np.float32)
    edge = 4
    wide = np.pad(grain, ((edge, edge), (0, 0)), mode="wrap")
    fine = cv2.GaussianBlur(wide, (0, 0), float(np.hypot(blur_px, 0.5)))[edge:-edge]
    return np.asarray(fine / fine.std(), np.float32)


def _tile(pattern: NDArray[np.bool_], end_px: float, pick_px: float, blur_px: float) -> NDArray[np.float32]:
    """One repeat seen from above (picks*S, ends*S, 2): light from warp yarns, light from weft yarns."""
    cell = np.ones((SAMPLES, SAMPLES), np.float32)
    warp_top = np.kron(pattern.astype(np.float32), cell).astype(np.float32)
    side = (np.arange(SAMPLES) + 0.5) / SAMPLES - 0.5
    crown = np.tile(1 - CROWN * (1 - np.cos(np.pi * side)), pattern.shape[1]).astype(np.float32)
    crimp = SAMPLES * 0.5
    warp_height = _wrapped_blur(warp_top, 0.1, crimp)
    weft_height = _wrapped_blur(1 - warp_top, crimp, 0.1)
    warp = warp_top * (GAP + (1 - GAP) * crown[None, :] * (0.45 + 0.55 * warp_height))
    weft = (1 - warp_top) * (GAP + (1 - GAP) * crown[: warp_top.shape[0], None] * (0.45 + 0.55 * weft_height))
    eye = np.hypot(blur_px, 0.35)  # a pixel itself blurs by about a third of its width
    eye_x, eye_y = eye * SAMPLES / end_px, eye * SAMPLES / pick_px
    layers = [_wrapped_blur(np.asarray(layer, np.float32), eye_x, eye_y) for layer in (warp, weft)]
    return np.stack(layers, axis=2)


def _wrapped_blur(image: NDArray[np.float32], sigma_x: float, sigma_y: float) -> NDArray[np.float32]:
    rows, columns = image.shape
    wide = cv2.GaussianBlur(
        np.tile(image, (3, 3)), (0, 0), sigmaX=max(sigma_x, 0.1), sigmaY=max(sigma_y, 0.1)
    )
    return np.asarray(wide[rows : 2 * rows, columns : 2 * columns], np.float32)


def _remap(
    tile: NDArray[np.float32],
    across: NDArray[np.float32],
    along: NDArray[np.float32],
    pick_px: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Lay the repeat over the panel with yarns that wander a little."""
    rows, columns = along.shape
    wander = 6 * pick_px
    map_x = across[None, :] + 0.10 * smooth_map(rng, rows, columns, wander, wrap_rows=True)
    map_y = along + 0.10 * smooth_map(rng, rows, columns, wander, wrap_rows=True)
    edge = SAMPLES
    padded = np.pad(tile, ((edge, edge), (edge, edge), (0, 0)), mode="wrap")
    map_x = np.mod(map_x * SAMPLES, tile.shape[1]) + (edge - 0.5)
    map_y = np.mod(map_y * SAMPLES, tile.shape[0]) + (edge - 0.5)
    return np.asarray(
        cv2.remap(padded, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR), np.float32
    )
