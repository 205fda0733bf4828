"""From pixels to true millimetres on the material, for line-scan and for area cameras.

A point's pixel coordinates are those of the pixels' edges, as in `PxBox`: pixel (0, 0) covers 0 to 1.
Millimetres are as everywhere: x across from the picture's left edge, y along the web from its first row.
Frames are not resampled: the inspector sees the sensor's own pixels, and only what it found is placed
through the map.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vision.types import Defect, MmBox, PxBox

OUTLINE = np.array(  # of a unit square: corners and the middle of each side, where a bent side bulges
    [[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5]], np.float64
)
CORNERS = (0, 2, 4, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMap:
    """A line-scan camera: a polynomial across, the encoder along.

    With u = 2 x / columns - 1: x_mm = sum of across_mm[k] u^k, y_mm = mm_per_row y + sum of skew_mm[k] u^k.
    """

    kind: Literal["line"] = "line"
    columns: int
    across_mm: tuple[float, ...]
    skew_mm: tuple[float, ...]  # how far the line of sight is turned or bent along the web
    mm_per_row: float

    @property
    def mm_per_px(self) -> float:
        """Mean scale across."""
        ends = self.to_mm(np.array([[0.0, 0.0], [self.columns, 0.0]]))
        return float(ends[1, 0] - ends[0, 0]) / self.columns

    def to_mm(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place points (n, 2) as x, y."""
        u = 2 * points_px[:, 0] / self.columns - 1
        x = np.polynomial.polynomial.polyval(u, self.across_mm)
        y = self.mm_per_row * points_px[:, 1] + np.polynomial.polynomial.polyval(u, self.skew_mm)
        return np.stack([x, y], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneMap:
    """An area camera over a plane: radial distortion taken out, then a homography.

    With d = (point - centre) / radius and r = |d|: ideal = d (1 + k1 r² + k2 r⁴ + k3 r⁶), mm = H ideal.
    """

    kind: Literal["plane"] = "plane"
    columns: int
    rows: int
    centre_px: tuple[float, float]
    radius_px: float  # half the picture's diagonal
    radial: tuple[float, float, float]  # k1, k2, k3
    homography: tuple[float, ...]  # 9, row by row

    @property
    def mm_per_px(self) -> float:
        """Mean scale across, along the middle row."""
        ends = self.to_mm(np.array([[0.0, self.rows / 2], [self.columns, self.rows / 2]]))
        return float(np.hypot(*(ends[1] - ends[0]))) / self.columns

    @property
    def mm_per_row(self) -> float:
        """Mean scale along, down the middle column."""
        ends = self.to_mm(np.array([[self.columns / 2, 0.0], [self.columns / 2, self.rows]]))
        return float(np.hypot(*(ends[1] - ends[0]))) / self.rows

    def to_mm(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place points (n, 2) as x, y."""
        ideal = self.undistorted(points_px)
        placed = np.column_stack([ideal, np.ones(len(ideal))]) @ np.reshape(self.homography, (3, 3)).T
        return np.asarray(placed[:, :2] / placed[:, 2:], np.float64)

    def undistorted(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the lens out: points (n, 2) in units of the radius around the centre."""
        return undistorted(points_px, self.centre_px, self.radius_px, self.radial)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedMap:
    """Line-scan cameras side by side in one picture: each has a map of its own, in the same millimetres."""

    kind: Literal["joined"] = "joined"
    columns: int
    joints: tuple[int, ...]  # first column of each camera but the first
    parts: tuple[LineMap, ...]  # of the cameras from left to right, each over the whole picture's columns

    @property
    def mm_per_px(self) -> float:
        """Mean scale across; what two cameras both see is counted once."""
        ends = self.to_mm(np.array([[0.0, 0.0], [self.columns, 0.0]]))
        return float(ends[1, 0] - ends[0, 0]) / self.columns

    @property
    def mm_per_row(self) -> float:
        """Scale along."""
        return self.parts[0].mm_per_row

    def to_mm(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place points (n, 2) as x, y."""
        whose = np.searchsorted(self.joints, points_px[:, 0], side="right")
        placed = np.empty_like(points_px, np.float64)
        for number, part in enumerate(self.parts):
            its = whose == number
            placed[its] = part.to_mm(points_px[its])
        return placed


PixelMap = LineMap | JoinedMap | PlaneMap


def undistorted(
    points_px: NDArray[np.float64],
    centre_px: tuple[float, float],
    radius_px: float,
    radial: tuple[float, float, float],
) -> NDArray[np.float64]:
    """Take radial distortion out of points (n, 2); the result is in units of the radius."""
    d = (points_px - np.asarray(centre_px)) / radius_px
    square = (d**2).sum(axis=1, keepdims=True)
    k1, k2, k3 = radial
    return np.asarray(d * (1 + square * (k1 + square * (k2 + square * k3))), np.float64)


def placed_box(box: PxBox, pixel_map: PixelMap) -> tuple[MmBox, float]:
    """Return the upright box in mm around a box in pixels, and the area of what the pixels cover in mm²."""
    size = np.array([box.x1 - box.x0, box.y1 - box.y0], np.float64)
    outline = pixel_map.to_mm(OUTLINE * size + np.array([box.x0, box.y0], np.float64))
    (x0, y0), (x1, y1) = outline.min(axis=0), outline.max(axis=0)
    x, y = outline.T
    area = 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
    return MmBox(x0=float(x0), y0=float(y0), x1=float(x1), y1=float(y1)), area


def placed(defect: Defect, pixel_map: PixelMap | None) -> Defect:
    """Give a defect that was measured at one scale everywhere its true place, area and length."""
    if pixel_map is None:
        return defect
    nominal = defect.box_mm
    box, covered_mm2 = placed_box(defect.box_px, pixel_map)
    nominal_mm2 = (nominal.x1 - nominal.x0) * (nominal.y1 - nominal.y0)
    share = covered_mm2 / nominal_mm2 if nominal_mm2 > 0 else 1.0
    stretch = math.hypot(box.x1 - box.x0, box.y1 - box.y0) / max(
        math.hypot(nominal.x1 - nominal.x0, nominal.y1 - nominal.y0), 1e-9
    )
    return replace(
        defect,
        box_mm=box,
        area_mm2=defect.area_mm2 * share,
        length_mm=defect.length_mm * stretch,
    )
