"""Camera, trigger cable and microcontroller of a line, real or simulated, as its settings name them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_bridge.transport import SerialTransport, Transport
from firmware_bridge.twin import McuTwin
from service.line.cameras import Placing, Surroundings, build_camera
from service.line.position import WebPosition
from service.settings import LineSettings
from vision.cameras.base import Camera
from vision.cameras.cable import SoftwareCable
from vision.cameras.wire import TriggerWire

TWIN = "twin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What stands at the line."""

    camera: Camera
    wire: TriggerWire
    twin: McuTwin | None  # None: a real microcontroller
    transport: Callable[[], Transport]
    placing: Placing = Placing.BY_CABLE
    position: WebPosition = field(default_factory=WebPosition)
    cable: SoftwareCable | None = None

    def start(self) -> None:
        """Switch the simulated part on."""
        if self.cable is not None:
            self.cable.start()
        if self.twin is not None:
            self.twin.start()

    def stop(self) -> None:
        """Switch it off."""
        if self.cable is not None:
            self.cable.stop()
        if self.twin is not None:
            self.twin.stop()


def build_hardware(settings: LineSettings) -> Hardware:
    """Build camera and sorter."""
    wire = TriggerWire()
    twin = _twin(settings, wire) if settings.sorter.port == TWIN else None
    position = WebPosition()
    built = build_camera(settings.camera, surroundings(settings, position), wire)
    return Hardware(
        camera=built.camera,
        wire=wire,
        twin=twin,
        transport=_transport(settings, twin),
        placing=built.placing,
        position=position,
        cable=SoftwareCable(wire, built.fires) if built.fires else None,
    )


def surroundings(settings: LineSettings, position: WebPosition) -> Surroundings:
    """Return what the line's camera is built into."""
    return Surroundings(
        kind=settings.kind,
        camera_id=f"{settings.line}-1",
        counts_per_mm=settings.web.counts_per_mm,
        speed_mm_s=settings.web.speed_mm_s,
        overlap_rows=settings.web.overlap_rows,
        count_at=position.count_at,
    )


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
