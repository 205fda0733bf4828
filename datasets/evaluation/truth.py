"""The marked regions of a picture, each with its kind."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.shapes import draw_shape
from datasets.sources import SourceRecord, united_mask
from vision.taxonomy import DefectKind
from vision.types import PxBox


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """One connected marked region; pixels that touch by a corner are connected."""

    box_px: PxBox
    area_px: int
    kind: DefectKind
    label: str
    marked: NDArray[np.bool_]  # (rows, columns) of the box


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What a set says of one picture."""

    mask: NDArray[np.bool_]  # (rows, columns): every marked pixel
    regions: tuple[Region, ...]


def read_truth(record: SourceRecord, rows: int, columns: int) -> Truth:
    """Read and unite a picture's masks and shapes; a region of several shapes is of the largest one's kind.

    Raises:
        DatasetError: a mask can't be read, or is for a picture of another size.
    """
    mask = united_mask(record, rows, columns)
    if not mask.any():
        return Truth(mask=mask, regions=())
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    owners = _owners(record, rows, columns)
    regions = []
    for number in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[number])
        place = slice(y, y + height), slice(x, x + width)
        marked = labels[place] == number
        owner = int(np.bincount(owners[place][marked]).argmax())
        shape = record.shapes[owner - 1] if owner else None
        regions.append(
            Region(
                box_px=PxBox(x0=x, y0=y, x1=x + width, y1=y + height),
                area_px=area,
                kind=shape.kind if shape else record.kind or DefectKind.UNKNOWN,
                label=shape.label if shape else record.label,
                marked=marked,
            )
        )
    return Truth(mask=mask, regions=tuple(regions))


def _owners(record: SourceRecord, rows: int, columns: int) -> NDArray[np.int32]:
    """Number of the shape that marks each pixel, from 1; 0 where a mask does or nothing."""
    owners = np.zeros((rows, columns), np.int32)
    for number, shape in enumerate(record.shapes, start=1):
        owners[draw_shape(shape, rows, columns)] = number
    return owners
