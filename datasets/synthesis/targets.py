"""Calibration targets as a camera sees them, with the truth that calibrating must find again.

Each pixel is placed on the target by an exact mapping, and what lies under it is averaged: no resampled
picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.optics import to_uint8
from vision.charuco import BoardSize, board_of

TEXTURE_PX_PER_SQUARE: Final = (
    84  # a multiple of the 7 modules of a marker, and of 4 for its share of a square
)
SUBSAMPLES: Final = 4  # a side: what a pixel averages
BLACK_GREY: Final = 25.0
WHITE_GREY: Final = 205.0
BAND_ROWS: Final = 64  # drawn at once: bounds memory

ToTarget = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # points (n, 2) px edges → mm on the target


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AreaView:
    """An area camera: OpenCV's pinhole with Brown's distortion, over a plane in any pose."""

    camera: NDArray[np.float64]  # (3, 3), pixel centres as OpenCV counts them
    distortion: NDArray[np.float64]  # k1, k2, p1, p2, k3
    rotation: NDArray[np.float64]  # (3,) Rodrigues, target to camera
    translation_mm: NDArray[np.float64]  # (3,)

    def to_target(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Follow each pixel's ray to the target."""
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-12)
        centred = (points_px - 0.5).reshape(-1, 1, 2)
        rays = cv2.undistortPointsIter(centred, self.camera, self.distortion, np.eye(3), np.eye(3), stop)
        turned = np.asarray(cv2.Rodrigues(self.rotation)[0])
        plane = np.column_stack([turned[:, 0], turned[:, 1], self.translation_mm])
        ray = np.column_stack([rays.reshape(-1, 2), np.ones(len(points_px))])
        on_plane = ray @ np.linalg.inv(plane).T
        return np.asarray(on_plane[:, :2] / on_plane[:, 2:], np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line-scan camera: a tilted lens with distortion across, the web's motion along."""

    columns: int
    mm_per_px: float  # in the middle
    mm_per_row: float
    tilt: float = 0.0  # relative change of scale from the middle to the side by a tilted camera
    barrel: float = 0.0  # relative change of place at the side by the lens
    turned_rad: float = 0.0  # the line of sight against the square across the web
    target_turned_rad: float = 0.0
    target_at_mm: tuple[float, float] = (0.0, 0.0)  # where the picture's middle of row 0 lies on the target

    def web_mm(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place points on the web; 0, 0 is the middle of the first row."""
        u = 2 * points_px[:, 0] / self.columns - 1
        half_mm = self.mm_per_px * self.columns / 2
        line_mm = half_mm * u * (1 + self.barrel * u**2) / (1 + self.tilt * u)
        x = line_mm * np.cos(self.turned_rad)
        return np.stack([x, self.mm_per_row * points_px[:, 1] + line_mm * np.sin(self.turned_rad)], axis=1)

    def to_target(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place points on the target that lies on the web."""
        cosine, sine = np.cos(self.target_turned_rad), np.sin(self.target_turned_rad)
        turned = self.web_mm(points_px) @ np.array([[cosine, -sine], [sine, cosine]]).T
        return np.asarray(turned + np.array(self.target_at_mm), np.float64)


def render_board(
    size: BoardSize,
    to_target: ToTarget,
    *,
    columns: int,
    rows: int,
    rng: np.random.Generator,
    blur_px: float = 0.6,
    noise_grey: float = 1.5,
    light_fall: float = 0.3,
) -> NDArray[np.uint8]:
    """Draw a board (rows, columns) as a camera sees it: blurred, noisy, the light falling to the sides."""
    texture = _texture(size)
    places = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES
    x = (np.arange(columns)[:, None] + places).ravel()
    bands = []
    for first in range(0, rows, BAND_ROWS):
        count = min(BAND_ROWS, rows - first)
        y = (first + np.arange(count)[:, None] + places).ravel()
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        seen = _look_up(texture, to_target(grid), size).reshape(y.size, x.size)
        bands.append(cv2.resize(seen, (columns, count), interpolation=cv2.INTER_AREA))
    reflectance = np.concatenate(bands)
    if blur_px > 0:
        reflectance = np.asarray(cv2.GaussianBlur(reflectance, (0, 0), blur_px), np.float32)
    light = 1 - light_fall * np.linspace(-1, 1, columns) ** 2
    grey = (BLACK_GREY + (WHITE_GREY - BLACK_GREY) * reflectance) * light.astype(np.float32)
    noise = noise_grey * rng.standard_normal(grey.shape, np.float32)
    return to_uint8((grey + noise).astype(np.float32))


def _texture(size: BoardSize) -> NDArray[np.float32]:
    shape = (size.across * TEXTURE_PX_PER_SQUARE, size.along * TEXTURE_PX_PER_SQUARE)
    drawn = board_of(size).generateImage(shape, marginSize=0, borderBits=1)
    return (np.asarray(drawn) > 127).astype(np.float32)


def _look_up(
    texture: NDArray[np.float32], points_mm: NDArray[np.float64], size: BoardSize
) -> NDArray[np.float32]:
    """Read the board at points; beside it lies white paper."""
    at = np.floor(points_mm * (TEXTURE_PX_PER_SQUARE / size.square_mm)).astype(np.int64)
    inside = ((at >= 0) & (at < np.array(texture.shape[::-1]))).all(axis=1)
    seen = np.ones(len(at), np.float32)
    seen[inside] = texture[at[inside, 1], at[inside, 0]]
    return seen
