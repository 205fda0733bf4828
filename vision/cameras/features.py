"""A GenICam camera's settings: set by their standard names and read back; a mismatch names both.

Names are those of the SFNC (EMVA, Standard Features Naming Convention 2.7); cameras made before it say the
same with another ending, and both are tried.
"""

from dataclasses import dataclass
from typing import Protocol

from vision.cameras.base import CameraSetupError
from vision.types import VisionError

READ_BACK_SHARE = 0.01  # a sensor's clock divides time and rate in steps; more than this is another setting
NO_TRIGGER = "off"

EXPOSURE = ("ExposureTime", "ExposureTimeAbs", "ExposureTimeRaw")  # µs
GAIN = ("Gain", "GainAbs", "GainRaw")  # dB, or the camera's own steps where it only has GainRaw
LINE_RATE = ("AcquisitionLineRate", "AcquisitionLineRateAbs")
FRAME_RATE = ("AcquisitionFrameRate", "AcquisitionFrameRateAbs")
RATE_SWITCHES = ("AcquisitionFrameRateEnable",)
PACKET_SIZE = ("GevSCPSPacketSize",)
AUTOMATICS = ("ExposureAuto", "GainAuto")
TRIGGER_SELECTORS = ("FrameStart", "AcquisitionStart")


class FeatureNodes(Protocol):
    """A camera's nodes by name; values as the camera holds them. What the camera refuses is a VisionError."""

    def has(self, name: str) -> bool:
        """Whether the camera has this node now."""

    def number(self, name: str) -> float:
        """Read a number."""

    def set_number(self, name: str, value: float) -> None:
        """Write a number, whole where the node is."""

    def text(self, name: str) -> str:
        """Read a choice."""

    def set_text(self, name: str, value: str) -> None:
        """Write a choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRegion:
    """The part of the sensor that is read, in pixels."""

    x: int
    y: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraControls:
    """What is set when a camera is opened; None leaves the camera's own."""

    region: CameraRegion
    pixel_format: str = "Mono8"
    exposure_us: float | None = None
    gain: float | None = None
    line_rate_hz: float | None = None
    frame_rate_hz: float | None = None
    trigger_source: str | None = None  # NO_TRIGGER, "Software" or a line such as "Line1"
    packet_bytes: int | None = None  # GigE Vision only


def apply_controls(nodes: FeatureNodes, controls: CameraControls, camera_id: str) -> None:
    """Set everything and read it back.

    Raises:
        CameraSetupError: the camera has no such setting, or holds another value than it was given.
    """
    setter = _Setter(nodes, camera_id)
    setter.text("PixelFormat", controls.pixel_format)
    setter.region(controls.region)
    for name in AUTOMATICS:  # an automatic would change what was calibrated
        if nodes.has(name):
            setter.text(name, "Off")
    setter.number(EXPOSURE, controls.exposure_us)
    setter.number(GAIN, controls.gain)
    setter.trigger(controls.trigger_source)
    setter.number(LINE_RATE, controls.line_rate_hz)
    if controls.frame_rate_hz is not None:
        for name in RATE_SWITCHES:
            if nodes.has(name):
                nodes.set_number(name, 1)
    setter.number(FRAME_RATE, controls.frame_rate_hz)
    setter.number(PACKET_SIZE, controls.packet_bytes)


@dataclass(frozen=True, slots=True)
class _Setter:
    nodes: FeatureNodes
    camera_id: str

    def number(self, names: tuple[str, ...], wanted: float | None) -> None:
        if wanted is None:
            return
        name = next((name for name in names if self.nodes.has(name)), None)
        if name is None:
            raise CameraSetupError(
                f"camera {self.camera_id}: it has no {names[0]}; take that setting out of the line's file"
            )
        self.nodes.set_number(name, wanted)
        got = self.nodes.number(name)
        if abs(got - wanted) > READ_BACK_SHARE * abs(wanted):
            raise self._mismatch(name, f"{wanted:g}", f"{got:g}")

    def text(self, name: str, wanted: str) -> None:
        if not self.nodes.has(name):
            raise CameraSetupError(f"camera {self.camera_id}: it has no {name}, so it can't be {wanted!r}")
        self.nodes.set_text(name, wanted)
        got = self.nodes.text(name)
        if got != wanted:
            raise self._mismatch(name, wanted, got)

    def region(self, region: CameraRegion) -> None:
        """Offsets first to 0: a camera refuses a width that reaches beyond its sensor."""
        for name in ("OffsetX", "OffsetY"):
            if self.nodes.has(name):
                self.nodes.set_number(name, 0)
        self.number(("Width",), region.columns)
        self.number(("Height",), region.rows)
        for name, offset in (("OffsetX", region.x), ("OffsetY", region.y)):
            if offset or self.nodes.has(name):
                self.number((name,), offset)

    def trigger(self, source: str | None) -> None:
        """Let frames be triggered by `source`, or by nothing: then no selector may be left switched on."""
        if source is None:
            return
        if source == NO_TRIGGER:
            for selector in TRIGGER_SELECTORS:
                if self._select(selector) and self.nodes.has("TriggerMode"):
                    self.text("TriggerMode", "Off")
            return
        if not self._select(TRIGGER_SELECTORS[0]):
            raise CameraSetupError(
                f"camera {self.camera_id}: it has no trigger {TRIGGER_SELECTORS[0]}; "
                f"use trigger_source = {NO_TRIGGER!r}"
            )
        self.text("TriggerMode", "On")
        self.text("TriggerSource", source)

    def _select(self, selector: str) -> bool:
        if not self.nodes.has("TriggerSelector"):
            return self.nodes.has("TriggerMode")
        try:
            self.nodes.set_text("TriggerSelector", selector)
        except VisionError:  # it has no such trigger: then nothing can wait for it
            return False
        return self.nodes.text("TriggerSelector") == selector

    def _mismatch(self, name: str, wanted: str, got: str) -> CameraSetupError:
        return CameraSetupError(
            f"camera {self.camera_id}: {name} was set to {wanted} and reads back {got}; "
            "give a value that the camera holds, or ask why it won't"
        )
