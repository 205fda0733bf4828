"""What a picture shows and how it is encoded: crops around defects, whole frames at their size or smaller."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from service.event_terms import PictureWhy
from vision.types import PxBox

CROP_SIDE_PX = 512  # longest side of a kept crop
CONTEXT_PX = 48  # shown around a defect, so that a person can judge it
FRAME_SIDE_PX = 1600  # longest side of a whole frame that people look at
WHOLE_PX = 1_000_000  # no side is longer: pictures for a recipe are never made smaller
CROPS_A_FRAME = 12  # more defects than this in one frame are seen well enough on the roll map
JPEG_QUALITY = 90
PNG_LEVEL = 1  # cloth hardly shrinks further, and a level more costs as much time again
JPEG, PNG = "image/jpeg", "image/png"
PNG_SIGNATURE = b"\x89PNG"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureJob:
    """A picture to encode and keep: a view into a frame's pixels, and where it lies on the web."""

    pixels: NDArray[np.uint8]  # (rows, columns) or (rows, columns, 3) BGR, read-only
    why: PictureWhy
    roll_id: str | None
    lot_id: str | None
    web_mm: float  # of the first row
    x0_mm: float
    mm_per_px: float
    frame_seq: int
    score: float | None
    longest_px: int
    lossless: bool = False  # PNG: what a recipe is learnt from, every pixel as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class CropPlan:
    """One crop and the places (in the list given) of the defects that it shows."""

    box: PxBox
    shows: tuple[int, ...]


def plan_crops(boxes: Sequence[tuple[PxBox, float]], rows: int, columns: int) -> tuple[CropPlan, ...]:
    """Choose crops that show every (box, score), highest scores first; one crop shows all that it covers."""
    plans: list[CropPlan] = []
    left = sorted(range(len(boxes)), key=lambda index: -boxes[index][1])
    while left and len(plans) < CROPS_A_FRAME:
        crop = _around(boxes[left[0]][0], rows, columns)
        shown = tuple(index for index in left if index == left[0] or _covers(crop, boxes[index][0]))
        plans.append(CropPlan(box=crop, shows=shown))
        left = [index for index in left if index not in shown]
    return tuple(plans)


def media_type_of(data: bytes) -> str:
    """What `encode` made."""
    return PNG if data.startswith(PNG_SIGNATURE) else JPEG


def encode(pixels: NDArray[np.uint8], longest_px: int, *, lossless: bool = False) -> tuple[bytes, float]:
    """Make a picture of at most `longest_px` a side, JPEG or PNG (`lossless`).

    Returns it and how much smaller it was made (1 = not).

    Raises:
        ValueError: the encoder refuses the pixels.
    """
    rows, columns = pixels.shape[:2]
    scale = min(1.0, longest_px / max(rows, columns))
    try:
        if scale < 1.0:
            size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        done, data = cv2.imencode(*_format(lossless, pixels))
    except cv2.error as error:
        raise ValueError(f"a picture of {columns} x {rows} px can't be encoded: {error}") from error
    if not done:
        raise ValueError(f"a picture of {columns} x {rows} px can't be encoded")
    return data.tobytes(), scale


def _format(lossless: bool, pixels: NDArray[np.uint8]) -> tuple[str, NDArray[np.uint8], list[int]]:
    if lossless:
        return ".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL]
    return ".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]


def _around(box: PxBox, rows: int, columns: int) -> PxBox:
    x0, x1 = _widened(box.x0, box.x1, columns)
    y0, y1 = _widened(box.y0, box.y1, rows)
    return PxBox(x0=x0, y0=y0, x1=x1, y1=y1)


def _widened(start: int, end: int, limit: int) -> tuple[int, int]:
    """Add context; small defects get at least a quarter of the largest crop."""
    context = max(CONTEXT_PX, (CROP_SIDE_PX // 4 - (end - start)) // 2)
    return max(0, start - context), min(limit, end + context)


def _covers(crop: PxBox, box: PxBox) -> bool:
    across = crop.x0 <= box.x0 and box.x1 <= crop.x1
    return across and crop.y0 <= box.y0 and box.y1 <= crop.y1
