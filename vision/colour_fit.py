"""From a camera's colours to CIE L*a*b*: a root-polynomial, solved from the patches of a chart.

Source: Finlayson, Mackiewicz, Hurlbert, "Color correction using root-polynomial regression", IEEE
Transactions on Image Processing 24 (2015) 1460-1470. Its terms of degree 1 keep the colour when only the
exposure changes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.chart import ChartReference
from vision.colour import WHITE_D50, delta_e_2000, lab_of_xyz, xyz_of_lab
from vision.types import VisionError

MAX_MEAN_DELTA_E: Final = 2.0  # CIEDE2000 over the 24 patches
MAX_WORST_DELTA_E: Final = 6.0
MAX_LEFT_OUT_DELTA_E: Final = 4.0  # mean over patches, each judged by a solution that did not see it
MAX_GREY: Final = 250.0  # a patch above is clipped: its colour is unknown
MIN_WHITE_GREY: Final = 120.0  # the white patch must be lit well, else the dark ones are noise
LINEAR_WITHIN: Final = 0.06  # a tone curve so near to 1 is a linear camera with noise
GAMMA_LIMITS: Final = (0.7, 3.0)
TERMS: Final = 6  # r, g, b, √rg, √gb, √br


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColourModel:
    """Camera colour → XYZ: value to the power of `gamma`, then the terms times the coefficients."""

    gamma: float  # 1: the camera is linear
    coefficients: NDArray[np.float64]  # (6, 3): terms to X, Y, Z under D50, Y = 1 for a perfect white

    def lab(self, bgr: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return L*a*b* (n, 3) of camera colours (n, 3), 0-255, flat field applied."""
        xyz = _terms(bgr, self.gamma) @ self.coefficients
        return lab_of_xyz(np.maximum(xyz, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColourFit:
    """A solved model and how far the chart's patches are from it."""

    model: ColourModel
    delta_e: NDArray[np.float64]  # (24,) CIEDE2000 of each patch
    left_out_delta_e: NDArray[np.float64]  # (24,) each patch by a solution without it

    def figures(self) -> dict[str, float]:
        """Return what is kept with the calibration."""
        return {
            "delta_e_mean": float(self.delta_e.mean()),
            "delta_e_worst": float(self.delta_e.max()),
            "delta_e_left_out_mean": float(self.left_out_delta_e.mean()),
            "gamma": self.model.gamma,
        }


def solve_colour(bgr: NDArray[np.float64], chart: ChartReference) -> ColourFit:
    """Solve from the mean colours (24, 3) of a chart's patches, flat field applied.

    Raises:
        VisionError: a patch is clipped or the chart is too dark.
    """
    _check_levels(bgr, chart)
    gamma = _gamma(bgr, chart)
    terms, wanted = _terms(bgr, gamma), xyz_of_lab(chart.lab)
    model = ColourModel(gamma=gamma, coefficients=_solve(terms, wanted))
    left_out = np.empty(len(bgr))
    for number in range(len(bgr)):
        others = np.arange(len(bgr)) != number
        alone = ColourModel(gamma=gamma, coefficients=_solve(terms[others], wanted[others]))
        left_out[number] = delta_e_2000(alone.lab(bgr[~others]), chart.lab[~others])[0]
    return ColourFit(model=model, delta_e=delta_e_2000(model.lab(bgr), chart.lab), left_out_delta_e=left_out)


def check_colour_fit(fit: ColourFit, chart: ChartReference, *, camera_id: str) -> None:
    """Refuse a model that is not good enough to grade by.

    Raises:
        VisionError: with the figures, the limits and the cure.
    """
    figures = fit.figures()
    limits = {
        "delta_e_mean": MAX_MEAN_DELTA_E,
        "delta_e_worst": MAX_WORST_DELTA_E,
        "delta_e_left_out_mean": MAX_LEFT_OUT_DELTA_E,
    }
    over = [f"{name} {figures[name]:.2f} (limit {limit:g})" for name, limit in limits.items()
            if not figures[name] <= limit]  # fmt: skip
    if over:
        worst = int(fit.delta_e.argmax())
        raise VisionError(
            f"camera {camera_id}: colour is off by {', '.join(over)}, most at {chart.names[worst]}; check "
            "that the "
            "chart's values are those of its edition, that no other light falls on it, that it doesn't "
            "shine, and "
            "that the flat field is fresh"
        )


def _check_levels(bgr: NDArray[np.float64], chart: ChartReference) -> None:
    brightest = int(bgr.max(axis=1).argmax())
    if bgr[brightest].max() > MAX_GREY:
        raise VisionError(
            f"colour chart: patch {chart.names[brightest]} reaches {bgr[brightest].max():.0f}, allowed are "
            f"{MAX_GREY:.0f}; lower exposure or gain"
        )
    white = float(bgr[chart.neutral].mean(axis=1).max())
    if white < MIN_WHITE_GREY:
        raise VisionError(
            f"colour chart: its white patch has a grey of {white:.0f}, at least {MIN_WHITE_GREY:.0f} is "
            "needed; "
            "raise exposure or light"
        )


def _gamma(bgr: NDArray[np.float64], chart: ChartReference) -> float:
    """The tone curve's exponent from the neutral patches: slope of log reflectance over log grey."""
    grey = bgr[chart.neutral].mean(axis=1)
    luminance = xyz_of_lab(chart.lab)[chart.neutral, 1]
    slope = float(np.polyfit(np.log(grey), np.log(luminance), 1, w=np.sqrt(grey))[0])
    if not GAMMA_LIMITS[0] <= slope <= GAMMA_LIMITS[1]:
        raise VisionError(
            f"colour chart: the grey patches follow a tone curve of {slope:.2f}, allowed are "
            f"{GAMMA_LIMITS[0]:g} "
            f"to {GAMMA_LIMITS[1]:g}; switch the camera's tone mapping off"
        )
    return 1.0 if abs(slope - 1) < LINEAR_WITHIN else slope


def _terms(bgr: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    blue, green, red = np.power(np.maximum(bgr, 0.0) / 255, gamma).T
    roots = np.sqrt(red * green), np.sqrt(green * blue), np.sqrt(blue * red)
    return np.stack([red, green, blue, *roots], axis=1)


def _solve(terms: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares; each patch weighs as its lightness L* changes with Y, so dark ones count as eyes do."""
    weight = np.maximum(wanted[:, 1:2] / WHITE_D50[1], 1e-3) ** (-2 / 3)
    solved, *_ = np.linalg.lstsq(terms * weight, wanted * weight, rcond=None)
    return np.asarray(solved, np.float64)
