"""What a camera's pixels mean on the material: their size in mm, and how evenly its columns see."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from vision.types import VisionError

GAIN_LIMITS = (0.25, 4.0)  # beyond this a column is dead or the light has failed: no gain repairs it
MIN_TARGET_GREY = 32.0  # an even target must be lit; below this noise decides the gain


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """One camera's calibration. Made by hand, by `load_calibration` or with `solve_flat_field`."""

    camera_id: str
    mm_per_px: float
    flat_field: NDArray[np.float32] | None = None  # (columns,) gain of each column; None: none needed
    solved_utc: datetime | None = None
    expires_utc: datetime | None = None  # None: never

    def is_expired(self, utc: datetime) -> bool:
        """Whether the calibration must be made again."""
        return self.expires_utc is not None and utc >= self.expires_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    camera_id: str
    mm_per_px: Annotated[float, Field(gt=0)]
    flat_field: tuple[Annotated[float, Field(ge=GAIN_LIMITS[0], le=GAIN_LIMITS[1])], ...] | None
    solved_utc: datetime | None
    expires_utc: datetime | None


_CODEC: TypeAdapter[_Stored] = TypeAdapter(_Stored)


def solve_flat_field(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the gain of each column that makes a picture of an even target even.

    Raises:
        VisionError: the target is too dark, or a column is dead.
    """
    brightness = np.median(pixels if pixels.ndim == 2 else pixels.mean(axis=2), axis=0)
    mean = float(brightness.mean())
    if mean < MIN_TARGET_GREY:
        raise VisionError(
            f"flat field: the target's mean grey is {mean:.0f}, at least {MIN_TARGET_GREY:.0f} is needed; "
            "switch the light on and lay an even white target under the camera"
        )
    gain: NDArray[np.float32] = (mean / np.maximum(brightness, 1e-3)).astype(np.float32)
    outside = np.flatnonzero((gain < GAIN_LIMITS[0]) | (gain > GAIN_LIMITS[1]))
    if outside.size:
        raise VisionError(
            f"flat field: column {outside[0]} needs a gain of {gain[outside[0]]:.2f}, allowed are "
            f"{GAIN_LIMITS[0]:g} to {GAIN_LIMITS[1]:g}; clean lens and target, check the light"
        )
    return gain


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON, whole or not at all."""
    gain = calibration.flat_field
    stored = _Stored(
        camera_id=calibration.camera_id,
        mm_per_px=calibration.mm_per_px,
        flat_field=None if gain is None else tuple(float(value) for value in gain),
        solved_utc=calibration.solved_utc,
        expires_utc=calibration.expires_utc,
    )
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(_CODEC.dump_json(stored))
    part.replace(path)


def load_calibration(path: Path) -> Calibration:
    """Read a calibration.

    Raises:
        VisionError: the file is missing, damaged or holds values out of range.
    """
    try:
        stored = _CODEC.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise VisionError(f"{path}: not a calibration ({error}); calibrate the camera again") from error
    gain = stored.flat_field
    return Calibration(
        camera_id=stored.camera_id,
        mm_per_px=stored.mm_per_px,
        flat_field=None if gain is None else np.array(gain, np.float32),
        solved_utc=stored.solved_utc,
        expires_utc=stored.expires_utc,
    )
