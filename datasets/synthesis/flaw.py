"""What a flaw's drawing takes and gives, and the soft shapes that flaws are made of."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_YARN_PX = 2.5  # flaws are not drawn for finer yarns: the lens shows nothing thinner
LEAST_CONTRAST = 0.03  # of the weave; flaws on flatter cloth are drawn as strong as on this

Patch = NDArray[np.float32]  # (rows, columns) reflectance of cloth, mean about 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The cloth a flaw is drawn into: its yarns in pixels, its contrast, the light from behind it."""

    end_px: float
    pick_px: float
    contrast: float
    blur_px: float
    behind: float  # reflectance seen through a hole

    def turned(self) -> "Gauge":
        """Swap warp and weft, for a flaw along the weft drawn on a transposed patch."""
        return Gauge(
            end_px=self.pick_px,
            pick_px=self.end_px,
            contrast=self.contrast,
            blur_px=self.blur_px,
            behind=self.behind,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """A patch with its flaw, and how much of each pixel is flaw (0-1)."""

    patch: Patch
    cover: Patch


Draw = Callable[[Patch, np.random.Generator, Gauge], Drawn]


def wandering(length: int, rng: np.random.Generator, *, step_px: float, pitch: int = 24) -> Patch:
    """Draw a smooth path (length,) that wanders about 0 with the given spread."""
    knots = rng.standard_normal(max(2, length // pitch + 2)) * step_px
    places = np.linspace(0, knots.size - 1, length)
    return np.asarray(np.interp(places, np.arange(knots.size), knots), np.float32)


def band(rows: int, centre: Patch, half_px: Patch | float, columns: int, soft_px: float = 0.8) -> Patch:
    """Cover a band that runs down the rows: `half_px` to each side of `centre`, with soft sides."""
    x = np.arange(columns, dtype=np.float32)[None, :]
    half = np.broadcast_to(np.asarray(half_px, np.float32), (rows,))[:, None]
    return np.asarray(np.clip((half - np.abs(x - centre[:, None])) / soft_px + 0.5, 0, 1), np.float32)


def faded_ends(length: int, fade_px: float) -> Patch:
    """Rise from 0 to 1 and fall back over `fade_px` at both ends (length,)."""
    place = np.arange(length, dtype=np.float32) + 0.5
    return np.asarray(np.clip(np.minimum(place, length - place) / max(fade_px, 0.5), 0, 1), np.float32)


def blob(rows: int, columns: int, rng: np.random.Generator, *, rough: float, soft: float) -> Patch:
    """Cover an irregular round shape that fills the patch; `soft` is the share of the radius that fades."""
    y = (np.arange(rows, dtype=np.float32) + 0.5 - rows / 2) / (rows / 2)
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / (columns / 2)
    angle = np.arctan2(y[:, None], x[None, :])
    reach = np.full(angle.shape, 0.9 - rough, np.float32)
    for harmonic in range(2, 7):
        reach += (rough / 3 * rng.random() * np.cos(harmonic * angle + rng.uniform(0, 6.3))).astype(
            np.float32
        )
    distance = np.hypot(y[:, None], x[None, :]) / np.maximum(reach, 0.2)
    return np.asarray(np.clip((1 - distance) / max(soft, 0.02), 0, 1), np.float32)


def curls(
    rows: int, columns: int, rng: np.random.Generator, *, count: int, thickness: int = 1, reach: float = 0.42
) -> Patch:
    """Cover a ball of curled fibres: short random arcs around the middle of the patch."""
    canvas = np.zeros((rows, columns), np.uint8)
    middle = np.array([columns / 2, rows / 2])
    for _ in range(count):
        radius = np.array([columns, rows]) * reach * rng.uniform(0.15, 1.0)
        start, sweep = rng.uniform(0, 6.3), rng.uniform(1.0, 4.5)
        angles = start + np.linspace(0, sweep, 12)
        shape = rng.uniform(0.4, 1.0, 2) * radius
        offset = rng.normal(0, 0.12, 2) * np.array([columns, rows])
        points = middle + offset + np.stack([np.cos(angles), np.sin(angles)], axis=1) * shape
        points = np.clip(points, 1, np.array([columns, rows]) - 2)
        fixed = np.round(points * 16).astype(np.int32)  # sixteenths of a pixel, for smooth lines
        cv2.polylines(canvas, [fixed], False, 255, thickness, cv2.LINE_AA, 4)
    return softened(np.asarray(canvas / 255, np.float32), 0.5)


def curve(rows: int, columns: int, rng: np.random.Generator, *, bends: int, thickness_px: float) -> Patch:
    """Cover a smooth curve from corner to corner, drawn four times too large for an even width."""
    start, end = ((0.06, 0.06), (0.94, 0.94)) if rng.random() < 0.5 else ((0.06, 0.94), (0.94, 0.06))
    share = np.linspace(0, 1, 64)[:, None]
    line = np.array(start) + (np.array(end) - np.array(start)) * share
    for bend in range(1, bends + 1):
        line = line + rng.normal(0, 0.22 / bend, 2) * np.sin(np.pi * bend * share)
    points = np.clip(line, 0.03, 0.97) * np.array([columns, rows]) * 4
    canvas = np.zeros((rows * 4, columns * 4), np.uint8)
    width = max(1, round(4 * thickness_px))
    cv2.polylines(canvas, [np.round(points * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
    fine = cv2.resize(canvas, (columns, rows), interpolation=cv2.INTER_AREA)
    return softened(np.asarray(fine / 255, np.float32), 0.45)


def softened(cover: Patch, sigma_px: float) -> Patch:
    """Blur a cover as the camera does."""
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), max(sigma_px, 0.1)), np.float32)


def sign(rng: np.random.Generator, bright_share: float = 0.5) -> float:
    """Choose brighter (1) or darker (-1)."""
    return 1.0 if rng.random() < bright_share else -1.0


def lift(rng: np.random.Generator, gauge: Gauge, *, faint: float = 0.35, strong: float = 3.0) -> float:
    """Draw how far a flaw stands out of the mean: `faint` to `strong` times the weave's contrast."""
    times = float(np.exp(rng.uniform(np.log(faint), np.log(strong))))
    return min(times * max(gauge.contrast, LEAST_CONTRAST), 0.75)


def relief(cover: Patch, step_px: int = 1) -> Patch:
    """Give the lit (above 0) and shaded (below 0) flanks of what stands out of the cloth."""
    far = np.roll(np.roll(cover, step_px, axis=0), step_px, axis=1)
    return np.asarray(cover - far, np.float32)


def either(*draws: Draw) -> Draw:
    """Draw one of several looks of a kind."""
    return lambda patch, rng, gauge: draws[int(rng.integers(len(draws)))](patch, rng, gauge)
