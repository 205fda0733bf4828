"""Events of a camera: which calibration holds, how good its picture is; part of service/events.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationUsed:
    """From here on this calibration is at work; said again when one of its parts expires."""

    kind: Literal["calibration_used"] = "calibration_used"
    camera_id: str
    version: str  # empty: none is set up, a pixel is as large as the settings say
    scale_mm_per_px: float
    scale_mm_per_row: float
    solved_utc: datetime | None
    expires_utc: datetime | None
    expired: str  # parts that must be solved again, by comma; empty: none
    figures: dict[str, float]  # of every part, e.g. "scale.rms_px"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureMeasured:
    """Focus and exposure of the newest frame; about once a minute, and when a fault comes or goes."""

    kind: Literal["picture_measured"] = "picture_measured"
    camera_id: str
    frame_seq: int
    faults: str  # vision.health.PictureFault, by comma; empty: the picture is good
    mean_grey: float
    low_grey: float  # 1st percentile
    high_grey: float  # 99th percentile
    black_share: float
    saturated_share: float
    noise_grey: float
    sharpness: float  # % of the mean grey
    usual_sharpness: float | None  # of the recipe's good cloth; None: the recipe doesn't say
