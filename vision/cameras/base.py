"""What a camera is to the line: something that is opened, grabbed from and closed."""

from dataclasses import dataclass
from typing import Protocol

from vision.types import Frame, VisionError


class CameraLostError(VisionError):
    """The camera is gone; it may be opened again."""


class CameraSetupError(CameraLostError):
    """The camera is there and won't do what the settings ask; the message names both values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCamera:
    """A camera that answered when all were asked."""

    driver: str
    address: str  # what the settings take
    description: str


class Camera(Protocol):
    """One camera, seen from its own thread. Columns and channels are known once it is open."""

    @property
    def camera_id(self) -> str:
        """Name in settings, events and calibration."""

    @property
    def rows(self) -> int:
        """Rows of one frame: what one trigger exposes."""

    @property
    def columns(self) -> int:
        """Columns of one frame."""

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (BGR)."""

    @property
    def mm_per_px(self) -> float:
        """Nominal size of a pixel on the material."""

    def open(self) -> None:
        """Get ready to be triggered; may be called again after a loss.

        Raises:
            CameraLostError: the camera can't be reached.
        """

    def grab(self, timeout_s: float) -> Frame | None:
        """Wait for the next frame; None when none was exposed in time.

        Raises:
            CameraLostError: the camera went away.
        """

    def close(self) -> None:
        """Let go of the camera; harmless when it isn't open."""
