"""A mat of lint from above: tufts, fibres, thin places where the belt shows, natural flecks."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.endless import smooth_map
from datasets.types import DatasetError


@dataclass(frozen=True, slots=True, kw_only=True)
class LintStyle:
    """How lint on its belt looks; shares are of 1."""

    fibre_bgr: tuple[int, int, int] = (196, 212, 219)  # creamy white
    belt_bgr: tuple[int, int, int] = (62, 66, 60)
    cover: float = 0.998  # share of the belt that lint hides
    fibre_contrast: float = 0.07  # spread of light from fibre to fibre
    tuft_contrast: float = 0.10  # light and shadow of tufts
    tuft_mm: float = 18.0
    clouding: float = 0.03  # slow change of shade along the belt
    fleck_rate_per_m2: float = 60.0  # natural leaf crumbs, part of any lint: not truth, see `fleck_mask`
    vignette: float = 0.08
    noise_grey: float = 2.0
    blur_px: float = 0.6
    feed_kg_m2: float = 0.4  # mass of lint on the belt, held constant by the feeder

    def __post_init__(self) -> None:
        if not 0.5 <= self.cover <= 1:
            raise DatasetError(f"lint style: cover is {self.cover}; give 0.5 to 1")
        if not self.feed_kg_m2 > 0:
            raise DatasetError(f"lint style: feed_kg_m2 is {self.feed_kg_m2}; give kg per m2 above 0")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mat:
    """A piece of lint whose last row flows into its first."""

    bgr: NDArray[np.float32]  # (rows, columns, 3)
    above: NDArray[np.float32]  # (rows, columns) 0-1, how strongly loose fibres lie over what is in the mat
    flecks: NDArray[np.bool_]  # (rows, columns)


def lay_mat(style: LintStyle, rows: int, columns: int, mm_per_px: float, rng: np.random.Generator) -> Mat:
    """Lay a mat of lint."""
    tuft_px = max(6.0, style.tuft_mm / mm_per_px)
    height = smooth_map(rng, rows, columns, tuft_px, wrap_rows=True)
    height += 0.5 * smooth_map(rng, rows, columns, tuft_px / 2.7, wrap_rows=True)
    fibres = _fibres(rows, columns, rng, style.blur_px)
    slope = height - np.roll(height, round(tuft_px / 4), axis=0)
    tone = 1 + style.fibre_contrast * fibres + style.tuft_contrast * (0.5 * slope + 0.3 * height)
    bgr: NDArray[np.float32] = tone[..., None].astype(np.float32) * np.array(style.fibre_bgr, np.float32)
    thin = _thin(height + 0.15 * fibres, style.cover)
    bgr += thin[..., None] * (np.array(style.belt_bgr, np.float32) - bgr)
    flecks = _flecks(bgr, style, mm_per_px, rng)
    above = np.clip(0.35 * fibres - 0.15, 0, 0.8)
    return Mat(bgr=bgr, above=above.astype(np.float32), flecks=flecks)


def _fibres(rows: int, columns: int, rng: np.random.Generator, blur_px: float) -> NDArray[np.float32]:
    """Draw curled fibres, unit spread; what runs over the last row comes in at the first."""
    canvas = np.full((2 * rows, columns), 128, np.uint8)
    count = rows * columns // 70
    start = rng.uniform(0, 1, (count, 1, 2)) * np.array([columns, rows])
    heading = rng.uniform(0, 2 * np.pi, (count, 1)) + np.cumsum(rng.normal(0, 0.45, (count, 10)), axis=1)
    steps = rng.uniform(1.5, 5, (count, 1, 1)) * np.stack([np.cos(heading), np.sin(heading)], axis=2)
    paths = np.round((start + np.cumsum(steps, axis=1)) * 16).astype(np.int32)
    greys = rng.integers(60, 196, count)
    for path, grey in zip(paths, greys, strict=True):
        for shift in (0, rows * 16):
            cv2.polylines(canvas, [path + np.array([0, shift])], False, int(grey), 1, cv2.LINE_AA, 4)
    middle = canvas[rows // 2 : rows // 2 + rows].astype(np.float32)
    blurred = _closed_blur(np.roll(middle, rows // 2, axis=0), max(0.5, blur_px))
    fine = blurred - _closed_blur(blurred, 9.0)
    return np.asarray(np.clip(fine / max(float(fine.std()), 1e-6), -1.8, 2.5), np.float32)


def _closed_blur(image: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    edge = round(4 * sigma_px) + 1
    wide = np.pad(image, ((edge, edge), (0, 0)), mode="wrap")
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma_px)[edge:-edge], np.float32)


def _thin(height: NDArray[np.float32], cover: float) -> NDArray[np.float32]:
    if cover >= 1:
        return np.zeros_like(height)
    level = float(np.quantile(height, 1 - cover))
    return np.asarray(np.clip((level - height) / 0.8 + 0.3, 0, 0.8), np.float32)


def _flecks(
    bgr: NDArray[np.float32], style: LintStyle, mm_per_px: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Scatter leaf crumbs of 0.4-1.6 mm into the mat, in place; say where."""
    rows, columns = bgr.shape[:2]
    count = int(rng.poisson(style.fleck_rate_per_m2 * rows * columns * mm_per_px**2 / 1e6))
    cover = np.zeros((rows, columns), np.uint8)
    for _ in range(count):
        centre = rng.uniform(0, 1, 2) * np.array([columns - 8, rows - 8]) + 4
        axes = np.maximum(rng.uniform(0.2, 0.8, 2) / mm_per_px, 0.5)
        fixed = tuple(int(value) for value in np.round(centre * 16))
        half = tuple(int(value) for value in np.round(axes * 16))
        cv2.ellipse(cover, fixed, half, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA, 4)
    share = np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.6) / 255, np.float32)
    bgr += 0.8 * share[..., None] * (np.array((55, 85, 105), np.float32) - bgr)
    return share > 0.35
