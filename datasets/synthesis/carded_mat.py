"""A mat of carded lint as streaks of a flow: the third generator, for evaluation only.

Neither noise on a height field nor strands drawn one by one: noise is smeared along a field of directions
(line integral convolution), a fine and a coarse one, with neps and thick places on top.
Source: Cabral and Leedom, SIGGRAPH 1993, 263-270.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.types import DatasetError

STEPS: Final = 10  # of a streak, to each side
_FIXED: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CardedStyle:
    """How carded lint looks."""

    lint_bgr: tuple[float, float, float] = (176.0, 196.0, 206.0)
    fine: float = 0.055  # spread of light of fine streaks
    coarse: float = 0.045  # of coarse ones
    thick: float = 0.035  # of thick and thin places
    thick_mm: float = 45.0
    nep_per_m2: float = 900.0  # small bright knots
    trash_per_m2: float = 250.0  # natural crumbs, part of any lint
    lamp_centre: float = 0.38  # share of the width where it is brightest
    lamp_falloff: float = 0.13  # darker at the far side
    lamp_tint: float = 0.012  # blue against green, from one side to the other
    shot_noise: float = 0.16  # grey for the square root of a grey
    motion_px: int = 2  # smeared along the belt
    feed_kg_m2: float = 0.4

    def __post_init__(self) -> None:
        if not 0 < self.feed_kg_m2 < 50:
            raise DatasetError(
                f"carded style: feed_kg_m2 is {self.feed_kg_m2}; give kg per m2, above 0, below 50"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CardedMat:
    """A piece of lint whose last row flows into its first."""

    bgr: NDArray[np.float32]  # (rows, columns, 3)
    over: NDArray[np.float32]  # (rows, columns) 0-1: how much loose fibre hides of what lies in the mat


def carded_mat(
    style: CardedStyle, rows: int, columns: int, mm_per_px: float, rng: np.random.Generator
) -> CardedMat:
    """Card the mat."""
    turn = _smooth(rows, columns, 30.0 / mm_per_px, rng)
    heading = np.pi / 2 + 0.7 * turn  # mostly along the belt
    fine = _streaks(rng.standard_normal((rows, columns), dtype=np.float32), heading)
    blobs = _wrapped(rng.standard_normal((rows, columns), dtype=np.float32), 2.2)
    coarse = _streaks(blobs, heading + 0.9)
    thick = _smooth(rows, columns, style.thick_mm / mm_per_px, rng)
    light = 1 + style.fine * fine + style.coarse * coarse + style.thick * thick
    _add_neps(light, style, mm_per_px, rng)
    bgr = light[..., None].astype(np.float32) * np.array(style.lint_bgr, np.float32)
    bgr[..., 0] *= 1 + 0.03 * (light - 1)
    _strew(bgr, style, mm_per_px, rng)
    over = np.clip(0.45 * coarse - 0.1, 0, 0.9)
    return CardedMat(bgr=bgr, over=np.asarray(over, np.float32))


def _streaks(noise: NDArray[np.float32], heading: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smear noise along the headings; unit spread, wrapped at the last row."""
    rows, columns = noise.shape
    dx, dy = np.cos(heading).astype(np.float32), np.sin(heading).astype(np.float32)
    total = noise.copy()
    for sign in (1.0, -1.0):
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        for _ in range(STEPS):
            x += sign * _at(dx, x, y)
            y += sign * _at(dy, x, y)
            total += _at(noise, x, y)
    total -= float(total.mean())
    return np.asarray(total / max(float(total.std()), 1e-6), np.float32)


def _at(field: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Read a field between pixels; both sides wrap."""
    return np.asarray(cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)


def _smooth(rows: int, columns: int, size_px: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Slow change, unit spread, wrapped at the last row."""
    knots = max(3, round(rows / size_px)), max(3, round(columns / size_px))
    field = np.concatenate([grid := rng.standard_normal(knots).astype(np.float32), grid[:2]])
    tall = cv2.resize(field, (columns, rows + round(2 * rows / knots[0])), interpolation=cv2.INTER_CUBIC)
    start = round(rows / knots[0] / 2)
    return np.asarray(tall[start : start + rows], np.float32)


def _wrapped(image: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    edge = round(4 * sigma_px) + 1
    wide = np.pad(image, ((edge, edge), (0, 0)), mode="wrap")
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma_px)[edge:-edge], np.float32)


def _add_neps(
    light: NDArray[np.float32], style: CardedStyle, mm_per_px: float, rng: np.random.Generator
) -> None:
    rows, columns = light.shape
    count = int(rng.poisson(style.nep_per_m2 * rows * columns * mm_per_px**2 / 1e6))
    y, x = rng.integers(2, rows - 2, count), rng.integers(2, columns - 2, count)
    knots = np.zeros_like(light)
    knots[y, x] = rng.uniform(0.1, 0.35, count)
    light += cv2.GaussianBlur(knots, (5, 5), 0.7)


def _strew(bgr: NDArray[np.float32], style: CardedStyle, mm_per_px: float, rng: np.random.Generator) -> None:
    """Strew broken leaf into the mat, in place: short bent pieces, their lengths log-normal."""
    rows, columns = bgr.shape[:2]
    cover = np.zeros((rows, columns), np.uint8)
    for _ in range(int(rng.poisson(style.trash_per_m2 * rows * columns * mm_per_px**2 / 1e6))):
        long_px = min(float(rng.lognormal(np.log(0.5), 0.45)), 1.4) / mm_per_px
        start = rng.uniform(8, np.array([columns - 8, rows - 8]))
        angle = rng.uniform(0, 2 * np.pi) + np.array([0.0, rng.normal(0, 0.8)])
        steps = long_px / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        path = np.concatenate([start[None], start + np.cumsum(steps, axis=0)])
        fixed = np.round(path * _FIXED).astype(np.int32)
        cv2.polylines(cover, [fixed], False, int(rng.integers(150, 256)), 1, cv2.LINE_AA, 4)
    share = np.asarray(cv2.GaussianBlur(cover, (3, 3), 0.5) / 255, np.float32)
    bgr += 0.8 * share[..., None] * (np.array((58, 80, 96), np.float32) - bgr)
