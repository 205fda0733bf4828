"""Records passed between the stages of vision, and vision's one error.

Lengths are millimetres on the material. x runs across the web from the left edge of the picture;
y runs along the web, against its motion, from the first row of a frame.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from vision.taxonomy import DefectKind


class VisionError(Exception):
    """Something vision was given can't be used; the message names it, the limit and the cure."""


class Verdict(StrEnum):
    """What is known of one frame. Doubt and failure are values, never 'good'."""

    CLEAN = "clean"
    DEFECTIVE = "defective"
    UNSURE = "unsure"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One exposure, as the camera delivered it."""

    camera_id: str
    seq: int  # number of the trigger since the camera was opened, from 0; a gap is a lost frame
    pixels: NDArray[np.uint8]  # (rows, columns) grey or (rows, columns, 3) BGR; read-only
    captured_ns: int  # host monotonic clock at exposure
    captured_utc: datetime
    source: str = ""  # file name of a replayed picture
    damaged: str = ""  # why the pixels must not be judged; empty: the frame is whole
    unfit: str = ""  # why nothing can be seen in it although it is whole: black, saturated, frozen, blurred
    joint_top: bool = False  # the row above the first one is other material (a replayed picture's edge)
    joint_bottom: bool = False
    end_count: int | None = None  # encoder count behind the last row, where the camera itself knows it


@dataclass(frozen=True, slots=True, kw_only=True)
class MmBox:
    """A rectangle on the material in mm; x1 and y1 lie outside it."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PxBox:
    """A rectangle in a frame in pixels; x1 and y1 lie outside it."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One connected finding in a frame, already merged over tile seams."""

    kind: DefectKind
    score: float  # highest map value inside, on the recipe's scale
    box_px: PxBox
    box_mm: MmBox  # y from the first row of the frame
    area_mm2: float
    length_mm: float  # longest dimension (ASTM D5430 grades by it)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """Milliseconds spent on one frame in each stage of the inspector."""

    correct_ms: float = 0.0
    infer_ms: float = 0.0
    find_ms: float = 0.0
    measure_ms: float = 0.0
    judge_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FibreMeasure:
    """What was measured of a fibre frame besides defects."""

    fibre_cover_pct: float  # share of the frame that shows fibre
    trash_area_pct: float  # share of the fibre that is found as trash or foreign matter
    mean_bgr: tuple[float, float, float]  # of the clean fibre, 0-255, as the camera sees it
    trash_count: int = 0  # particles in the frame; one that lies on two frames counts in both
    lab: tuple[float, float, float] | None = None  # its CIE L*a*b* (D50, 2°); None: no valid calibration


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inspection:
    """All that vision says of one frame."""

    camera_id: str
    frame_seq: int
    captured_ns: int
    verdict: Verdict
    score: float  # highest map value of the frame, on the recipe's scale; NaN when FAILED
    defects: tuple[Defect, ...]
    reason: str  # why FAILED or UNSURE; empty otherwise
    bundle_id: str
    inspected_mm: MmBox  # the part of the frame that was judged: cloth between its edges, joints left out
    times: StageTimes
    fibre: FibreMeasure | None = None
    score_map: NDArray[np.uint16] | None = None  # (rows, columns) of the frame, only when asked for
