"""The settings of a camera, by driver, with the range of each key."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, with_config

strict = with_config({"extra": "forbid"})

MmPerPx = Annotated[float, Field(gt=0.005, le=5)]
Columns = Annotated[int, Field(ge=64, le=32768)]
Rows = Annotated[int, Field(ge=32, le=4096)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedCamera:
    """A camera over rendered cloth or lint of known truth."""

    driver: Literal["rendered"]
    mm_per_px: MmPerPx
    columns: Columns
    rows: Rows
    seed: int
    defect_rate_per_m2: Annotated[float, Field(ge=0, le=100)]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCameraSettings:
    """Pictures of a folder, in name order, laid along a moving web."""

    driver: Literal["replay"]
    folder: Path
    mm_per_px: MmPerPx
    columns: Columns
    rows: Rows
    loop: bool
    demo: bool  # true: the pictures are rendered


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ClipCameraSettings:
    """A kept recording, byte for byte, one frame a trigger."""

    driver: Literal["clip"]
    clip: Path
    mm_per_px: MmPerPx
    columns: Columns
    rows: Rows
    loop: bool
    demo: bool


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class GenicamCameraSettings:
    """A GigE Vision or USB3 Vision camera: any through libaravis, Basler's through pylon.

    A key that is left out leaves the camera's own value; one that is given is set and read back.
    """

    driver: Literal["aravis", "pylon"]
    address: str  # IP address or the name that `maqta camera list` shows; empty: the only camera there is
    mm_per_px: MmPerPx
    columns: Columns
    rows: Rows
    trigger_source: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*$")]  # Line1, Software or off
    offset_x: Annotated[int, Field(ge=0, le=32768)] = 0
    offset_y: Annotated[int, Field(ge=0, le=32768)] = 0
    pixel_format: Literal["Mono8", "BayerRG8", "BayerGR8", "BayerGB8", "BayerBG8", "RGB8", "BGR8"] = "Mono8"
    exposure_us: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    gain: Annotated[float, Field(ge=0, le=1000)] | None = None  # dB, or steps where the camera has only those
    line_rate_hz: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    frame_rate_hz: Annotated[float, Field(gt=0, le=10_000)] | None = None
    packet_bytes: Annotated[int, Field(ge=576, le=16_000)] | None = None  # GigE Vision; jumbo frames: 8192
    demo: bool = False  # true: it is a camera twin


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCameraSettings:
    """A USB camera (UVC), an RTSP stream or a video file, through OpenCV; it runs freely.

    Its frames are laid on the web by time, so a millimetre of speed times jitter is lost: 1 ms at 500 mm/s is
    0.5 mm. For a fast line take a camera with a trigger.
    """

    driver: Literal["video"]
    source: Annotated[str, Field(min_length=1)]  # /dev/video0, rtsp://..., or a file's path
    mm_per_px: MmPerPx
    columns: Columns
    rows: Rows  # of the frames that are judged; those of the source may have other heights
    delay_ms: Annotated[float, Field(ge=0, le=5000)]  # from exposure to arrival: network and decoder
    grey: bool = True
    demo: bool = False


SingleCamera = Annotated[
    RenderedCamera | ReplayCameraSettings | ClipCameraSettings | GenicamCameraSettings | VideoCameraSettings,
    Field(discriminator="driver"),
]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class StitchedPart:
    """One of several cameras across the web."""

    camera: SingleCamera
    x0_mm: Annotated[float, Field(ge=-1000, le=100_000)]  # its first column, from the left edge of the whole
    early_mm: Annotated[float, Field(ge=0, le=1000)] = 0.0  # it sees a place so long before the first camera


def _several(parts: list[StitchedPart]) -> list[StitchedPart]:
    if len(parts) < 2:
        raise ValueError("give two cameras or more, or use that camera by itself")
    return parts


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class StitchedCameraSettings:
    """Several cameras across the web that are judged as one picture: a defect on a joint is one defect."""

    driver: Literal["stitched"]
    mm_per_px: MmPerPx  # of the whole picture
    columns: Columns
    rows: Rows
    parts: Annotated[list[StitchedPart], AfterValidator(_several)]
    demo: bool = False


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsCameraSettings:
    """A second camera under other light (UV, polarised) joined to the visible one by position.

    The judged picture has three channels: blue is the extra one, green and red are the visible one.
    """

    driver: Literal["channels"]
    mm_per_px: MmPerPx
    columns: Columns
    rows: Rows
    visible: SingleCamera
    extra: SingleCamera
    extra_x0_mm: Annotated[float, Field(ge=-1000, le=1000)]  # its first column in the visible picture
    extra_early_mm: Annotated[float, Field(ge=0, le=1000)]  # it sees a place so long before the visible one
    demo: bool = False


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class StrobedCameraSettings:
    """A line-scan camera whose light changes from line to line: even lines visible, odd ones UV or polarised.

    The camera inside has twice the rows; the judged picture has three channels, as with `channels`.
    """

    driver: Literal["strobed"]
    mm_per_px: MmPerPx
    columns: Columns
    rows: Rows
    camera: SingleCamera
    demo: bool = False


CameraSettings = Annotated[
    RenderedCamera
    | ReplayCameraSettings
    | ClipCameraSettings
    | GenicamCameraSettings
    | VideoCameraSettings
    | StitchedCameraSettings
    | ChannelsCameraSettings
    | StrobedCameraSettings,
    Field(discriminator="driver"),
]


def is_demo_camera(camera: object) -> bool:
    """Whether what this camera sees is rendered, wholly or in part."""
    if isinstance(camera, StitchedCameraSettings):
        return camera.demo or any(is_demo_camera(part.camera) for part in camera.parts)
    if isinstance(camera, ChannelsCameraSettings):
        return camera.demo or is_demo_camera(camera.visible) or is_demo_camera(camera.extra)
    if isinstance(camera, StrobedCameraSettings):
        return camera.demo or is_demo_camera(camera.camera)
    return isinstance(camera, RenderedCamera) or bool(getattr(camera, "demo", False))
