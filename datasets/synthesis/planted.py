"""Flaws of known truth drawn into finished pictures of good cloth, real or rendered."""

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.flaw import LEAST_YARN_PX, Gauge
from datasets.synthesis.flaw_table import FLAWS
from datasets.synthesis.planting import Planting
from datasets.synthesis.scene import COVER_SEEN
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

_WIDE_PX = 65  # side of the window whose mean is the light and shade that a flaw keeps
_MOST_YARN_PX = 9.0
_FALLBACK_YARN_PX = 5.0
_SHARP = 4.0  # a rhythm's power against the median's, from which it counts as yarns
_PAIR = 0.08  # share of the strongest rhythm's power from which half its period counts as the yarn's
_MARGIN_PX = 4  # of cloth left free beside an edge


def measure_gauge(pixels: NDArray[np.uint8], cloth_px: tuple[int, int]) -> Gauge:
    """Estimate yarns, contrast and what lies behind the cloth from a picture (rows, columns[, 3]).

    Yarns too fine or too uneven to be seen count as 5 px wide.
    """
    grey = _grey(pixels)
    cloth = grey[:, cloth_px[0] : cloth_px[1]]
    texture = np.asarray(cloth / np.maximum(_wide_mean(cloth), 1.0) - 1, np.float32)
    beside = np.concatenate([grey[:, : cloth_px[0]].ravel(), grey[:, cloth_px[1] :].ravel()])
    behind = float(beside.mean()) / max(float(cloth.mean()), 1.0) if beside.size > cloth.shape[0] else 0.3
    return Gauge(
        end_px=_yarn_px(texture, axis=1),
        pick_px=_yarn_px(texture, axis=0),
        contrast=float(np.clip(texture.std(), 0.005, 0.5)),
        blur_px=0.6,
        behind=behind,
    )


def plant_flaws(
    pixels: NDArray[np.uint8],
    cloth_px: tuple[int, int],
    gauge: Gauge,
    kinds: tuple[DefectKind, ...],
    rate_per_mpx: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw flaws into a copy of a picture (rows, columns[, 3]), `rate_per_mpx` on a million pixels of cloth.

    Gives the picture and a mask (rows, columns): 0 good, else 1 + place of the kind in `kinds`.

    Raises:
        DatasetError: a kind has no painter of its own (selvedges are cut in scenes only), or a rate below 0.
    """
    strangers = [kind.value for kind in kinds if kind not in FLAWS]
    if strangers:
        names = ", ".join(kind.value for kind in FLAWS)
        raise DatasetError(f"planted flaws: no painter for {', '.join(strangers)}; choose from {names}")
    if rate_per_mpx < 0:
        raise DatasetError(f"planted flaws: {rate_per_mpx} flaws a megapixel; give 0 or more")
    rows = pixels.shape[0]
    planted, mask = pixels.copy(), np.zeros(pixels.shape[:2], np.uint8)
    grey = _grey(pixels)
    light = np.maximum(_wide_mean(grey[:, cloth_px[0] : cloth_px[1]]), 1.0)
    plots = Planting(
        seed=int(rng.integers(2**31)),
        rate_per_m2=rate_per_mpx,
        mm_per_px=1.0,  # a million pixels are a square metre of that scale
        x0=cloth_px[0] + _MARGIN_PX,
        x1=cloth_px[1] - _MARGIN_PX,
        kinds=kinds,
        measure=lambda kind, measuring: FLAWS[kind].size(measuring, gauge),
        cell_rows=rows,
    ).touching(0, rows)
    for plot in plots:
        box = plot.box
        place = (slice(box.y0, box.y1), slice(box.x0, box.x1))
        shade = light[box.y0 : box.y1, box.x0 - cloth_px[0] : box.x1 - cloth_px[0]]
        good = (grey[place] / shade).astype(np.float32)
        drawn = FLAWS[plot.kind].draw(good, np.random.default_rng(plot.seed), gauge)
        change = (drawn.patch - good) * shade
        cloth = planted[place].astype(np.float32)
        cloth += change[..., None] if pixels.ndim == 3 else change
        planted[place] = np.clip(np.round(cloth), 0, 255).astype(np.uint8)
        seen = min(COVER_SEEN, float(drawn.cover.max()) / 2)
        mask[place][drawn.cover > seen] = 1 + kinds.index(plot.kind)
    return planted, mask


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey, np.float32)


def _wide_mean(cloth: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(cloth, (_WIDE_PX, _WIDE_PX), borderType=cv2.BORDER_REFLECT), np.float32)


def _yarn_px(texture: NDArray[np.float32], *, axis: int) -> float:
    """Period of the yarns along an axis: the strongest rhythm, or a fraction of it that shows as well."""
    power = np.square(np.abs(np.fft.rfft(texture, axis=axis))).mean(axis=1 - axis)
    frequency = np.fft.rfftfreq(texture.shape[axis])
    visible = (frequency >= 1 / (4 * _MOST_YARN_PX)) & (frequency <= 1 / 2.2)
    if not visible.any():
        return _FALLBACK_YARN_PX
    power, frequency = (power * frequency)[visible], frequency[visible]  # clouds fall off as 1 / frequency
    best = int(power.argmax())
    if power[best] < _SHARP * float(np.median(power)):
        return _FALLBACK_YARN_PX
    yarn = float(frequency[best])
    for part in (2, 4):
        near = np.abs(frequency - part * frequency[best]) < 0.1 * frequency[best]
        if near.any() and power[near].max() > max(_PAIR * power[best], _SHARP * float(np.median(power))):
            yarn = part * float(frequency[best])
    return float(np.clip(1 / yarn, LEAST_YARN_PX, _MOST_YARN_PX))
