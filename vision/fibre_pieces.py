"""A finding in lint, pixel by pixel: which pixels differ from the lint around, and how they look.

Map cells are four pixels wide and the graph answers beside a piece, too; a valve must not open for that.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import PxBox

AROUND_PX: Final = 14  # lint looked at on each side of the finding
HALF: Final = 0.40  # of the strongest difference: pixels from there on are the piece
LEAST_SIGMA: Final = 2.5  # of the lint's own spread
STRONG: Final = 0.97  # quantile of difference that counts as the strongest
PART: Final = 0.15  # of the strongest part: others from there on are of the piece, too
CLOSE_PX: Final = 3  # gaps up to here are bridged
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
    features: NDArray[np.float64]  # (len(FEATURES),)


def look_at(pixels: NDArray[np.uint8], box: PxBox, mm_per_px: float) -> PieceLook | None:
    """Look at the finding in `box` of a frame (rows, columns[, 3]); None: no pixel stands out of the lint."""
    rows, columns = pixels.shape[:2]
    y0, x0 = max(0, box.y0 - AROUND_PX), max(0, box.x0 - AROUND_PX)
    y1, x1 = min(rows, box.y1 + AROUND_PX), min(columns, box.x1 + AROUND_PX)
    crop = _in_colour(pixels[y0:y1, x0:x1])
    inner = np.zeros(crop.shape[:2], np.bool_)
    inner[box.y0 - y0 : box.y1 - y0, box.x0 - x0 : box.x1 - x0] = True
    lint = crop[~inner] if (~inner).sum() >= 64 else crop.reshape(-1, 3)
    usual = np.median(lint, axis=0)
    soft = np.asarray(cv2.GaussianBlur(crop, (0, 0), 0.8), np.float32)
    planes = _opponent(soft, usual)
    spread = np.maximum(1.4826 * np.median(np.abs(_opponent(lint, usual)), axis=0), (0.006, 0.006, 0.012))
    differs = np.sqrt((np.square(planes / spread)).sum(axis=2))
    differs[~inner] = 0
    strongest = float(np.quantile(differs[inner], STRONG))
    mask = differs >= max(HALF * strongest, LEAST_SIGMA * np.sqrt(3))
    part = _main_parts(mask, differs)
    if part is None:
        return None
    return _described(part, planes, differs, (x0, y0), mm_per_px)


def _in_colour(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    three = np.repeat(crop[:, :, None], 3, axis=2) if crop.ndim == 2 else crop
    return three.astype(np.float32) + 1


def _opponent(bgr: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms over the lint's: red against green, yellow against blue, light (..., 3)."""
    logs = np.log(np.maximum(bgr, 1) / usual)
    blue, green, red = logs[..., 0], logs[..., 1], logs[..., 2]
    return np.stack([red - green, (red + green) / 2 - blue, (red + green + blue) / 3], axis=-1).astype(
        np.float32
    )


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
    planes: NDArray[np.float32],
    differs: NDArray[np.float32],
    origin: tuple[int, int],
    mm_per_px: float,
) -> PieceLook:
    y, x = np.nonzero(part)
    points = np.stack([x, y], axis=1).astype(np.float32)
    _, sides, _ = cv2.minAreaRect(points)
    length, breadth = max(sides) + 1, min(sides) + 1
    area = len(x)
    values = planes[part].astype(np.float64)
    weights = differs[part].astype(np.float64)
    core = values[weights >= np.quantile(weights, 0.8)]
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
    return PieceLook(box=box, area_px=area, length_px=float(length), features=features)
