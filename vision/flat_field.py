"""Flat field: what each column or pixel must be multiplied by so that an even white looks even."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import VisionError

GAIN_LIMITS: Final = (0.25, 4.0)  # beyond this a column is dead or the light has failed: no gain repairs it
MIN_TARGET_GREY: Final = 32.0  # an even target must be lit; below this noise decides the gain
MAX_CLIPPED_SHARE: Final = 0.001  # of the white's pixels at 255: their true brightness is unknown
MAX_DARK_GREY: Final = 32.0  # with the lens covered; more is a light leak or an offset set in the camera
MAX_UNEVEN_PCT: Final = 2.0  # left after correcting, between the 1st and the 99th percentile of places


_CALM_PX: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlatField:
    """Gain, and offset with the lens covered; both for columns (line-scan) or for every pixel (area)."""

    gain: NDArray[np.float32]  # (columns,), (columns, 3), (rows, columns) or (rows, columns, 3)
    dark: NDArray[np.float32] | None  # as gain, in grey levels; None: none was taken
    channels: int  # 1 or 3: tells (columns, 3) from (rows, columns)
    uneven_before_pct: float  # of the white as it was seen
    uneven_after_pct: float  # left over, judged on pictures that the gain was not solved from

    @property
    def per_pixel(self) -> bool:
        """Whether every pixel has a gain of its own."""
        return self.gain.ndim == (2 if self.channels == 1 else 3)

    def figures(self) -> dict[str, float]:
        """Return what is kept with the calibration."""
        return {
            "uneven_before_pct": self.uneven_before_pct,
            "uneven_after_pct": self.uneven_after_pct,
            "gain_min": float(self.gain.min()),
            "gain_max": float(self.gain.max()),
            "dark_mean": 0.0 if self.dark is None else float(self.dark.mean()),
        }


def solve_flat_field(
    white: Sequence[NDArray[np.uint8]],
    dark: Sequence[NDArray[np.uint8]] = (),
    *,
    per_pixel: bool,
    white_grey: float | None = None,
) -> FlatField:
    """Solve from pictures of an even white target (best while it moves) and, if any, with the lens covered.

    Args:
        white: pictures (rows, columns[, 3]) of one size; the second half only checks the result.
        dark: pictures of the same size.
        per_pixel: a gain for every pixel (area camera) instead of every column (line-scan).
        white_grey: grey that the target shall have afterwards; None: its mean as it is.

    Raises:
        VisionError: too dark, clipped, a light leak, a dead column, or what is left is still uneven.
    """
    _check_pictures(white, dark)
    channels = 1 if white[0].ndim == 2 else 3
    first, second = _halves(white, per_pixel)
    bright, check = _level(first, per_pixel), _level(second, per_pixel)
    offset = _level(dark, per_pixel) if dark else None
    _check_levels(white, bright, offset)
    if offset is not None:
        bright, check = bright - offset, check - offset
    mean = bright.mean(axis=_places(bright, white[0].ndim), keepdims=True)
    wanted = mean if white_grey is None else np.full_like(mean, white_grey)
    gain = (wanted / np.maximum(bright, 1e-3)).astype(np.float32)
    _check_gain(gain, white[0].ndim, per_pixel)
    left = _uneven_pct(_calmed(check * gain, per_pixel), channels)
    if left > MAX_UNEVEN_PCT:
        raise VisionError(
            f"flat field: {left:.1f} % of unevenness is left on the pictures kept for checking, allowed are "
            f"{MAX_UNEVEN_PCT:g} %; move the target while taking pictures, clean it, and take at least 4"
        )
    return FlatField(
        gain=gain,
        dark=None if offset is None else offset.astype(np.float32),
        channels=channels,
        uneven_before_pct=_uneven_pct(bright, channels),
        uneven_after_pct=left,
    )


def _check_pictures(white: Sequence[NDArray[np.uint8]], dark: Sequence[NDArray[np.uint8]]) -> None:
    if not white:
        raise VisionError("flat field: no picture of the white target; name at least one")
    for pixels in (*white, *dark):
        if pixels.shape != white[0].shape:
            raise VisionError(
                f"flat field: pictures of {pixels.shape} and of {white[0].shape} are mixed; take all alike"
            )


def _halves(
    white: Sequence[NDArray[np.uint8]], per_pixel: bool
) -> tuple[Sequence[NDArray[np.uint8]], Sequence[NDArray[np.uint8]]]:
    """Part the pictures, or the rows of a single one, into those that solve and those that check."""
    if len(white) > 1:
        middle = (len(white) + 1) // 2
        return white[:middle], white[middle:]
    if per_pixel:
        raise VisionError("flat field: one picture can't be checked against another; take at least two")
    return [white[0][::2]], [white[0][1::2]]


def _level(pictures: Sequence[NDArray[np.uint8]], per_pixel: bool) -> NDArray[np.float64]:
    """Brightness of each place: medians pass over dust that moved."""
    if per_pixel:
        stack = np.stack(pictures)
        return np.asarray(np.median(stack, axis=0) if len(stack) > 4 else stack.mean(axis=0), np.float64)
    lines = np.concatenate(pictures)
    # A median of whole grey levels is too coarse a gain: the mean of the middle half of the rows is finer.
    low, high = np.percentile(lines, [25, 75], axis=0)
    inside = (lines >= low) & (lines <= high)
    return np.asarray((lines * inside).sum(axis=0) / inside.sum(axis=0), np.float64)


def _places(level: NDArray[np.float64], picture_ndim: int) -> tuple[int, ...]:
    """Axes that are places and not channels."""
    return tuple(range(level.ndim - (picture_ndim == 3)))


def _check_levels(
    white: Sequence[NDArray[np.uint8]], bright: NDArray[np.float64], dark: NDArray[np.float64] | None
) -> None:
    mean = float(bright.mean())
    if mean < MIN_TARGET_GREY:
        raise VisionError(
            f"flat field: the target's mean grey is {mean:.0f}, at least {MIN_TARGET_GREY:.0f} is needed; "
            "switch the light on and lay an even white target under the camera"
        )
    clipped = max(float(np.mean(pixels == 255)) for pixels in white)
    if clipped > MAX_CLIPPED_SHARE:
        raise VisionError(
            f"flat field: {clipped:.1%} of the white's pixels are saturated, allowed are "
            f"{MAX_CLIPPED_SHARE:.1%}; lower exposure or gain until the white is near 200"
        )
    if dark is not None and float(dark.max()) > MAX_DARK_GREY:
        raise VisionError(
            f"flat field: with the lens covered the grey reaches {dark.max():.0f}, allowed are "
            f"{MAX_DARK_GREY:.0f}; cover the lens fully and check the camera's black level"
        )


def _check_gain(gain: NDArray[np.float32], picture_ndim: int, per_pixel: bool) -> None:
    outside = np.argwhere((gain < GAIN_LIMITS[0]) | (gain > GAIN_LIMITS[1]))
    if outside.size:
        place = outside[0]
        column = int(place[1] if per_pixel else place[0])
        raise VisionError(
            f"flat field: column {column} needs a gain of {gain[tuple(place)]:.2f}, allowed are "
            f"{GAIN_LIMITS[0]:g} to {GAIN_LIMITS[1]:g}; clean lens and target, check the light"
        )


def _calmed(level: NDArray[np.float64], per_pixel: bool) -> NDArray[np.float64]:
    """Take the noise of single pixels out of a picture; columns are means of many rows already."""
    if not per_pixel:
        return level
    return np.asarray(cv2.blur(level, (_CALM_PX, _CALM_PX), borderType=cv2.BORDER_REFLECT), np.float64)


def _uneven_pct(level: NDArray[np.float64], channels: int) -> float:
    """Spread of the places' brightness in percent of its middle, the worst channel's.

    Single grains of noise don't count, nor does that channels differ: a lamp has a colour.
    """
    planes = level.reshape(-1, channels)
    low, middle, high = np.percentile(planes, [1, 50, 99], axis=0)
    return float((100 * (high - low) / np.maximum(middle, 1e-3)).max())
