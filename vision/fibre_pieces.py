"""A finding in lint, pixel by pixel: which pixels differ from the lint around, and how they look.

Map cells are four pixels wide and the graph answers beside a piece, too; a valve must not open for that.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.particles import SIGMA_OF_MEDIAN
from vision.quantiles import median, quantile
from vision.types import PxBox

AROUND_PX: Final = 14  # lint looked at on each side of the finding
HALF: Final = 0.40  # of the strongest difference: pixels from there on are the piece
LEAST_SIGMA: Final = 2.5  # of the lint's own spread
STRONG: Final = 0.97  # quantile of difference that counts as the strongest
PART: Final = 0.15  # of the strongest part: others from there on are of the piece, too
CLOSE_PX: Final = 3  # gaps up to here are bridged
EDGE_PX: Final = 2  # beyond the finding: what bridging reaches
BLUR_REACH_PX: Final = 4
LEAST_AROUND_PX: Final = 64
STEP_PX: Final = 1.5  # a slanting line of pixels has one in each step
LEAST_SPREADS: Final = (0.006, 0.006, 0.012)  # of red against green, yellow against blue, light
LOGS: Final = np.log(np.arange(256, dtype=np.float32) + 1)
FEATURES: Final = (
    "red_green", "yellow_blue", "light", "core_red_green", "core_yellow_blue", "core_light",
    "light_spread", "softness", "log_area_mm2", "log_length_mm", "log_width_mm", "fill", "strength",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PieceLook:
    """One piece as its pixels show it."""

    box: PxBox  # tight, in the frame
    area_px: int
    length_px: float  # longest side of the tightest turned rectangle
    span: float  # share of its length that holds pixels: two crumbs apart leave a gap
    features: NDArray[np.float64]  # (len(FEATURES),)


def look_at(
    pixels: NDArray[np.uint8], box: PxBox, mm_per_px: float, least_px: float = 0.0
) -> PieceLook | None:
    """Look at the finding in `box` of a frame (rows, columns[, 3]).

    None: no pixel stands out of the lint, or the piece is shorter than `least_px`.
    """
    rows, columns = pixels.shape[:2]
    crop_box = grown(box, AROUND_PX, rows, columns)
    near_box = grown(box, EDGE_PX, rows, columns)
    crop = pixels[crop_box.y0 : crop_box.y1, crop_box.x0 : crop_box.x1]
    lint_logs = _lint_logs(crop, _within(box, crop_box))
    usual = [median(plane) for plane in lint_logs]
    spreads = [
        max(SIGMA_OF_MEDIAN * median(np.abs(plane)), least)
        for plane, least in zip(
            _opponent([logs - level for logs, level in zip(lint_logs, usual, strict=True)]),
            LEAST_SPREADS[-len(lint_logs) :],
            strict=True,
        )
    ]
    logs = _soft_logs(pixels, near_box)
    planes = _opponent([plane - level for plane, level in zip(logs, usual, strict=True)])
    squares = [np.square(plane / spread) for plane, spread in zip(planes, spreads, strict=True)]
    inner = _within(box, near_box)
    differs = np.zeros(logs[0].shape, np.float32)
    differs[inner] = np.sqrt(sum(square[inner] for square in squares))
    strongest = quantile(differs[inner].ravel(), STRONG)
    part = _main_parts(differs >= max(HALF * strongest, LEAST_SIGMA * np.sqrt(3)), differs)
    if part is None:
        return None
    return _described(part, planes, differs, (near_box.x0, near_box.y0), mm_per_px, least_px)


def grown(box: PxBox, by_px: int, rows: int, columns: int) -> PxBox:
    """Grow a box to each side, inside a frame."""
    return PxBox(
        x0=max(0, box.x0 - by_px), y0=max(0, box.y0 - by_px),
        x1=min(columns, box.x1 + by_px), y1=min(rows, box.y1 + by_px),
    )  # fmt: skip


def _within(box: PxBox, outer: PxBox) -> tuple[slice, slice]:
    return slice(box.y0 - outer.y0, box.y1 - outer.y0), slice(box.x0 - outer.x0, box.x1 - outer.x0)


def _lint_logs(crop: NDArray[np.uint8], inner: tuple[slice, slice]) -> list[NDArray[np.float32]]:
    """Logarithms of the lint around the finding, flat, one array a channel; of all where little is around."""
    outside = np.ones(crop.shape[:2], np.bool_)
    outside[inner] = False
    lint = crop[outside] if int(outside.sum()) >= LEAST_AROUND_PX else crop.reshape(-1, *crop.shape[2:])
    return [LOGS[channel] for channel in (lint[:, None] if lint.ndim == 1 else lint).T]


def _soft_logs(pixels: NDArray[np.uint8], box: PxBox) -> list[NDArray[np.float32]]:
    """Logarithms of the blurred pixels of a box, one array (rows, columns) a channel."""
    wide = grown(box, BLUR_REACH_PX, *pixels.shape[:2])
    crop = pixels[wide.y0 : wide.y1, wide.x0 : wide.x1].astype(np.float32) + 1
    soft = cv2.GaussianBlur(crop, (0, 0), 0.8)[_within(box, wide)]
    logs = np.asarray(cv2.log(soft), np.float32)
    return [logs] if logs.ndim == 2 else [logs[:, :, channel] for channel in range(3)]


def _opponent(logs: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Blue, green, red as red against green, yellow against blue, light; grey is light."""
    if len(logs) == 1:
        return logs
    blue, green, red = logs
    return [red - green, (red + green) / 2 - blue, (red + green + blue) / 3]


def _main_parts(mask: NDArray[np.bool_], differs: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """The connected parts whose sum of differences comes near the largest: strands lie over a piece."""
    if not mask.any():
        return None
    near = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, np.ones((CLOSE_PX, CLOSE_PX), np.uint8))
    count, labels = cv2.connectedComponents(near, connectivity=8)
    sums = np.bincount(labels[mask], weights=differs[mask].astype(np.float64), minlength=count)
    main = sums >= PART * sums[1:].max()
    main[0] = False
    return np.asarray(mask & main[labels], np.bool_)


def _described(
    part: NDArray[np.bool_],
    planes: list[NDArray[np.float32]],
    differs: NDArray[np.float32],
    origin: tuple[int, int],
    mm_per_px: float,
    least_px: float,
) -> PieceLook | None:
    y, x = np.nonzero(part)
    points = np.stack([x, y], axis=1).astype(np.float32)
    _, sides, _ = cv2.minAreaRect(points)
    length, breadth = max(sides) + 1, min(sides) + 1
    if length < least_px:
        return None
    area = len(x)
    values = np.zeros((area, 3))  # grey lint has no hue
    for at, plane in enumerate(planes, start=3 - len(planes)):
        values[:, at] = plane[part]
    weights = differs[part].astype(np.float64)
    core = values[weights >= quantile(weights, 0.8)]
    rim = part & ~cv2.erode(part.view(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    softness = float(differs[rim].mean() / max(weights.max(), 1e-6))
    mm2 = area * mm_per_px**2
    features = np.array(
        [
            *values.mean(axis=0),
            *core.mean(axis=0),
            float(values[:, 2].std()),
            softness,
            np.log(mm2),
            np.log(length * mm_per_px),
            np.log(mm2 / (length * mm_per_px)),
            area / (length * breadth),
            np.log(max(weights.max(), 1e-6)),
        ]
    )
    box = PxBox(
        x0=origin[0] + int(x.min()), y0=origin[1] + int(y.min()),
        x1=origin[0] + int(x.max()) + 1, y1=origin[1] + int(y.max()) + 1,
    )  # fmt: skip
    return PieceLook(box=box, area_px=area, length_px=float(length), span=_span(points), features=features)


def _span(points: NDArray[np.float32]) -> float:
    """Share of the steps along the longest direction in which a point lies."""
    away = points - points.mean(axis=0)
    _, directions = np.linalg.eigh(away.T @ away)
    along = away @ directions[:, -1]
    steps = np.floor((along - along.min()) / STEP_PX).astype(np.int64)
    return len(np.unique(steps)) / (int(steps.max()) + 1)
