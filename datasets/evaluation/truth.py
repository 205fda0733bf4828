"""The marked regions of a picture, each with its kind.

Masks of thin defects fall into many pieces where they are drawn finer than a pixel: what touches once it is
dilated as everywhere else in the protocol is one region.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.shapes import draw_shape
from datasets.sources import SourceRecord, united_mask
from vision.taxonomy import DefectKind
from vision.types import PxBox

MASK_DILATION_PX = 12
_SIDE = 2 * MASK_DILATION_PX + 1
_NEAR = np.ones((_SIDE, _SIDE), np.uint8)
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """One marked region: pieces of the mask whose surroundings of 12 px touch."""

    box_px: PxBox
    area_px: int
    kind: DefectKind
    label: str
    near: Mask  # (rows, columns) of the picture: the region and 12 px around it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What a set says of one picture."""

    mask: Mask  # (rows, columns): every marked pixel
    near: Mask  # and 12 px around each
    regions: tuple[Region, ...]


def read_truth(record: SourceRecord, rows: int, columns: int) -> Truth:
    """Read and unite a picture's masks and shapes; a region of several shapes is of the largest one's kind.

    Raises:
        DatasetError: a mask can't be read, or is for a picture of another size.
    """
    mask = united_mask(record, rows, columns)
    near = cv2.dilate(mask.astype(np.uint8), _NEAR)
    owners = _owners(record, rows, columns)
    count, labels = cv2.connectedComponents(near, connectivity=8)
    regions = tuple(_region(record, labels == number, mask, owners) for number in range(1, count))
    return Truth(mask=mask, near=near > 0, regions=regions)


def _region(record: SourceRecord, near: Mask, mask: Mask, owners: NDArray[np.int32]) -> Region:
    y, x = np.nonzero(near & mask)
    owner = int(np.bincount(owners[y, x]).argmax())
    shape = record.shapes[owner - 1] if owner else None
    return Region(
        box_px=PxBox(x0=int(x.min()), y0=int(y.min()), x1=int(x.max()) + 1, y1=int(y.max()) + 1),
        area_px=len(x),
        kind=shape.kind if shape else record.kind or DefectKind.UNKNOWN,
        label=shape.label if shape else record.label,
        near=near,
    )


def _owners(record: SourceRecord, rows: int, columns: int) -> NDArray[np.int32]:
    """Number of the shape that marks each pixel, from 1; 0 where a mask does or nothing."""
    owners = np.zeros((rows, columns), np.int32)
    for number, shape in enumerate(record.shapes, start=1):
        owners[draw_shape(shape, rows, columns)] = number
    return owners
