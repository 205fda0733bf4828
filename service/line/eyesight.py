"""How well the line sees: the picture's health and the calibration's, as alarms, events and bookings."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from service.camera_events import PictureMeasured
from service.events import Body
from service.line.calibrating import SAME_SCALE, calibration_used
from service.line.inbox import Recovered, Trouble
from service.line.situation import Situation
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import say
from vision.calibration import Calibration, Part
from vision.health import PictureFault, PictureHealth, PictureWatch
from vision.picture_figures import PictureFigures
from vision.types import Frame

log = logging.getLogger(__name__)

MEASURE_EVERY_S = 60.0
CALM_FRAMES = 20  # without a fault, before its alarm is taken back
EXPIRED = "calibration_expired"
NOT_TAKEN = "calibration_not_taken"


class Eyesight:
    """Used by the line's thread alone."""

    def __init__(
        self,
        calibration: Calibration,
        usual: PictureFigures | None,
        situation: Situation,
        *,
        patchy: bool,
        utc: Callable[[], datetime],
        now_ns: Callable[[], int],
        record: Callable[[Body], None],
    ) -> None:
        self._calibration = calibration
        self._usual = usual
        self._watch = PictureWatch(usual, patchy=patchy)
        self._situation = situation
        self._utc = utc
        self._now_ns = now_ns
        self._record = record
        self._health: PictureHealth | None = None
        self._camera_id = calibration.camera_id
        self._seq = -1
        self._next_ns = now_ns()
        self._calm: dict[PictureFault, int] = {}  # frames since each standing fault was last seen
        self._expired: tuple[Part, ...] | None = None  # None: not said yet

    @property
    def health(self) -> PictureHealth | None:
        """Of the newest frame; None before the first one."""
        return self._health

    @property
    def calibration(self) -> Calibration:
        """What the line works by."""
        return self._calibration

    @property
    def calibration_expired(self) -> bool:
        """Whether a part of it had run out when it was last looked at."""
        return bool(self._expired)

    def look(self, frame: Frame) -> Frame:
        """Look at a frame before it is judged; one in which nothing can be seen is returned as unfit."""
        if frame.damaged:
            return frame
        health = self._watch.look(frame)
        self._health, self._seq = health, frame.seq
        changed = self._alarm(health)
        if changed or self._now_ns() >= self._next_ns:
            self._measured(health, frame)
        return replace(frame, unfit=health.unfit) if health.unfit else frame

    def tick(self) -> None:
        """Say which calibration holds, and when one of its parts runs out."""
        utc = self._utc()
        expired = self._calibration.expired(utc)
        if expired == self._expired:
            return
        self._expired = expired
        self._record(calibration_used(self._calibration, utc))
        if not expired:
            self._situation.recovered(Recovered(code=EXPIRED))
            return
        said = say(
            Said.CALIBRATION_EXPIRED,
            camera=self._camera_id,
            parts=", ".join(part.value for part in expired),
            expired_utc=self._calibration.expires_utc or utc,
        )
        self._situation.trouble(Trouble(code=EXPIRED, said=said))

    def article_changed(self, usual: PictureFigures | None) -> None:
        """Another recipe is at work: what is usual is learnt anew."""
        self._usual = usual
        self._watch.restart(usual)

    def recalibrated(self, made: Calibration) -> bool:
        """Take a newer calibration; False: its scale needs a new start of the line, an alarm says so."""
        old = self._calibration
        across, along = made.mm_per_px / old.mm_per_px - 1, made.mm_per_row / old.mm_per_row - 1
        if max(abs(across), abs(along)) > SAME_SCALE:
            said = say(
                Said.CALIBRATION_NOT_TAKEN,
                camera=self._camera_id,
                version=made.version,
                across=made.mm_per_px,
                along=made.mm_per_row,
                old_across=old.mm_per_px,
                old_along=old.mm_per_row,
            )
            self._situation.trouble(Trouble(code=NOT_TAKEN, said=said))
            return False
        self._situation.recovered(Recovered(code=NOT_TAKEN))
        self._calibration, self._expired = made, None
        self._watch.restart(self._usual)
        log.info("camera %s works by calibration %s", self._camera_id, made.version)
        return True

    def _alarm(self, health: PictureHealth) -> bool:
        """Raise what is new, take back what is gone for a while; True if anything changed."""
        changed = False
        for fault, why in health.faults.items():
            changed |= fault not in self._calm
            self._calm[fault] = 0
            self._situation.trouble(Trouble(code=f"picture_{fault.value}", said=heard(why), degrades=True))
        for fault in [fault for fault in self._calm if fault not in health.faults]:
            self._calm[fault] += 1
            if self._calm[fault] >= CALM_FRAMES:
                del self._calm[fault]
                self._situation.recovered(Recovered(code=f"picture_{fault.value}"))
                changed = True
        return changed

    def _measured(self, health: PictureHealth, frame: Frame) -> None:
        self._next_ns = self._now_ns() + round(MEASURE_EVERY_S * 1e9)
        figures = health.figures
        self._record(
            PictureMeasured(
                camera_id=frame.camera_id,
                frame_seq=frame.seq,
                faults=",".join(fault.value for fault in self._calm),
                mean_grey=figures.mean_grey,
                low_grey=figures.low_grey,
                high_grey=figures.high_grey,
                black_share=figures.black_share,
                saturated_share=figures.saturated_share,
                noise_grey=figures.noise_grey,
                sharpness=figures.sharpness,
                usual_sharpness=None if self._usual is None else self._usual.sharpness,
            )
        )
