"""What a scene is: an endless rendered web whose flaws are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datasets.types import DatasetError
from vision.taxonomy import DefectKind
from vision.types import PxBox

COVER_SEEN = 0.35  # a pixel counts as flawed from this share on
BLOCK_ROWS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedDefect:
    """One flaw that a scene was rendered with; its place is known, not found."""

    kind: DefectKind
    box: PxBox  # x in columns of the picture, y in rows of the web from its start
    area_mm2: float  # of its mask
    contrast_grey: float  # mean absolute change of grey inside its mask, before light and noise


class Scene(Protocol):
    """An endless web. Rows count along the web from 0; a later frame holds higher rows."""

    columns: int
    mm_per_px: float
    channels: int  # 1: grey, 3: BGR
    kinds: tuple[DefectKind, ...]  # what may be planted; mask values refer to it

    def render(self, start_row: int, rows: int) -> NDArray[np.uint8]:
        """Draw a window: (rows, columns) grey or (rows, columns, 3) BGR; always the same for a window."""
        ...

    def truth(self, start_row: int, rows: int) -> tuple[PlantedDefect, ...]:
        """Name every flaw that touches the window, in web order; boxes are not cut to the window."""
        ...

    def mask(self, start_row: int, rows: int) -> NDArray[np.uint8]:
        """Mark flawed pixels (rows, columns): 0 is good, else 1 + the place of the kind in `kinds`."""
        ...


def joined_blocks(
    block: Callable[[int], NDArray[np.uint8]], start_row: int, rows: int, block_rows: int = BLOCK_ROWS
) -> NDArray[np.uint8]:
    """Cut a window out of the web's blocks; a web drawn in fixed blocks comes out the same to the bit."""
    check_window(start_row, rows)
    end = start_row + rows
    parts = []
    for number in range(start_row // block_rows, (end - 1) // block_rows + 1):
        first = number * block_rows
        parts.append(block(number)[max(start_row, first) - first : min(end, first + block_rows) - first])
    return np.concatenate(parts)


def check_window(start_row: int, rows: int) -> None:
    """Refuse a window that lies before the web's start or is empty."""
    if start_row < 0 or rows < 1:
        raise DatasetError(
            f"scene: window of {rows} rows from row {start_row}; give rows from 1, start from 0"
        )


def check_scene(
    columns: int,
    mm_per_px: float,
    rate_per_m2: float,
    wanted: Sequence[DefectKind],
    known: Sequence[DefectKind],
) -> None:
    """Refuse a scene that can't be drawn."""
    if columns < 64:
        raise DatasetError(f"scene: {columns} columns; give at least 64")
    if not 0.005 <= mm_per_px <= 5:
        raise DatasetError(f"scene: {mm_per_px} mm per px; give 0.005 to 5")
    if rate_per_m2 < 0:
        raise DatasetError(f"scene: {rate_per_m2} defects per m2; give 0 or more")
    strangers = [kind.value for kind in wanted if kind not in known]
    if strangers:
        names = ", ".join(kind.value for kind in known)
        raise DatasetError(f"scene: can't plant {', '.join(strangers)}; choose from {names}")


def tight_box(box: PxBox, mask: NDArray[np.bool_]) -> PxBox:
    """Shrink a box to what its mask (rows, columns) marks; an empty mask leaves it as it is."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if rows.size == 0:
        return box
    return PxBox(
        x0=box.x0 + int(columns[0]),
        y0=box.y0 + int(rows[0]),
        x1=box.x0 + int(columns[-1]) + 1,
        y1=box.y0 + int(rows[-1]) + 1,
    )
