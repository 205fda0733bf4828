"""Cameras side by side to one picture of the whole web: a defect on a joint is one defect, seen once."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.cameras.base import CameraSetupError

WHOLE_PX = 0.02  # a shift nearer to whole pixels than this is one: then nothing is interpolated


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Where one camera looks across the web, as its calibration says."""

    x0_mm: float  # left edge of its first column, from the left edge of the whole
    columns: int
    mm_per_px: float

    @property
    def x1_mm(self) -> float:
        """Right edge of its last column."""
        return self.x0_mm + self.columns * self.mm_per_px


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stripe:
    """The columns of the whole picture that one camera gives."""

    source: NDArray[np.float32]  # (columns,) where they lie in its own picture

    def cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        begin = round(float(self.source[0]))
        whole = np.arange(begin, begin + self.source.size, dtype=np.float32)
        if np.abs(self.source - whole).max() < WHOLE_PX:
            return pixels[:, begin : begin + self.source.size]
        shape = (pixels.shape[0], self.source.size)
        across = np.broadcast_to(self.source, shape).copy()
        along = np.broadcast_to(np.arange(shape[0], dtype=np.float32)[:, None], shape).copy()
        cut = cv2.remap(pixels, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cut, np.uint8)


class Stitcher:
    """Joins the rows of several cameras; where two see a place, the joint lies in the middle of it."""

    def __init__(self, cameras: Sequence[Beside], *, columns: int, mm_per_px: float, camera_id: str) -> None:
        """`cameras`: from left to right; `columns` and `mm_per_px` of the whole picture.

        Raises:
            CameraSetupError: a part of the width is seen by no camera.
        """
        self._columns = columns
        middles = (np.arange(columns) + 0.5) * mm_per_px
        edges = [0.0]
        for left, right in zip(cameras, cameras[1:], strict=False):
            if right.x0_mm > left.x1_mm + 1e-6:
                raise CameraSetupError(
                    f"camera {camera_id}: nobody sees the web from {left.x1_mm:g} to {right.x0_mm:g} mm; "
                    "move the cameras together or correct their x0_mm"
                )
            edges.append((left.x1_mm + right.x0_mm) / 2)
        edges.append(columns * mm_per_px)
        if cameras[0].x0_mm > 1e-6 or cameras[-1].x1_mm < edges[-1] - 1e-6:
            raise CameraSetupError(
                f"camera {camera_id}: the cameras see {cameras[0].x0_mm:g} to {cameras[-1].x1_mm:g} mm, the "
                f"picture is 0 to {edges[-1]:g} mm wide; lower its columns or correct x0_mm"
            )
        self._stripes = tuple(
            _Stripe(
                source=(
                    (middles[(middles > begin) & (middles <= end)] - camera.x0_mm) / camera.mm_per_px - 0.5
                ).astype(np.float32)
            )
            for camera, begin, end in zip(cameras, edges, edges[1:], strict=False)
        )

    def __call__(self, parts: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Join (rows, columns) of each camera to (rows, columns) of the whole."""
        cut = [stripe.cut(pixels) for stripe, pixels in zip(self._stripes, parts, strict=True)]
        return np.concatenate(cut, axis=1)
