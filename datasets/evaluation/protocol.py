"""One picture inspected as the line would and held against its truth.

Everything near a mask counts as in it: masks are dilated by 12 px. A defective picture whose mask turns out
empty is left out; one of a set without masks is ranked as a whole strip and never located.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.evaluation.results import LeftOut, RegionResult, StripResult
from datasets.evaluation.truth import Region, Truth, read_truth
from datasets.sources import SourceRecord
from vision.card import ModelCard
from vision.images import read_image, to_channels
from vision.inspector import Inspector
from vision.types import Defect, Frame, Inspection, Verdict

MAP_FULL_SCALE = 65535  # of the 16-bit score map
CAMERA = "evaluation"
Mask = NDArray[np.bool_]


def inspect_record(inspector: Inspector, record: SourceRecord, seq: int) -> StripResult | LeftOut:
    """Inspect a picture and compare with what the set says of it.

    Raises:
        VisionError: the picture can't be read.
        DatasetError: its mask can't be read or has another size.
    """
    pixels = to_channels(read_image(record.picture), inspector.card.channels)
    truth = read_truth(record, *pixels.shape[:2])
    if (record.masks or record.shapes) and not truth.regions:
        return LeftOut(picture=record.picture, reason="defective, and its mask is empty")
    pixels.flags.writeable = False
    frame = Frame(
        camera_id=CAMERA,
        seq=seq,
        pixels=pixels,
        captured_ns=0,
        captured_utc=datetime.fromtimestamp(0, UTC),
        source=record.picture.name,
    )
    inspection = inspector.inspect(frame, want_map=True)
    if inspection.verdict is Verdict.FAILED or inspection.score_map is None:
        return LeftOut(picture=record.picture, reason=f"could not be inspected: {inspection.reason}")
    return _compared(record, inspection, truth, inspector.card)


def _compared(record: SourceRecord, inspection: Inspection, truth: Truth, card: ModelCard) -> StripResult:
    cells = _cells(inspection, card)
    near, limits = truth.near, card.thresholds
    return StripResult(
        picture=record.picture,
        group=record.group,
        defective=not record.is_good,
        rendered=record.rendered,
        label=record.label,
        score=inspection.score,
        verdict=inspection.verdict,
        findings=inspection.defects,
        inside=_highest_inside(cells, near, card),
        hit=bool(_overlapping(inspection.defects, near, limits.defective)),
        found=bool(_overlapping(inspection.defects, near, limits.unsure)),
        regions=tuple(_region(region, cells, inspection.defects, card) for region in truth.regions),
        cells=cells,
        mask=highest_of(truth.mask, card.output_stride),
    )


def highest_of(picture: NDArray[Any], stride: int) -> NDArray[Any]:
    """Highest pixel of every map cell; of a mask: whether the cell touches it."""
    rows, columns = (-(-size // stride) * stride for size in picture.shape)
    padded = np.zeros((rows, columns), picture.dtype)
    padded[: picture.shape[0], : picture.shape[1]] = picture
    return np.asarray(padded.reshape(rows // stride, stride, columns // stride, stride).max(axis=(1, 3)))


def _cells(inspection: Inspection, card: ModelCard) -> NDArray[np.float32]:
    if inspection.score_map is None:
        raise ValueError("an inspection without its map was handed over")
    span = (card.score_ceiling - card.score_floor) / MAP_FULL_SCALE
    cells = highest_of(inspection.score_map, card.output_stride) * span + card.score_floor
    return np.asarray(cells, np.float32)


def _highest_inside(cells: NDArray[np.float32], near: Mask, card: ModelCard) -> float:
    return float(cells[highest_of(near, card.output_stride)].max()) if near.any() else float("nan")


def _region(
    region: Region, cells: NDArray[np.float32], defects: Sequence[Defect], card: ModelCard
) -> RegionResult:
    over = _overlapping(defects, region.near, card.thresholds.unsure)
    strongest = max(over, key=lambda defect: defect.score, default=None)
    return RegionResult(
        box_px=region.box_px,
        area_px=region.area_px,
        kind=region.kind,
        label=region.label,
        inside=_highest_inside(cells, region.near, card),
        hit=strongest is not None and strongest.score >= card.thresholds.defective,
        found=strongest is not None,
        found_kind=strongest.kind if strongest else None,
    )


def _overlapping(defects: Sequence[Defect], near: Mask, least: float) -> list[Defect]:
    """Findings of at least this score whose box overlaps the mask."""
    boxes = [(defect, defect.box_px) for defect in defects if defect.score >= least]
    return [defect for defect, box in boxes if near[box.y0 : box.y1, box.x0 : box.x1].any()]
