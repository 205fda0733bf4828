"""What is learnt of an article: the numbers that its graph carries."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.banks import BANKS, Bank
from vision.templates import FILTER_PX

BLOCK_PX: Final = 32  # pictures are padded to whole blocks of the wide mean
STRIDE_PX: Final = 4  # pixels per map cell
EDGE_ZONE_PX: Final = 128  # beside an edge, statistics follow the edge and not the camera's columns
BORDER_CELLS: Final = 4  # map rows at a frame's first and last row where filters see its mirror image
ANY_ASTRAY: Final = 1e3  # column means of any size are usual: they are not followed
SCORE_FLOOR: Final = -6.0
SCORE_CEILING: Final = 24.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BankStatistics:
    """Filters, levels and calibration of one bank. K filters; columns and zones are counted in its cells."""

    bank: Bank
    filters: NDArray[np.float32]  # (K, planes, 8, 8)
    level: NDArray[np.float32]  # (K, columns) mean |response| of good cloth at each camera column
    level_left: NDArray[np.float32]  # (K, zone) the same, counted from the left edge inwards
    level_right: NDArray[np.float32]  # (K, zone) from the right edge inwards
    offset: NDArray[np.float32]  # (K, columns) mean normalised response: the sensor's fixed pattern
    offset_left: NDArray[np.float32]
    offset_right: NDArray[np.float32]
    astray: NDArray[np.float32]  # (K,) usual size of what column means of a good picture hold beyond it
    peak_at: NDArray[np.float32]  # (2 K,) usual block maximum of each filter: bright, dark
    peak_spread: NDArray[np.float32]  # (2 K,)
    border: NDArray[np.float32]  # (2 K, BORDER_CELLS) size of peaks beside a frame's first and last row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArticleStatistics:
    """All that an article's graph carries besides the base."""

    columns: int  # of the full picture
    channels: int  # 1 grey, 3 BGR
    banks: tuple[BankStatistics, ...]  # in the order of vision.banks.BANKS
    head_at: float  # usual block maximum of the base's logit
    head_spread: float
    allowance_left: NDArray[np.float32]  # (map cells,) taken off the score, by distance from the left edge
    allowance_right: NDArray[np.float32]


def padded_px(columns: int) -> int:
    """Return the columns of a picture after padding to whole blocks."""
    return -(-columns // BLOCK_PX) * BLOCK_PX


def edge_zone(columns: int, cell_px: int) -> int:
    """Return the cells that follow an edge; a quarter of a narrow picture at most."""
    return max(min(EDGE_ZONE_PX, padded_px(columns) // 4) // cell_px, 1)


def blank_bank(bank: Bank, columns: int, filters: NDArray[np.float32]) -> BankStatistics:
    """Return statistics of a bank that change nothing: level 1, offset 0, no calibration."""
    kinds, wide, zone = len(filters), padded_px(columns) // bank.column_px, edge_zone(columns, bank.column_px)
    one = np.ones((kinds, zone), np.float32)
    return BankStatistics(
        bank=bank,
        filters=filters,
        level=np.ones((kinds, wide), np.float32),
        level_left=one,
        level_right=one,
        offset=np.zeros((kinds, wide), np.float32),
        offset_left=one * 0,
        offset_right=one * 0,
        astray=np.full(kinds, ANY_ASTRAY, np.float32),
        peak_at=np.zeros(2 * kinds, np.float32),
        peak_spread=np.ones(2 * kinds, np.float32),
        border=np.ones((2 * kinds, BORDER_CELLS), np.float32),
    )


def blank_statistics(columns: int, channels: int) -> ArticleStatistics:
    """Return statistics of an article of which nothing is known: filters that answer 0."""
    shapes = {bank: (len(bank.templates(channels)), bank.planes(channels)) for bank in BANKS}
    nothing = np.zeros(edge_zone(columns, STRIDE_PX), np.float32)
    return ArticleStatistics(
        columns=columns,
        channels=channels,
        banks=tuple(
            blank_bank(bank, columns, np.zeros((*shapes[bank], FILTER_PX, FILTER_PX), np.float32))
            for bank in BANKS
        ),
        head_at=0.0,
        head_spread=1.0,
        allowance_left=nothing,
        allowance_right=nothing,
    )
