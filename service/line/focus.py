"""A line's camera alone, exposed at its nominal pace, to focus it while the line stands by."""

import time
from collections.abc import Iterator

from service.line.hardware import build_hardware
from service.settings import LineSettings
from vision.cameras.around import has_ended
from vision.cameras.base import CameraLostError
from vision.picture_figures import PictureFigures, measure_picture

GRAB_S = 1.0
MOST_MISSED = 5
NO_FRAME = (
    "camera {}: no frame within {:g} s; it waits for a trigger that doesn't come while the line stands: set "
    'camera.trigger_source to "Software" in a copy of the settings'
)
FASTEST_S = 0.1  # nobody reads more than ten figures a second


def watch_focus(settings: LineSettings) -> Iterator[tuple[str, PictureFigures]]:
    """Open the camera and measure frame after frame until the caller stops.

    Raises:
        CameraLostError: the camera can't be opened, goes away, or delivers nothing.
    """
    hardware = build_hardware(settings)
    camera = hardware.camera
    camera.open()
    if hardware.cable is not None:
        hardware.cable.start()
    pace_s = max(FASTEST_S, camera.rows * camera.mm_per_px / settings.web.speed_mm_s)
    missed = 0
    try:
        for seq in range(1 << 31):
            hardware.wire.pulse(
                seq, time.monotonic_ns()
            )  # a cable by software; a camera with its own ignores it
            frame = camera.grab(GRAB_S)
            missed = 0 if frame is not None else missed + 1
            if missed == MOST_MISSED:
                raise CameraLostError(NO_FRAME.format(camera.camera_id, MOST_MISSED * GRAB_S))
            if frame is not None:
                yield frame.source or f"frame {frame.seq}", measure_picture(frame.pixels)
            if has_ended(camera):
                return
            time.sleep(pace_s)
    finally:
        if hardware.cable is not None:
            hardware.cable.stop()
        camera.close()
