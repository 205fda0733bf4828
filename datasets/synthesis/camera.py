"""A rendered scene as a camera behind a trigger wire: pulse n shows the n-th frame of one endless web."""

from collections.abc import Callable
from datetime import UTC, datetime

from datasets.synthesis.scene import Scene
from datasets.types import DatasetError
from vision.cameras.base import CameraLostError
from vision.cameras.wire import TriggerWire
from vision.types import Frame


class RenderedCamera:
    """A `Camera` that looks at rendered material; frames join without a seam.

    Frames are drawn in `grab`. When drawing falls behind the web, exposures pile up in the wire and are lost
    and counted there, as in a real camera: the gap in `seq` tells.
    """

    def __init__(
        self,
        scene: Scene,
        wire: TriggerWire,
        *,
        rows: int,
        camera_id: str,
        overlap_rows: int = 0,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if rows < 1:
            raise DatasetError(f"camera {camera_id}: {rows} rows a frame; give at least 1")
        self.scene = scene  # whoever tests the line knows the truth
        self._wire = wire
        self.rows, self.columns, self.channels = rows, scene.columns, scene.channels
        self._pitch_rows = rows - overlap_rows
        self.mm_per_px = scene.mm_per_px
        self.camera_id = camera_id
        self._utc_now = utc_now
        self._is_open = False

    def open(self) -> None:
        """Get ready to be triggered."""
        self._is_open = True

    def grab(self, timeout_s: float) -> Frame | None:
        """Draw the frame of the next pulse; None when no pulse came in time.

        Raises:
            CameraLostError: the camera isn't open.
        """
        if not self._is_open:
            raise CameraLostError(f"camera {self.camera_id}: not open; open it before grabbing")
        pulse = self._wire.wait(timeout_s)
        if pulse is None:
            return None
        seq, captured_ns = pulse
        pixels = self.scene.render(seq * self._pitch_rows, self.rows)
        pixels.flags.writeable = False
        return Frame(
            camera_id=self.camera_id,
            seq=seq,
            pixels=pixels,
            captured_ns=captured_ns,
            captured_utc=self._utc_now(),
        )

    def close(self) -> None:
        """Let go of the camera; harmless when it isn't open."""
        self._is_open = False
