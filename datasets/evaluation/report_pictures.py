"""Crops for the report: a part of a picture with the truth outlined and the findings boxed, as a data URI."""

import base64
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import PxBox, VisionError

WIDE_PX, HIGH_PX = 720, 405  # of the picture in the page
LEAST_PX = 240  # a crop shows at least so many of the picture's columns
MOST_PX = 1100  # and so many at most: more would hide a small defect
MARGIN_SHARE = 0.6  # shown around the box, of its own size
JPEG_QUALITY = 82
TRUTH_BGR = (0, 150, 224)
FOUND_BGR = (30, 38, 179)


def crop_around(box: PxBox, rows: int, columns: int) -> PxBox:
    """Choose the part of a picture (rows, columns) to show: the box with a margin, as wide as the page's."""
    width = (box.x1 - box.x0) * (1 + 2 * MARGIN_SHARE)
    height = min((box.y1 - box.y0) * (1 + 2 * MARGIN_SHARE), rows)
    width = min(max(width, height * WIDE_PX / HIGH_PX, LEAST_PX), MOST_PX)
    x0, x1 = _span((box.x0 + box.x1) / 2, width, columns)
    y0, y1 = _span((box.y0 + box.y1) / 2, width * HIGH_PX / WIDE_PX, rows)
    return PxBox(x0=x0, y0=y0, x1=x1, y1=y1)


def crop_uri(
    pixels: NDArray[np.uint8], window: PxBox, *, truth: NDArray[np.bool_] | None, found: Sequence[PxBox]
) -> str:
    """Draw a crop, its contrast stretched, with the truth's outline and the findings' boxes."""
    part = pixels[window.y0 : window.y1, window.x0 : window.x1]
    scale = min(WIDE_PX / part.shape[1], HIGH_PX / part.shape[0])
    size = max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1)
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    drawn = cv2.resize(_stretched(part), size, interpolation=smooth)
    drawn = cv2.cvtColor(drawn, cv2.COLOR_GRAY2BGR) if drawn.ndim == 2 else drawn
    if truth is not None:
        marked = truth[window.y0 : window.y1, window.x0 : window.x1].astype(np.uint8)
        grown = cv2.dilate(marked, np.ones((5, 5), np.uint8))  # the line runs around the defect, not over it
        large = cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST)
        outlines, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, TRUTH_BGR, 2, cv2.LINE_AA)
    for box in found:
        corner = round((box.x0 - window.x0) * scale) - 2, round((box.y0 - window.y0) * scale) - 2
        behind = round((box.x1 - window.x0) * scale) + 2, round((box.y1 - window.y0) * scale) + 2
        cv2.rectangle(drawn, corner, behind, FOUND_BGR, 2, cv2.LINE_AA)
    return _uri(np.asarray(drawn, np.uint8))


def _span(middle: float, length: float, limit: int) -> tuple[int, int]:
    length = min(length, limit)
    first = min(max(middle - length / 2, 0), limit - length)
    return int(first), int(np.ceil(first + length))


def _stretched(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    low, high = np.percentile(part, (0.5, 99.5))
    wide = max(float(high - low), 24.0)  # flat cloth stays flat
    middle = float(high + low) / 2
    return np.asarray(np.clip((part - middle) * (190 / wide) + 128, 0, 255), np.uint8)


def _uri(drawn: NDArray[np.uint8]) -> str:
    done, data = cv2.imencode(".jpg", drawn, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    if not done:
        raise VisionError("a crop of the report can't be written as JPEG; is there memory left?")
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"
