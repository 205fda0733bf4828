"""A score map as a 16-bit picture: the frame's own size, one fixed linear scale per recipe."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard

FULL_SCALE_16_BIT = 65535.0


def score_picture(
    scores: NDArray[np.float32], card: ModelCard, *, rows: int, columns: int
) -> NDArray[np.uint16]:
    """Draw a map (kinds, map rows, map columns): the card's floor is 0, its ceiling 65535."""
    highest = scores.max(axis=0)
    size = (highest.shape[1] * card.output_stride, highest.shape[0] * card.output_stride)
    # Not smoothed between cells: that would lower every peak of a small defect by up to a quarter.
    full = cv2.resize(highest, size, interpolation=cv2.INTER_NEAREST)[:rows, :columns]
    scaled = (full - card.score_floor) * (FULL_SCALE_16_BIT / (card.score_ceiling - card.score_floor))
    picture: NDArray[np.uint16] = np.clip(np.rint(scaled), 0, FULL_SCALE_16_BIT).astype(np.uint16)
    return picture
