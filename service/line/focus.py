"""A line's camera alone, exposed at its nominal pace, to focus it while the line stands by."""

import time
from collections.abc import Iterator

from service.line.hardware import build_camera
from service.settings import LineSettings
from vision.cameras.wire import TriggerWire
from vision.picture_figures import PictureFigures, measure_picture

GRAB_S = 1.0
FASTEST_S = 0.1  # nobody reads more than ten figures a second


def watch_focus(settings: LineSettings) -> Iterator[tuple[str, PictureFigures]]:
    """Open the camera and measure frame after frame until the caller stops.

    Raises:
        CameraLostError: the camera can't be opened or goes away.
    """
    wire = TriggerWire()
    camera = build_camera(settings, wire)
    camera.open()
    pace_s = max(FASTEST_S, camera.rows * camera.mm_per_px / settings.web.speed_mm_s)
    try:
        for seq in range(1 << 31):
            wire.pulse(seq, time.monotonic_ns())  # a simulated camera's cable; a real one ignores it
            frame = camera.grab(GRAB_S)
            if frame is not None:
                yield frame.source or f"frame {frame.seq}", measure_picture(frame.pixels)
            if getattr(camera, "exhausted", False):
                return
            time.sleep(pace_s)
    finally:
        camera.close()
