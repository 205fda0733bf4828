"""A camera around another one: what a subclass does not change is the inner one's."""

from vision.cameras.base import Camera


class CameraAround:
    """Everything of a `Camera` but `grab`."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    @property
    def camera_id(self) -> str:
        """Name in settings, events and calibration."""
        return self._camera.camera_id

    @property
    def rows(self) -> int:
        """Rows of one frame."""
        return self._camera.rows

    @property
    def columns(self) -> int:
        """Columns of one frame."""
        return self._camera.columns

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (BGR)."""
        return self._camera.channels

    @property
    def mm_per_px(self) -> float:
        """Nominal size of a pixel on the material."""
        return self._camera.mm_per_px

    @property
    def exhausted(self) -> bool:
        """Whether the camera is a recording that has ended."""
        return has_ended(self._camera)

    def open(self) -> None:
        """Open the camera.

        Raises:
            CameraLostError: it can't be reached.
        """
        self._camera.open()

    def close(self) -> None:
        """Let go of the camera."""
        self._camera.close()


def has_ended(camera: Camera) -> bool:
    """Whether a camera is a recording whose last frame was handed out; one without an end never is."""
    return bool(getattr(camera, "exhausted", False))
