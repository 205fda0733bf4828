"""A line's camera by itself, without sorter and recipe: to look at it, and to see how fast it is.

Its triggers come at the line's nominal pace: as pulses to a simulated camera, as commands to one with a
software trigger. One on a hardware line waits for the machine.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from service.line.cameras import Surroundings, build_camera
from service.settings import LineSettings
from vision.cameras.base import Camera
from vision.cameras.cable import SoftwareCable
from vision.cameras.wire import TriggerWire


@contextmanager
def opened_camera(settings: LineSettings, *, rate_hz: float | None = None) -> Iterator[Camera]:
    """Open the camera of a line and trigger it; closed again behind the block.

    Raises:
        CameraLostError: it can't be reached.
        CameraSetupError: it won't do what the settings ask.
    """
    web, camera = settings.web, settings.camera
    frame_mm = camera.rows * camera.mm_per_px
    rate = rate_hz or web.speed_mm_s / frame_mm
    began_ns = time.monotonic_ns()
    around = Surroundings(
        kind=settings.kind,
        camera_id=f"{settings.line}-1",
        counts_per_mm=web.counts_per_mm,
        speed_mm_s=rate * frame_mm,
        count_at=lambda ns: (ns - began_ns) / 1e9 * rate * frame_mm * web.counts_per_mm,
    )
    wire = TriggerWire()
    built = build_camera(camera, around, wire)
    cable = SoftwareCable(wire, built.fires) if built.fires else None
    stopping = threading.Event()
    pulses = threading.Thread(target=_pulse, args=(wire, rate, stopping), name="pulses", daemon=True)
    try:
        built.camera.open()
        if cable is not None:
            cable.start()
        pulses.start()
        yield built.camera
    finally:
        stopping.set()
        if pulses.ident is not None:
            pulses.join(2.0)
        if cable is not None:
            cable.stop()
        built.camera.close()


def _pulse(wire: TriggerWire, rate_hz: float, stopping: threading.Event) -> None:
    began_s = time.monotonic()
    for seq in range(1 << 62):
        if stopping.wait(max(0.0, began_s + seq / rate_hz - time.monotonic())):
            return
        wire.pulse(seq, time.monotonic_ns())
