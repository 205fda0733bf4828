"""The camera that a line's settings name, and how its frames find their place on the web."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from datasets.synthesis.camera import RenderedCamera as RenderedSceneCamera
from datasets.synthesis.demo import demo_scene
from service.camera_settings import (
    CameraSettings,
    ChannelsCameraSettings,
    ClipCameraSettings,
    GenicamCameraSettings,
    RenderedCamera,
    ReplayCameraSettings,
    SingleCamera,
    StitchedCameraSettings,
    StrobedCameraSettings,
    VideoCameraSettings,
)
from vision.cameras.aravis import AravisCamera
from vision.cameras.base import Camera, CameraSetupError
from vision.cameras.channels import ExtraChannel, StrobedCamera
from vision.cameras.clip import ClipCamera
from vision.cameras.companion import Companion
from vision.cameras.features import NO_TRIGGER, CameraControls, CameraRegion
from vision.cameras.joined import Join, JoinedCamera
from vision.cameras.positioned import CountAt, PositionedCamera
from vision.cameras.pylon import PylonCamera
from vision.cameras.replay import ReplayCamera
from vision.cameras.stitching import Beside, Stitcher
from vision.cameras.video import VideoCamera
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
    fires: tuple[Callable[[], None], ...] = ()  # software triggers, where the cable is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a camera is built into."""

    kind: str
    camera_id: str
    counts_per_mm: float
    speed_mm_s: float  # nominal
    count_at: CountAt  # where the web was at a moment
    overlap_rows: int = 0  # of each frame, that the one before showed too


def build_camera(settings: CameraSettings, around: Surroundings, wire: TriggerWire) -> BuiltCamera:
    """Build the camera that the settings name, with all that belongs to it.

    Raises:
        CameraSetupError: several cameras don't fit together.
    """
    if isinstance(settings, StitchedCameraSettings):
        return _stitched(settings, around, wire)
    if isinstance(settings, ChannelsCameraSettings):
        return _channels(settings, around, wire)
    if isinstance(settings, StrobedCameraSettings):
        inner = _single(settings.camera, around, wire, rows=settings.rows * 2)
        return replace(inner, camera=StrobedCamera(inner.camera))
    return _single(settings, around, wire, rows=settings.rows)


def _single(settings: SingleCamera, around: Surroundings, wire: TriggerWire, *, rows: int) -> BuiltCamera:
    if settings.rows != rows:
        raise CameraSetupError(
            f"camera {around.camera_id}: its rows are {settings.rows}, it needs {rows} here; correct one"
        )
    if isinstance(settings, GenicamCameraSettings):
        return _genicam(settings, around)
    if isinstance(settings, VideoCameraSettings):
        video = VideoCamera(
            settings.source,
            rows=settings.rows,
            columns=settings.columns,
            mm_per_px=settings.mm_per_px,
            camera_id=around.camera_id,
            grey=settings.grey,
        )
        return _positioned(video, settings, around, delay_ms=settings.delay_ms)
    return BuiltCamera(camera=_simulated(settings, around, wire), placing=Placing.BY_CABLE)


def _simulated(
    settings: RenderedCamera | ReplayCameraSettings | ClipCameraSettings,
    around: Surroundings,
    wire: TriggerWire,
) -> Camera:
    if isinstance(settings, ClipCameraSettings):
        return ClipCamera(
            settings.clip,
            wire,
            mm_per_px=settings.mm_per_px,
            camera_id=around.camera_id,
            loop=settings.loop,
        )
    if isinstance(settings, ReplayCameraSettings):
        if around.overlap_rows:
            raise CameraSetupError(
                f"camera {around.camera_id}: web.overlap_rows is {around.overlap_rows}, but pictures of a "
                "folder don't overlap; set it to 0"
            )
        return ReplayCamera(
            settings.folder,
            wire,
            mm_per_px=settings.mm_per_px,
            rows=settings.rows,
            loop=settings.loop,
            camera_id=around.camera_id,
        )
    scene = demo_scene(
        "fabric" if around.kind == "fabric" else "fibre",
        columns=settings.columns,
        mm_per_px=settings.mm_per_px,
        seed=settings.seed,
        defect_rate_per_m2=settings.defect_rate_per_m2,
    )
    return RenderedSceneCamera(
        scene, wire, rows=settings.rows, camera_id=around.camera_id, overlap_rows=around.overlap_rows
    )


def _stitched(settings: StitchedCameraSettings, around: Surroundings, wire: TriggerWire) -> BuiltCamera:
    wires = wire.split(len(settings.parts))
    built = [
        _single(part.camera, _part_of(around, at), branch, rows=settings.rows)
        for at, (part, branch) in enumerate(zip(settings.parts, wires, strict=True))
    ]
    join = Stitcher(
        [
            Beside(x0_mm=part.x0_mm, columns=part.camera.columns, mm_per_px=part.camera.mm_per_px)
            for part in settings.parts
        ],
        columns=settings.columns,
        mm_per_px=settings.mm_per_px,
        camera_id=around.camera_id,
    )
    early = [part.early_mm for part in settings.parts]
    return _joined(built, early, join, settings, around)


def _channels(settings: ChannelsCameraSettings, around: Surroundings, wire: TriggerWire) -> BuiltCamera:
    wires = wire.split(2)
    visible, extra = settings.visible, settings.extra
    built = [
        _single(each, _part_of(around, at), branch, rows=settings.rows)
        for at, (each, branch) in enumerate(zip((visible, extra), wires, strict=True))
    ]
    join = ExtraChannel(
        columns=settings.columns,
        mm_per_px=settings.mm_per_px,
        extra_x0_mm=settings.extra_x0_mm,
        extra_mm_per_px=extra.mm_per_px,
    )
    return _joined(built, [0.0, settings.extra_early_mm], join, settings, around, channels=3)


def _joined(
    built: Sequence[BuiltCamera],
    early_mm: Sequence[float],
    join: Join,
    settings: StitchedCameraSettings | ChannelsCameraSettings,
    around: Surroundings,
    *,
    channels: int | None = None,
) -> BuiltCamera:
    placings = {each.placing for each in built}
    if len(placings) > 1 or Placing.BY_COUNT in placings:
        raise CameraSetupError(
            f"camera {around.camera_id}: cameras that are joined need one trigger for all, these find their "
            f"place {', '.join(sorted(placings))}; trigger them all"
        )
    if around.overlap_rows and any(early_mm):
        raise CameraSetupError(
            f"camera {around.camera_id}: web.overlap_rows is {around.overlap_rows}, but one of the joined "
            "cameras sees a place early; align them (early_mm = 0) or set web.overlap_rows to 0"
        )
    period_s = (settings.rows - around.overlap_rows) * settings.mm_per_px / around.speed_mm_s
    companions = [
        Companion(
            each.camera,
            early_rows=round(early / settings.mm_per_px),
            together_ns=round(period_s / 2 * 1e9),
        )
        for each, early in zip(built[1:], early_mm[1:], strict=True)
    ]
    leader = built[0].camera
    camera = JoinedCamera(
        leader,
        companions,
        join,
        columns=settings.columns,
        channels=channels or leader.channels,
        mm_per_px=settings.mm_per_px,
    )
    return BuiltCamera(
        camera=camera,
        placing=built[0].placing,
        fires=tuple(fire for each in built for fire in each.fires),
    )


def _part_of(around: Surroundings, at: int) -> Surroundings:
    return replace(around, camera_id=around.camera_id if at == 0 else f"{around.camera_id}-{at + 1}")


def _positioned(
    camera: Camera,
    settings: GenicamCameraSettings | VideoCameraSettings,
    around: Surroundings,
    *,
    delay_ms: float = 0.0,
    line_rate_hz: float | None = None,
) -> BuiltCamera:
    positioned = PositionedCamera(
        camera,
        rows=settings.rows,
        counts_per_row=settings.mm_per_px * around.counts_per_mm,
        count_at=around.count_at,
        delay_ms=delay_ms,
        line_rate_hz=line_rate_hz,
        overlap_rows=around.overlap_rows,
    )
    return BuiltCamera(camera=positioned, placing=Placing.BY_COUNT)


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


def _genicam(settings: GenicamCameraSettings, around: Surroundings) -> BuiltCamera:
    make = AravisCamera if settings.driver == "aravis" else PylonCamera
    camera = make(
        settings.address,
        controls=controls_of(settings),
        mm_per_px=settings.mm_per_px,
        camera_id=around.camera_id,
    )
    if settings.trigger_source == NO_TRIGGER:
        return _positioned(camera, settings, around, line_rate_hz=settings.line_rate_hz)
    fires = (camera.fire,) if settings.trigger_source == SOFTWARE else ()
    return BuiltCamera(camera=camera, placing=Placing.BY_TIME, fires=fires)
