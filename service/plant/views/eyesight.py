"""How well a line's camera sees, as it said last."""

from dataclasses import dataclass
from datetime import datetime

from service.camera_events import CalibrationUsed, PictureMeasured
from service.measured_events import LampRead
from vision.calibration_limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class EyesightView:
    """Focus, exposure and calibration of a line's camera; None where it never said them."""

    line: str
    picture: PictureMeasured | None
    picture_utc: datetime | None
    picture_age_s: float | None
    sharpness_share: float | None  # of the recipe's good material; 1 is as sharp as when it was learnt
    calibration: CalibrationUsed | None
    calibration_utc: datetime | None  # when the line began to work by it, or a part of it ran out
    calibration_limits: dict[str, Limits]  # lowest and highest accepted, of those figures that have any
    calibration_expired: bool  # now, by the plant's clock
    expired_length_m: float  # inspected in the last 24 h after a part of it had run out
    lamp: LampRead | None  # fibre: the newest look at the white reference
    lamp_utc: datetime | None
    demo: bool
