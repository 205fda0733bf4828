"""A recording or a folder of pictures as a camera: each trigger pulse delivers the picture of its number."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.cameras.base import CameraLostError
from vision.cameras.wire import TriggerWire
from vision.images import read_image, to_channels
from vision.types import Frame, VisionError

log = logging.getLogger(__name__)

PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".jp2"}
)


class ReplayCamera:
    """Pulse n shows picture n. Every picture is material of its own: both its ends are joints.

    A picture that can't be read, or has other measures than the line is set up for, is delivered damaged: the
    material passed and nobody saw it. Columns and channels are those of the first readable picture.
    """

    def __init__(
        self,
        pictures: Path | Sequence[Path],
        wire: TriggerWire,
        *,
        mm_per_px: float,
        rows: int,
        loop: bool,
        camera_id: str,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = pictures
        self._wire = wire
        self.mm_per_px = mm_per_px
        self.rows = rows
        self._loop = loop
        self.camera_id = camera_id
        self._utc_now = utc_now
        self._paths: tuple[Path, ...] = ()
        self.columns = 0
        self.channels = 1
        self.exhausted = False

    def open(self) -> None:
        """List the pictures and look at the first readable one.

        Raises:
            CameraLostError: the folder isn't there, or no picture in it can be read.
        """
        self._paths = _listed(self._source, self.camera_id)
        first = _first_readable(self._paths)
        if first is None:
            raise CameraLostError(
                f"camera {self.camera_id}: no readable picture at {self._paths[0].parent}; "
                "point the line at a folder of PNG or JPEG pictures"
            )
        self.columns = first.shape[1]
        self.channels = 1 if first.ndim == 2 else 3
        self.exhausted = False
        log.info("camera %s replays %d pictures", self.camera_id, len(self._paths))

    def grab(self, timeout_s: float) -> Frame | None:
        """Deliver the picture of the next pulse; None when no pulse or no picture came.

        Raises:
            CameraLostError: the camera isn't open, or the pictures' folder went away.
        """
        if not self._paths:
            raise CameraLostError(f"camera {self.camera_id}: not open; open it before grabbing")
        pulse = self._wire.wait(timeout_s)
        if pulse is None:
            return None
        seq, captured_ns = pulse
        if not self._loop:
            self.exhausted = self.exhausted or seq >= len(self._paths) - 1
            if seq >= len(self._paths):
                return None
        return self._frame(self._paths[seq % len(self._paths)], seq, captured_ns)

    def close(self) -> None:
        """Forget the pictures."""
        self._paths = ()

    def _frame(self, path: Path, seq: int, captured_ns: int) -> Frame:
        damaged = ""
        try:
            pixels = to_channels(read_image(path), self.channels)
            damaged = self._misfit(pixels)
        except VisionError as error:
            if not path.parent.is_dir():
                raise CameraLostError(
                    f"camera {self.camera_id}: folder {path.parent} is gone; bring it back or mount it again"
                ) from error
            pixels, damaged = self._no_pixels(), str(error)
        pixels.flags.writeable = False
        return Frame(
            camera_id=self.camera_id,
            seq=seq,
            pixels=pixels,
            captured_ns=captured_ns,
            captured_utc=self._utc_now(),
            source=path.name,
            damaged=damaged,
            joint_top=True,
            joint_bottom=True,
        )

    def _misfit(self, pixels: NDArray[np.uint8]) -> str:
        rows, columns = pixels.shape[:2]
        if rows != self.rows:
            return f"picture has {rows} rows, the line is set up for {self.rows}"
        if columns != self.columns:
            return f"picture has {columns} columns, the line is set up for {self.columns}"
        return ""

    def _no_pixels(self) -> NDArray[np.uint8]:
        shape = (self.rows, self.columns) if self.channels == 1 else (self.rows, self.columns, 3)
        return np.zeros(shape, np.uint8)


def _listed(source: Path | Sequence[Path], camera_id: str) -> tuple[Path, ...]:
    if not isinstance(source, Path):
        paths = tuple(source)
    elif source.is_dir():
        paths = tuple(sorted(path for path in source.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES))
    else:
        raise CameraLostError(f"camera {camera_id}: folder {source} isn't there; check the path or mount it")
    if not paths:
        raise CameraLostError(f"camera {camera_id}: no pictures in {source}; it needs at least one")
    return paths


def _first_readable(paths: Sequence[Path]) -> NDArray[np.uint8] | None:
    for path in paths:
        try:
            return read_image(path)
        except VisionError as error:
            log.warning("skipped while opening: %s", error)
    return None
