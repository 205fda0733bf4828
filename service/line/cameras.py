"""The camera that a line's settings name, and how its frames find their place on the web."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from datasets.synthesis.camera import RenderedCamera as RenderedSceneCamera
from datasets.synthesis.demo import demo_scene
from service.camera_settings import (
    GenicamCameraSettings,
    RenderedCamera,
    ReplayCameraSettings,
    SingleCamera,
)
from vision.cameras.aravis import AravisCamera
from vision.cameras.base import Camera
from vision.cameras.features import NO_TRIGGER, CameraControls, CameraRegion
from vision.cameras.replay import ReplayCamera
from vision.cameras.wire import TriggerWire

SOFTWARE = "Software"


class Placing(StrEnum):
    """How a frame finds its place."""

    BY_CABLE = "by cable"  # a simulated camera: its frames carry the trigger's number
    BY_TIME = "by time"  # a triggered camera counts its own frames; the clock confirms
    BY_COUNT = "by count"  # its frames are cut out of rows whose encoder counts are known


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltCamera:
    """A camera and what the line must know of it."""

    camera: Camera
    placing: Placing
    fire: Callable[[], None] | None = None  # a software trigger, where the cable is one


def build_camera(settings: SingleCamera, kind: str, camera_id: str, wire: TriggerWire) -> BuiltCamera:
    """Build one camera."""
    if isinstance(settings, GenicamCameraSettings):
        return _genicam(settings, camera_id)
    camera: Camera
    if isinstance(settings, ReplayCameraSettings):
        camera = ReplayCamera(
            settings.folder,
            wire,
            mm_per_px=settings.mm_per_px,
            rows=settings.rows,
            loop=settings.loop,
            camera_id=camera_id,
        )
    elif isinstance(settings, RenderedCamera):
        scene = demo_scene(
            "fabric" if kind == "fabric" else "fibre",
            columns=settings.columns,
            mm_per_px=settings.mm_per_px,
            seed=settings.seed,
            defect_rate_per_m2=settings.defect_rate_per_m2,
        )
        camera = RenderedSceneCamera(scene, wire, rows=settings.rows, camera_id=camera_id)
    return BuiltCamera(camera=camera, placing=Placing.BY_CABLE)


def controls_of(settings: GenicamCameraSettings) -> CameraControls:
    """Return what is set on the camera and read back."""
    return CameraControls(
        region=CameraRegion(
            x=settings.offset_x, y=settings.offset_y, columns=settings.columns, rows=settings.rows
        ),
        pixel_format=settings.pixel_format,
        exposure_us=settings.exposure_us,
        gain=settings.gain,
        line_rate_hz=settings.line_rate_hz,
        frame_rate_hz=settings.frame_rate_hz,
        trigger_source=settings.trigger_source,
        packet_bytes=settings.packet_bytes,
    )


def _genicam(settings: GenicamCameraSettings, camera_id: str) -> BuiltCamera:
    camera = AravisCamera(
        settings.address, controls=controls_of(settings), mm_per_px=settings.mm_per_px, camera_id=camera_id
    )
    return BuiltCamera(
        camera=camera,
        placing=Placing.BY_COUNT if settings.trigger_source == NO_TRIGGER else Placing.BY_TIME,
        fire=camera.fire if settings.trigger_source == SOFTWARE else None,
    )
