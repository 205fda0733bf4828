"""Is there a picture at all? A covered lens, a dead light or lost rows must never pass as clean material."""

import numpy as np
from numpy.typing import NDArray

MIN_SPREAD_GREY = (
    1.0  # standard deviation; woven cloth and lint show several grey levels, sensor noise about one
)
MAX_CLIPPED_SHARE = 0.9  # of pixels at 0-1 or 254-255: under- or over-exposed
MAX_EMPTY_ROWS_SHARE = 0.05  # of rows that hold one value only: rows the camera never filled
SAMPLE_STEP_PX = 8  # every 8th column (and row, but for lost rows) tells enough


def picture_fault(pixels: NDArray[np.uint8]) -> str:
    """Say why a frame shows no material that could be judged; empty when it does."""
    columns = pixels[:, ::SAMPLE_STEP_PX]
    empty = float(np.mean(np.ptp(columns.reshape(len(columns), -1), axis=1) == 0))
    sample = columns[::SAMPLE_STEP_PX]
    spread = float(sample.std())
    clipped = float(np.mean((sample <= 1) | (sample >= 254)))
    if spread < MIN_SPREAD_GREY:
        return (
            f"no texture: grey {sample.mean():.0f} with a spread of {spread:.2f}, at least "
            f"{MIN_SPREAD_GREY:g} is needed; check light, lens cap and camera"
        )
    if clipped > MAX_CLIPPED_SHARE:
        return f"no texture: {clipped:.0%} of the pixels are black or saturated; check exposure and light"
    if empty > MAX_EMPTY_ROWS_SHARE:
        return f"no texture in {empty:.0%} of the rows; check the camera's cable and trigger rate"
    return ""
