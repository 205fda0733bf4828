"""What is learnt of an article: the numbers that its graph carries."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_PX: Final = 32  # pictures are padded to whole blocks of the wide mean
STRIDE_PX: Final = 4  # pixels per map cell
EDGE_ZONE_PX: Final = 128  # beside an edge, statistics follow the edge and not the camera's columns
SCORE_FLOOR: Final = -6.0
SCORE_CEILING: Final = 24.0
HEAD_CHANNELS: Final = 14  # matched filters on brightness; the base looks at these
LONG_WEFT: Final = (5, 13)  # filters of horizontal lines whose responses are also averaged along the weft
LONG_CHANNELS: Final = len(LONG_WEFT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArticleStatistics:
    """Filters, levels and calibration of one article. K filters; columns are at half resolution."""

    columns: int  # of the full picture
    channels: int  # 1 grey, 3 BGR
    filters: NDArray[np.float32]  # (K, channels, 8, 8)
    level: NDArray[np.float32]  # (K, columns) mean |response| of good cloth at each camera column
    level_left: NDArray[np.float32]  # (K, zone) the same, counted from the left edge inwards
    level_right: NDArray[np.float32]  # (K, zone) from the right edge inwards
    offset: NDArray[np.float32]  # (K, columns) mean normalised response: the sensor's fixed pattern
    offset_left: NDArray[np.float32]
    offset_right: NDArray[np.float32]
    peak_at: NDArray[
        np.float32
    ]  # (2 (K + 2),) usual block maximum of each filter and long mean: bright, dark
    peak_spread: NDArray[np.float32]  # (2 (K + 2),)
    head_at: float  # usual block maximum of the base's logit
    head_spread: float
    allowance_left: NDArray[np.float32]  # (map cells,) taken off the score, by distance from the left edge
    allowance_right: NDArray[np.float32]


def padded_half(columns: int) -> int:
    """Return the columns at half resolution after padding to whole blocks."""
    return -(-columns // BLOCK_PX) * BLOCK_PX // 2


def edge_zone(columns: int) -> int:
    """Return the half-resolution columns that follow an edge; a quarter of a narrow picture at most."""
    return min(EDGE_ZONE_PX // 2, padded_half(columns) // 4)


def blank_statistics(columns: int, channels: int, filters: NDArray[np.float32]) -> ArticleStatistics:
    """Return statistics that change nothing: level 1, offset 0, no calibration."""
    kinds, wide, zone = len(filters), padded_half(columns), edge_zone(columns)
    one = np.ones((kinds, zone), np.float32)
    return ArticleStatistics(
        columns=columns,
        channels=channels,
        filters=filters,
        level=np.ones((kinds, wide), np.float32),
        level_left=one,
        level_right=one,
        offset=np.zeros((kinds, wide), np.float32),
        offset_left=one * 0,
        offset_right=one * 0,
        peak_at=np.zeros(2 * (kinds + LONG_CHANNELS), np.float32),
        peak_spread=np.ones(2 * (kinds + LONG_CHANNELS), np.float32),
        head_at=0.0,
        head_spread=1.0,
        allowance_left=np.zeros(zone // 2, np.float32),
        allowance_right=np.zeros(zone // 2, np.float32),
    )
