"""Rd and +b of lint from a camera's colour: a regression on tiles or reference cottons of known values.

Camera colour is no colorimeter's: glass before the sample, lamp and sensor differ, so the figures hold only
through reference samples measured by one, and only until the calibration expires. Trash and foreign matter
are masked out before the colour is taken (Xu et al. 1998).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.colour import WHITE_D50, xyz_of_lab
from vision.types import VisionError

LEAST_SAMPLES: Final = 5  # an HVI tile set has five
MAX_RD_RMSE: Final = 1.5
MAX_B_RMSE: Final = 0.75
RIDGE: Final = 1e-4  # of the mean square of the terms: five tiles can't carry four free coefficients alone
WHITE_C_Z: Final = 1.18232  # of a perfect white under illuminant C, 2° (CIE 15:2004, T.3): 1 / 0.847 nearly
BEYOND: Final = 0.15  # of the references' range: colours so far outside are still answered


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSample:
    """One tile or reference cotton: what a colorimeter says, and what the camera sees (0-255)."""

    rd: float
    plus_b: float
    bgr: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintColour:
    """Rd (reflectance, 0-100) and +b (yellowness) of clean lint."""

    rd: float
    plus_b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourRegression:
    """Camera colour → Rd and +b; made by `fit_lint_colour`."""

    camera_id: str
    rd_of: tuple[float, ...]  # coefficients of 1, r, g, b (each 0-1, tone curve taken out)
    b_of: tuple[float, ...]
    gamma: float  # 1: the camera is linear
    rd_rmse: float  # each sample by a fit without it
    b_rmse: float
    lowest: tuple[float, float]  # Rd, +b of the references
    highest: tuple[float, float]
    samples: int
    solved_utc: datetime
    expires_utc: datetime

    def colour(self, bgr: tuple[float, float, float], utc: datetime) -> LintColour:
        """Answer for the mean colour of clean lint.

        Raises:
            VisionError: the calibration has expired, or the colour lies outside what it was solved on.
        """
        if utc >= self.expires_utc:
            raise VisionError(
                f"camera {self.camera_id}: the colour calibration ran out at "
                f"{self.expires_utc:%Y-%m-%d %H:%M} UTC; measure the reference samples again"
            )
        terms = _terms(np.array([bgr]), self.gamma)[0]
        rd, plus_b = float(terms @ self.rd_of), float(terms @ self.b_of)
        for name, value, low, high in zip(("Rd", "+b"), (rd, plus_b), self.lowest, self.highest, strict=True):
            room = BEYOND * (high - low)
            if not low - room <= value <= high + room:
                raise VisionError(
                    f"camera {self.camera_id}: {name} would be {value:.1f}, the references reach from "
                    f"{low:.1f} to {high:.1f}; calibrate with samples around the lint, check the light"
                )
        return LintColour(rd=rd, plus_b=plus_b)


def chart_colour(lab: tuple[float, float, float]) -> LintColour:
    """Rd and +b of lint by a camera calibrated on a colour chart: L*a*b* under D50 taken to illuminant C.

    Coarser than a regression on reference samples of lint: glass and texture are not in the chart. The step
    from D50 to C scales Z by the whites' ratio, which is exact for greys only.
    """
    xyz = xyz_of_lab(np.array([lab], np.float64))
    xyz[:, 2] *= WHITE_C_Z / WHITE_D50[2]
    rd, plus_b = hunter_rd_b(xyz)[0]
    return LintColour(rd=float(rd), plus_b=float(plus_b))


def hunter_rd_b(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rd and +b (n, 2) of XYZ (n, 3), Y = 1 for a perfect white: the Nickerson-Hunter scale.

    Source: Hunter's formulas as generally quoted; the text of the standard was not at hand (unverified).
    """
    y, z = xyz[:, 1], xyz[:, 2]
    f = 0.51 * (21 + 20 * y) / (1 + 20 * y)
    return np.stack([100 * y, 70 * f * (y - 0.847 * z)], axis=1)


def fit_lint_colour(
    references: Sequence[ReferenceSample],
    *,
    camera_id: str,
    solved_utc: datetime,
    expires_utc: datetime,
    gamma: float = 1.0,
) -> ColourRegression:
    """Solve the regression and check each sample by a fit without it.

    Raises:
        VisionError: too few samples, a clipped one, or they don't fit.
    """
    bgr = _usable(references, camera_id)
    truth = np.array([(sample.rd, sample.plus_b) for sample in references])
    terms = _terms(bgr, gamma)
    left_out = np.array([
        terms[at] @ _solve(np.delete(terms, at, 0), np.delete(truth, at, 0)) for at in range(len(truth))
    ])  # fmt: skip
    rd_rmse, b_rmse = np.sqrt(np.mean(np.square(left_out - truth), axis=0))
    if rd_rmse > MAX_RD_RMSE or b_rmse > MAX_B_RMSE:
        worst = int(np.abs(left_out - truth).sum(axis=1).argmax())
        raise VisionError(
            f"camera {camera_id}: a sample left out is missed by {rd_rmse:.2f} Rd and {b_rmse:.2f} +b, "
            f"allowed are {MAX_RD_RMSE} and {MAX_B_RMSE}; worst is sample {worst + 1}: clean and check it"
        )
    solved = _solve(terms, truth)
    return ColourRegression(
        camera_id=camera_id,
        rd_of=tuple(float(value) for value in solved[:, 0]),
        b_of=tuple(float(value) for value in solved[:, 1]),
        gamma=gamma,
        rd_rmse=float(rd_rmse),
        b_rmse=float(b_rmse),
        lowest=(float(truth[:, 0].min()), float(truth[:, 1].min())),
        highest=(float(truth[:, 0].max()), float(truth[:, 1].max())),
        samples=len(references),
        solved_utc=solved_utc,
        expires_utc=expires_utc,
    )


def _usable(references: Sequence[ReferenceSample], camera_id: str) -> NDArray[np.float64]:
    if len(references) < LEAST_SAMPLES:
        raise VisionError(
            f"camera {camera_id}: {len(references)} reference samples, at least {LEAST_SAMPLES} are needed; "
            "use the tile set of the colorimeter, or reference cottons"
        )
    bgr = np.array([sample.bgr for sample in references])
    if bgr.max() > 250 or bgr.min() < 5:
        at = int(np.argmax((bgr.max(axis=1) > 250) | (bgr.min(axis=1) < 5)))
        raise VisionError(
            f"camera {camera_id}: reference sample {at + 1} is seen at {bgr[at].round().tolist()}, "
            "5 to 250 is usable; change exposure or light"
        )
    return bgr


def references_file(folder: Path, camera_id: str) -> Path:
    """Where a camera's regression lies in a folder of calibrations."""
    return folder / f"{camera_id}.lint.json"


def save_lint_colour(regression: ColourRegression, path: Path) -> None:
    """Write it as JSON, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(asdict(regression), default=str, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def load_lint_colour(path: Path) -> ColourRegression:
    """Read what `save_lint_colour` wrote.

    Raises:
        VisionError: there is none, or it is damaged.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        for key in ("solved_utc", "expires_utc"):
            table[key] = datetime.fromisoformat(table[key])
        for key in ("rd_of", "b_of", "lowest", "highest"):
            table[key] = tuple(table[key])
        return ColourRegression(**table)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VisionError(f"{path}: no colour calibration of lint ({error}); make it again") from error


def _terms(bgr: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    blue, green, red = np.power(np.maximum(bgr, 0.0) / 255, gamma).T
    return np.stack([np.ones(len(bgr)), red, green, blue], axis=1)


def _solve(terms: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    middle, level = terms[:, 1:].mean(axis=0), truth.mean(axis=0)
    centred = terms[:, 1:] - middle
    grown = centred.T @ centred
    ridge = RIDGE * np.trace(grown) / 3 * np.eye(3)
    slopes = np.linalg.solve(grown + ridge, centred.T @ (truth - level))
    return np.concatenate([(level - middle @ slopes)[None], slopes])
