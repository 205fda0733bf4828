"""Which calibration a line works by: read at the start, exchanged when a newer one is made."""

import logging
from collections.abc import Callable
from datetime import datetime

from service.camera_events import CalibrationUsed
from service.line.errors import LineError
from service.line.inbox import CalibrationMade, Message, ReferencesMeasured
from service.settings import LineSettings
from vision.calibration import Calibration
from vision.calibration_store import CalibrationStore
from vision.lint_colour import ColourRegression, load_lint_colour, references_file
from vision.types import VisionError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0  # for a newer version
NOMINAL_WITHIN = 0.1  # of camera.mm_per_px: a calibration further off is of another camera or distance
SAME_SCALE = 1e-3  # a newer version may differ by so much while the line runs: its frames' pitch is set


def calibration_of(settings: LineSettings) -> Calibration:
    """Read the calibration that the settings name; without one a pixel is the settings' size everywhere.

    Raises:
        LineError: there is none, it is damaged, or it is not of this camera.
    """
    camera_id, nominal = f"{settings.line}-1", settings.camera.mm_per_px
    if settings.calibration is None:
        return Calibration(camera_id=camera_id, mm_per_px=nominal)
    try:
        calibration = CalibrationStore(settings.calibration.folder).active(camera_id)
    except VisionError as error:
        raise LineError(f"line {settings.line}: {error}") from error
    if abs(calibration.mm_per_px / nominal - 1) > NOMINAL_WITHIN:
        raise LineError(
            f"line {settings.line}: calibration {calibration.version} says {calibration.mm_per_px:.4g} mm "
            "per pixel, "
            f"camera.mm_per_px is {nominal:.4g}; they may differ by {NOMINAL_WITHIN:.0%}: correct the "
            "settings or "
            f"calibrate {camera_id} again"
        )
    return calibration


def references_of(settings: LineSettings) -> ColourRegression | None:
    """Read the reference samples of lint; None: there are none, colour is by the chart.

    Raises:
        LineError: they are damaged.
    """
    if settings.calibration is None or settings.kind != "fibre":
        return None
    path = references_file(settings.calibration.folder, f"{settings.line}-1")
    try:
        return load_lint_colour(path) if path.exists() else None
    except VisionError as error:
        raise LineError(f"line {settings.line}: {error}") from error


def calibration_used(calibration: Calibration, utc: datetime) -> CalibrationUsed:
    """The event that says by which calibration the line works."""
    return CalibrationUsed(
        camera_id=calibration.camera_id,
        version=calibration.version,
        scale_mm_per_px=calibration.mm_per_px,
        scale_mm_per_row=calibration.mm_per_row,
        solved_utc=calibration.solved_utc,
        expires_utc=calibration.expires_utc,
        expired=",".join(part.value for part in calibration.expired(utc)),
        figures={
            f"{record.part.value}.{name}": value
            for record in calibration.records
            for name, value in record.figures.items()
        },
    )


class CalibrationFollower:
    """Looks for a newer version now and then, outside the line's thread: it reads the disk."""

    def __init__(
        self,
        settings: LineSettings,
        version: str,
        *,
        now_ns: Callable[[], int],
        tell: Callable[[Message], None],
    ) -> None:
        self._camera_id = f"{settings.line}-1"
        self._store = None if settings.calibration is None else CalibrationStore(settings.calibration.folder)
        self._version = version
        self._now_ns = now_ns
        self._tell = tell
        self._next_ns = now_ns()
        self._settings = settings
        self._references_utc = _solved(self._references())

    def tick(self) -> None:
        """Look if it is time; tell the line of a version that it doesn't use yet."""
        if self._store is None or self._now_ns() < self._next_ns:
            return
        self._next_ns = self._now_ns() + round(LOOK_EVERY_S * 1e9)
        references = self._references()
        if references is not None and references.solved_utc != self._references_utc:
            self._references_utc = references.solved_utc
            self._tell(ReferencesMeasured(references=references))
        try:
            version = self._store.active_version(self._camera_id)
            if version == self._version:
                return
            made = self._store.load(self._camera_id, version)
        except VisionError as error:
            log.warning("%s; the line goes on with calibration %s", error, self._version)
            return
        self._version = version
        self._tell(CalibrationMade(calibration=made))

    def _references(self) -> ColourRegression | None:
        try:
            return references_of(self._settings)
        except LineError as error:
            log.warning("%s; the line goes on with the references that it has", error)
            return None


def _solved(references: ColourRegression | None) -> datetime | None:
    return None if references is None else references.solved_utc
