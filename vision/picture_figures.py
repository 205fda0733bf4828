"""Focus and exposure of a picture in a few figures, for the health watch and for who adjusts a camera.

They are taken from a few triples of rows, whatever the frame's size: fast enough for every frame.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.images import to_channels

TRIPLES: Final = 12  # of neighbouring rows, spread over the frame
BLACK_GREY: Final = 2  # and below: no light reached the pixel
SATURATED_GREY: Final = 254
STEP_PX: Final = 2  # sharpness is the grey step over so many pixels: as fine as a lens in focus shows


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFigures:
    """Figures of one picture."""

    mean_grey: float
    low_grey: float  # 1st percentile
    high_grey: float  # 99th percentile
    black_share: float
    saturated_share: float
    noise_grey: float  # standard deviation of the sensor's noise
    sharpness: (
        float  # root mean square step over 2 px without noise, % of the mean; compare on one material only
    )


def measure_picture(pixels: NDArray[np.uint8]) -> PictureFigures:
    """Measure a frame (rows, columns) or (rows, columns, 3)."""
    rows = _sampled(pixels)
    counts = np.bincount(rows[1].ravel(), minlength=256)
    total = rows[1].size
    mean = float(counts @ np.arange(256)) / total
    reached = np.cumsum(counts) / total
    noise = _noise(rows)
    step = cv2.absdiff(rows[1][:, STEP_PX:], rows[1][:, :-STEP_PX])
    step_square = float(cv2.norm(step, cv2.NORM_L2SQR)) / step.size
    return PictureFigures(
        mean_grey=mean,
        low_grey=float(np.searchsorted(reached, 0.01)),
        high_grey=float(np.searchsorted(reached, 0.99)),
        black_share=float(reached[BLACK_GREY]),
        saturated_share=1.0 - float(reached[SATURATED_GREY - 1]),
        noise_grey=noise,
        sharpness=100.0 * max(step_square - 2 * noise**2, 0.0) ** 0.5 / max(mean, 1.0),
    )


def _sampled(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Rows (n, columns) of the frame, and their neighbours above and below."""
    pitch = max(3, pixels.shape[0] // TRIPLES)
    above, middle, below = (
        to_channels(np.ascontiguousarray(pixels[first : pixels.shape[0] - 2 + first : pitch]), 1)
        for first in range(3)
    )
    return above, middle, below


def _noise(rows: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]) -> float:
    """Immerkær, "Fast noise variance estimation", Computer Vision and Image Understanding 64 (1996) 300-302.

    His mask of second differences both ways is blind to what changes slowly.
    """
    above, middle, below = (row.astype(np.int16) for row in rows)
    down = above - 2 * middle + below
    both = down[:, :-2] - 2 * down[:, 1:-1] + down[:, 2:]
    return float(np.sqrt(np.pi / 2) / 6 * cv2.norm(both, cv2.NORM_L1) / both.size)
