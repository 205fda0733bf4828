"""A defect's outline as a label file gives it, box, polygons or run lengths, marked in a mask."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.types import DatasetError
from vision.taxonomy import DefectKind

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in pixels; the sides need not be whole pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Run lengths down the columns, background first, as COCO writes masks."""

    rows: int
    columns: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One labelled outline of a picture of a stated size."""

    name: str  # for messages: the file and the label's number in it
    kind: DefectKind
    label: str  # the set's own word
    rows: int  # size of the picture that was labelled
    columns: int
    outline: Box | tuple[tuple[float, ...], ...] | Runs  # polygons are x, y, x, y ...


def draw_shape(shape: Shape, rows: int, columns: int) -> Mask:
    """Mark the pixels (rows, columns) of a shape; a polygon's own line belongs to it, so none is too thin.

    Raises:
        DatasetError: the picture has another size than the one that was labelled.
    """
    if (shape.rows, shape.columns) != (rows, columns):
        raise DatasetError(
            f"{shape.name}: drawn on {shape.columns} x {shape.rows} px, the picture has {columns} x {rows}; "
            "put the labelled pictures there, or export the labels again"
        )
    if isinstance(shape.outline, Runs):
        return draw_runs(shape.outline)
    marked = np.zeros((rows, columns), np.uint8)
    if isinstance(shape.outline, Box):
        box = shape.outline
        y0, x0 = int(np.floor(max(box.y, 0))), int(np.floor(max(box.x, 0)))
        marked[y0 : int(np.ceil(box.y + box.height)), x0 : int(np.ceil(box.x + box.width))] = 1
        return marked > 0
    for polygon in shape.outline:
        points = np.floor(np.array(polygon, float).reshape(-1, 2)).clip(0, (columns - 1, rows - 1))
        cv2.fillPoly(marked, [points.astype(np.int32)], 1)
    return marked > 0


def draw_runs(runs: Runs) -> Mask:
    """Mark the pixels of run lengths."""
    values = np.arange(len(runs.counts)) % 2 == 1
    return np.repeat(values, runs.counts).reshape(runs.columns, runs.rows).T


def unpack_counts(text: str) -> tuple[int, ...]:
    """Read COCO's packed run lengths: five bits a character, from the third on as differences.

    Source: cocoapi, common/maskApi.c, rleFrString.

    Raises:
        ValueError: a character that packing never writes, or an end within a number.
    """
    counts: list[int] = []
    value = bits = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise ValueError(f"character {character!r}")
        value |= (code & 0x1F) << bits
        bits += 5
        if code & 0x20:
            continue
        if code & 0x10:
            value -= 1 << bits
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = bits = 0
    if bits:
        raise ValueError("the last number is cut off")
    return tuple(counts)
