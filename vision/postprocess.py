"""Score maps to defects measured on the material."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.taxonomy import DefectKind
from vision.types import Defect, MmBox, PxBox

MAX_DEFECTS = 200  # of one frame; where there are more, something else is wrong, and it is said
JOIN_CELLS = 2  # findings are dilated by this many map cells before joining: gaps of 4 cells close
_JOIN_KERNEL = np.ones((2 * JOIN_CELLS + 1, 2 * JOIN_CELLS + 1), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The defects of a frame, strongest first, and how many more there were."""

    defects: tuple[Defect, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    stride: int
    mm_per_px: float
    rows: int
    columns: int


def find_defects(
    scores: NDArray[np.float32],
    card: ModelCard,
    *,
    rows: int,
    columns: int,
    mm_per_px: float,
    kinds: NDArray[np.uint8] | None = None,
) -> Findings:
    """Turn a frame's map and kind map (1, map rows, map columns) into defects above the card's `unsure`.

    Near blobs are one defect; its kind is that of most of its cells; area counts its cells.
    """
    highest = scores[0]
    numbers = np.zeros(highest.shape, np.uint8) if kinds is None else kinds[0]
    found = highest >= card.thresholds.unsure
    if not found.any():
        return Findings(defects=(), left_out=0)
    scale = _Scale(stride=card.output_stride, mm_per_px=mm_per_px, rows=rows, columns=columns)
    min_cells = card.min_area_mm2 / (scale.stride * mm_per_px) ** 2
    blobs = [blob for blob in find_blobs(found) if len(blob) >= min_cells]
    blobs.sort(key=lambda blob: float(highest[blob[:, 1], blob[:, 0]].max()), reverse=True)
    defects = tuple(_defect(blob, highest, numbers, card, scale) for blob in blobs[:MAX_DEFECTS])
    return Findings(defects=defects, left_out=len(blobs) - len(defects))


def find_blobs(found: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """Group the found cells; each blob is int32 (cells, 2) of x, y in map cells."""
    near = cv2.dilate(found.view(np.uint8), _JOIN_KERNEL)
    count, labels = cv2.connectedComponents(near, connectivity=8)
    y, x = np.nonzero(found)
    label = labels[y, x]
    order = np.argsort(label, kind="stable")
    cells = np.stack([x[order], y[order]], axis=1).astype(np.int32)
    starts = np.searchsorted(label[order], np.arange(2, count))
    return np.split(cells, starts)


def _defect(
    cells: NDArray[np.int32],
    highest: NDArray[np.float32],
    numbers: NDArray[np.uint8],
    card: ModelCard,
    scale: _Scale,
) -> Defect:
    peak_x, peak_y = cells[int(highest[cells[:, 1], cells[:, 0]].argmax())]
    kind = _kind(numbers[cells[:, 1], cells[:, 0]], card)
    box = _box_px(cells, scale)
    width_mm = (box.x1 - box.x0) * scale.mm_per_px
    height_mm = (box.y1 - box.y0) * scale.mm_per_px
    cell_mm = scale.stride * scale.mm_per_px
    return Defect(
        kind=kind,
        score=float(highest[peak_y, peak_x]),
        box_px=box,
        box_mm=_box_mm(box, scale.mm_per_px),
        area_mm2=min(len(cells) * cell_mm**2, width_mm * height_mm),
        length_mm=_longest_mm(cells, cell_mm, width_mm, height_mm),
    )


def _kind(numbers: NDArray[np.uint8], card: ModelCard) -> DefectKind:
    """What most cells of a blob were taken for; the card's first kind where no kind has the most."""
    votes = np.bincount(numbers, minlength=len(card.kinds))[: len(card.kinds)]
    return DefectKind(card.kinds[int(votes.argmax())])


def _box_px(cells: NDArray[np.int32], scale: _Scale) -> PxBox:
    (x0, y0), (x1, y1) = cells.min(axis=0), cells.max(axis=0) + 1
    stride = scale.stride
    return PxBox(
        x0=int(x0) * stride,
        y0=int(y0) * stride,
        x1=min(int(x1) * stride, scale.columns),
        y1=min(int(y1) * stride, scale.rows),
    )


def _box_mm(box: PxBox, mm_per_px: float) -> MmBox:
    return MmBox(x0=box.x0 * mm_per_px, y0=box.y0 * mm_per_px, x1=box.x1 * mm_per_px, y1=box.y1 * mm_per_px)


def _longest_mm(cells: NDArray[np.int32], cell_mm: float, width_mm: float, height_mm: float) -> float:
    """Longest side of the tightest turned rectangle; never under the box's side or over its diagonal."""
    _, sides, _ = cv2.minAreaRect(cells)
    turned_mm = (max(sides) + 1) * cell_mm  # centre to centre, plus half a cell at each end
    return float(np.clip(turned_mm, max(width_mm, height_mm), np.hypot(width_mm, height_mm)))
