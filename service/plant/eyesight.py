"""How well each line's camera sees: the newest figures of focus and exposure, and its calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.camera_events import CalibrationUsed, PictureMeasured
from service.measured_events import LampRead
from service.plant.errors import PlantError
from service.plant.store.database import Database
from service.plant.store.eyesight import expired_since, newest
from service.plant.views.eyesight import EyesightView
from vision.calibration_limits import CALIBRATION_LIMITS

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyesight:
    """Reads what the lines said."""

    database: Database
    lines: Sequence[str]
    now: Callable[[], datetime]

    def of(self, line: str) -> EyesightView:
        """One line's camera. PlantError: unknown_line."""
        if line not in self.lines:
            raise PlantError("unknown_line", f"line {line} is not in this plant's settings; add it there")
        now = self.now()
        with self.database.read() as tx:
            picture = newest(tx, line, PictureMeasured)
            used = newest(tx, line, CalibrationUsed)
            told = newest(tx, line, LampRead)
            expired_mm = expired_since(tx, line, now - A_DAY)
        measured = picture[1] if picture else None
        calibration = used[1] if used else None
        expires = calibration.expires_utc if calibration else None
        return EyesightView(
            line=line,
            picture=measured,
            picture_utc=picture[0].stamp.utc if picture else None,
            picture_age_s=(now - picture[0].stamp.utc).total_seconds() if picture else None,
            sharpness_share=_share(measured),
            calibration=calibration,
            calibration_utc=used[0].stamp.utc if used else None,
            calibration_limits={
                name: CALIBRATION_LIMITS[name]
                for name in (calibration.figures if calibration else {})
                if name in CALIBRATION_LIMITS
            },
            calibration_expired=expires is not None and now >= expires,
            lamp=told[1] if told else None,
            lamp_utc=told[0].stamp.utc if told else None,
            expired_length_m=expired_mm / 1000,
            demo=any(one[0].demo for one in (picture, used, told) if one is not None),
        )


def _share(measured: PictureMeasured | None) -> float | None:
    if measured is None or not measured.usual_sharpness:
        return None
    return measured.sharpness / measured.usual_sharpness
