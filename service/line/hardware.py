"""Camera, trigger cable and microcontroller of a line, real or simulated, as its settings name them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from datasets.synthesis.camera import RenderedCamera
from datasets.synthesis.demo import demo_scene
from firmware_bridge.transport import SerialTransport, Transport
from firmware_bridge.twin import McuTwin
from service.settings import LineSettings, ReplayCameraSettings
from vision.cameras.base import Camera
from vision.cameras.replay import ReplayCamera
from vision.cameras.wire import TriggerWire

TWIN = "twin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What stands at the line."""

    camera: Camera
    wire: TriggerWire
    twin: McuTwin | None  # None: a real microcontroller
    transport: Callable[[], Transport]

    def start(self) -> None:
        """Switch the simulated part on."""
        if self.twin is not None:
            self.twin.start()

    def stop(self) -> None:
        """Switch it off."""
        if self.twin is not None:
            self.twin.stop()


def build_hardware(settings: LineSettings) -> Hardware:
    """Build camera and sorter."""
    wire = TriggerWire()
    twin = _twin(settings, wire) if settings.sorter.port == TWIN else None
    return Hardware(
        camera=build_camera(settings, wire), wire=wire, twin=twin, transport=_transport(settings, twin)
    )


def build_camera(settings: LineSettings, wire: TriggerWire) -> Camera:
    """Build the camera that the settings name."""
    camera = settings.camera
    camera_id = f"{settings.line}-1"
    if isinstance(camera, ReplayCameraSettings):
        return ReplayCamera(
            camera.folder,
            wire,
            mm_per_px=camera.mm_per_px,
            rows=camera.rows,
            loop=camera.loop,
            camera_id=camera_id,
        )
    scene = demo_scene(
        settings.kind,
        columns=camera.columns,
        mm_per_px=camera.mm_per_px,
        seed=camera.seed,
        defect_rate_per_m2=camera.defect_rate_per_m2,
    )
    return RenderedCamera(scene, wire, rows=camera.rows, camera_id=camera_id)


def _twin(settings: LineSettings, wire: TriggerWire) -> McuTwin:
    return McuTwin(
        speed_mm_s=settings.web.speed_mm_s,
        counts_per_mm=settings.web.counts_per_mm,
        on_expose=lambda seq, count: wire.pulse(seq, time.monotonic_ns()),
    )


def _transport(settings: LineSettings, twin: McuTwin | None) -> Callable[[], Transport]:
    if twin is not None:
        return lambda: SerialTransport(twin.port, baud=settings.sorter.baud)
    return lambda: SerialTransport(settings.sorter.port, baud=settings.sorter.baud)
