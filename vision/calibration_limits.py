"""Limits of the figures of a calibration: what `maqta calibrate` enforces, for whoever shows them."""

from typing import Final

from vision.colour_fit import (
    GAMMA_LIMITS,
    MAX_LEFT_OUT_DELTA_E,
    MAX_MEAN_DELTA_E,
    MAX_WORST_DELTA_E,
)
from vision.flat_field import GAIN_LIMITS, MAX_UNEVEN_PCT
from vision.scale_fit import MAX_RMS_PX, MAX_WORST_PX, MIN_SPAN_SHARE

Limits = tuple[float | None, float | None]  # lowest and highest that is accepted; None: no such limit

CALIBRATION_LIMITS: Final[dict[str, Limits]] = {
    "scale.rms_px": (None, MAX_RMS_PX),
    "scale.worst_px": (None, MAX_WORST_PX),
    "scale.span_share": (MIN_SPAN_SHARE, None),
    "flat_field.uneven_after_pct": (None, MAX_UNEVEN_PCT),
    "flat_field.gain_min": (GAIN_LIMITS[0], None),
    "flat_field.gain_max": (None, GAIN_LIMITS[1]),
    "colour.delta_e_mean": (None, MAX_MEAN_DELTA_E),
    "colour.delta_e_worst": (None, MAX_WORST_DELTA_E),
    "colour.delta_e_left_out_mean": (None, MAX_LEFT_OUT_DELTA_E),
    "colour.gamma": GAMMA_LIMITS,
}
