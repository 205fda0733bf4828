"""A mat of lint drawn strand by strand, deep ones first: the second generator, for evaluation only.

It shares nothing with `lint_mat.py` but the size of a picture: there fibres are noise on a height field, here
each strand is a curve that darkens with depth and throws a shadow by a lamp that stands to one side.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.types import DatasetError

LAYERS: Final = 5
POINTS: Final = 14  # of a strand's curve
STRANDS_PER_PX: Final = 1 / 110  # of a layer
_FIXED: Final = 16  # sixteenths of a pixel, for smooth lines


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandStyle:
    """How strand-drawn lint looks."""

    lint_bgr: tuple[float, float, float] = (188.0, 205.0, 211.0)  # of a strand on top, fully lit
    deep_share: float = 0.80  # light that reaches the deepest layer, of 1
    strand_spread: float = 0.09  # from strand to strand
    shadow: float = 0.10  # taken by a strand off what lies beside it
    lamp_px: tuple[int, int] = (3, 4)  # rows, columns by which shadows fall
    lamp_slope: float = 0.07  # one side of the belt is brighter than the other by so much
    flocks: float = 0.05  # spread of light from flock to flock
    flock_mm: float = 30.0
    trash_per_m2: float = 400.0  # natural crumbs of the plant, 0.3 to 1.5 mm: part of any lint
    noise_grey: float = 2.5
    blur_px: float = 0.5
    feed_kg_m2: float = 0.4

    def __post_init__(self) -> None:
        if not 0 < self.feed_kg_m2 < 50:
            raise DatasetError(
                f"strand style: feed_kg_m2 is {self.feed_kg_m2}; give kg per m2, above 0, below 50"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StrandMat:
    """A piece of lint whose last row flows into its first."""

    bgr: NDArray[np.float32]  # (rows, columns, 3)
    over: NDArray[
        np.float32
    ]  # (rows, columns) 0-1: how much the topmost strands hide of what lies in the mat
    crumbs: NDArray[np.bool_]  # (rows, columns) natural trash
    trash_mg: float  # mass of that trash over the whole mat


def strand_mat(
    style: StrandStyle, rows: int, columns: int, mm_per_px: float, rng: np.random.Generator
) -> StrandMat:
    """Lay the strands."""
    light = np.full((rows, columns), style.deep_share, np.float32)
    over = np.zeros((rows, columns), np.float32)
    for layer in range(LAYERS):
        cover, tone = _layer(rows, columns, rng)
        shade = np.roll(cover, style.lamp_px, axis=(0, 1)) * (1 - cover)
        lit = style.deep_share + (1 - style.deep_share) * (layer + 1) / LAYERS
        light *= 1 - style.shadow * shade
        light += cover * (lit * (1 + style.strand_spread * tone) - light)
        over = cover
    light *= 1 + style.flocks * _flocks(rows, columns, style.flock_mm / mm_per_px, rng)
    light = _wrapped_blur(light, style.blur_px)
    bgr = light[..., None] * np.array(style.lint_bgr, np.float32)
    bgr[..., 0] *= 1 - 0.05 * (1 - light)  # deep lint is a little yellower
    crumbs, trash_mg = _strew(bgr, style, mm_per_px, rng)
    return StrandMat(bgr=bgr, over=over, crumbs=crumbs, trash_mg=trash_mg)


def _layer(
    rows: int, columns: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw one layer's strands: how far each pixel is covered (0-1), and the tone of what covers it."""
    count = round(rows * columns * STRANDS_PER_PX)
    start = rng.uniform(0, 1, (count, 1, 2)) * np.array([columns, rows])
    turn = rng.normal(0, 0.12, (count, 1)) + rng.normal(0, 0.1, (count, POINTS))
    heading = rng.uniform(0, 2 * np.pi, (count, 1)) + np.cumsum(turn, axis=1)
    step = rng.uniform(3, 9, (count, 1, 1))
    paths = start + np.cumsum(step * np.stack([np.cos(heading), np.sin(heading)], axis=2), axis=1)
    fixed = np.round(paths * _FIXED).astype(np.int32)
    canvas = np.zeros((rows, columns), np.uint8)
    tones = rng.integers(70, 187, count)
    whole = np.array([0, rows * _FIXED], np.int32)
    for path, tone in zip(fixed, tones, strict=True):
        cv2.polylines(canvas, [path], False, int(tone), 1, cv2.LINE_AA, 4)
        if path[:, 1].max() >= whole[1]:
            cv2.polylines(canvas, [path - whole], False, int(tone), 1, cv2.LINE_AA, 4)
        elif path[:, 1].min() < 0:
            cv2.polylines(canvas, [path + whole], False, int(tone), 1, cv2.LINE_AA, 4)
    drawn = canvas.astype(np.float32)
    return np.clip(drawn / 90, 0, 1), np.where(drawn > 0, (drawn - 128) / 34, 0).astype(np.float32)


def _flocks(rows: int, columns: int, flock_px: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Patches of light and shade with rounded borders: nearest of scattered centres, blurred."""
    count = max(4, round(rows * columns / flock_px**2))
    centres = rng.uniform(0, 1, (count, 2)) * np.array([rows, columns])
    levels = rng.standard_normal(count)
    small = 8
    y, x = np.mgrid[0 : -(-rows // small), 0 : -(-columns // small)] * small
    best = np.full(y.shape, np.inf)
    field = np.zeros(y.shape, np.float32)
    for (cy, cx), level in zip(centres, levels, strict=True):
        dy = np.abs(y - cy)
        distance = np.minimum(dy, rows - dy) ** 2 + (x - cx) ** 2
        nearer = distance < best
        best[nearer], field[nearer] = distance[nearer], level
    wide = _wrapped_blur(field, max(0.5, flock_px / small / 5))
    return np.asarray(cv2.resize(wide, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)


def _wrapped_blur(image: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    edge = round(4 * sigma_px) + 1
    wide = np.pad(image, ((edge, edge), (0, 0)), mode="wrap")
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma_px)[edge:-edge], np.float32)


LEAF_MG_MM2: Final = (
    0.09  # mass of a flat crumb by its area; own assumption, spread a third from crumb to crumb
)


def _strew(
    bgr: NDArray[np.float32], style: StrandStyle, mm_per_px: float, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], float]:
    """Strew crumbs into the mat, in place: sizes follow a power law; say where and how heavy."""
    rows, columns = bgr.shape[:2]
    count = int(rng.poisson(style.trash_per_m2 * rows * columns * mm_per_px**2 / 1e6))
    mask = np.zeros((rows, columns), np.uint8)
    mass_mg = 0.0
    for _ in range(count):
        half_mm = 0.15 * (1 - rng.uniform(0, 0.96)) ** -0.5  # 0.15 to 0.75 mm
        corners = int(rng.integers(3, 7))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        reach = half_mm / mm_per_px * rng.uniform(0.6, 1.3, corners)
        centre = rng.uniform(0, 1, 2) * np.array([columns - 12, rows - 12]) + 6
        points = centre + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]
        fixed = np.round(points * _FIXED).astype(np.int32)
        cv2.fillPoly(mask, [fixed], int(rng.integers(170, 256)), cv2.LINE_AA, 4)
        area_mm2 = cv2.contourArea(points.astype(np.float32)) * mm_per_px**2
        mass_mg += area_mm2 * LEAF_MG_MM2 * float(rng.uniform(0.67, 1.33))
    share = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.5) / 255, np.float32)
    bgr += 0.85 * share[..., None] * (np.array((48, 72, 92), np.float32) - bgr)
    return share > 0.35, mass_mg
