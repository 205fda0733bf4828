"""Scale and distortion from a target of known size: what one pixel shows, everywhere in the picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.charuco import Corners
from vision.pixel_map import JoinedMap, LineMap, PixelMap, PlaneMap, undistorted
from vision.types import VisionError

MAX_RMS_PX: Final = 0.3  # of the corners around the solved map
MAX_WORST_PX: Final = (
    1.5  # a corner further off than this is not where the target says: it is bent or misread
)
MAX_SIDES_DIFFER: Final = 0.05  # pixels may be so much longer than wide; recipes are learnt with square ones
MAX_ALONG_DIFFERS: Final = 0.005  # between the encoder's rows and the target's
MIN_SPAN_SHARE: Final = 0.85  # of the picture that the corners must span; beyond them the map only guesses
MIN_CORNER_COLUMNS: Final = 8  # of the target before one line-scan camera; its map has five coefficients
MIN_CORNER_GAP_PX: Final = 8.0  # corners nearer than this stand in one column
LINE_DEGREE: Final = 4  # tilt and lens of a line-scan camera along its one line
# What the target says little of stays small: the centre of a lens without distortion, high orders at
# corners that the target does not reach. In px for the centre a radius away, and for k1, k2, k3 = 1.
_PULL_PX: Final = np.array([2.0, 2.0, 0.0, 3.0, 10.0])
_STEPS: Final = 40  # of the solver; it needs about six


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFit:
    """A solved map and how well the target's corners agree with it."""

    pixel_map: PixelMap
    corners: int
    rms_px: float
    worst_px: float
    span_share: float  # of the picture's width between the outermost corners; of its height too on a plane
    target_x0_mm: float  # where the picture's left edge lies on the target: joins cameras side by side
    target_along_mm_per_row: float  # by the target alone
    turned_mrad: float  # of the target against the web (line-scan) or against the picture

    def figures(self) -> dict[str, float]:
        """Return what is kept with the calibration."""
        return {
            "mm_per_px": self.pixel_map.mm_per_px,
            "mm_per_row": self.pixel_map.mm_per_row,
            "corners": float(self.corners),
            "rms_px": self.rms_px,
            "worst_px": self.worst_px,
            "span_share": self.span_share,
            "target_x0_mm": self.target_x0_mm,
            "target_mm_per_row": self.target_along_mm_per_row,
            "turned_mrad": self.turned_mrad,
        }


def solve_line(
    corners: Corners, *, columns: int, encoder_mm_per_row: float | None, joints: tuple[int, ...] = ()
) -> ScaleFit:
    """Solve a line-scan camera from a target that the web carried past it.

    Across, the target gives the scale. Along, the encoder does where it is known, and the target checks it.

    Args:
        corners: of the target.
        columns: of the picture.
        encoder_mm_per_row: web between two rows; None: by the target.
        joints: first columns of further cameras in the same picture: each gets a map of its own.
    """
    u = 2 * corners.px[:, 0] / columns - 1
    row = corners.px[:, 1]
    base = _base(u, corners.px[:, 0], joints)
    solved = np.linalg.lstsq(np.column_stack([base, row]), corners.mm, rcond=None)[0]  # board x and y
    step = solved[-1]  # one row further, seen on the board: the web's direction
    target_along = float(np.hypot(*step))
    if target_along <= 0:
        raise VisionError("the target does not move from row to row; grab it while the web runs")
    way = step / target_along
    # Turn the board's frame so that y runs along the web.
    turn = np.array([[way[1], -way[0]], [way[0], way[1]]])
    coefficients = solved[:-1] @ turn.T
    residual = corners.mm @ turn.T - base @ coefficients
    residual[:, 1] -= target_along * row
    pixel_map, left = _line_map(coefficients, columns, joints, encoder_mm_per_row or target_along)
    off_px = np.hypot(residual[:, 0] / pixel_map.mm_per_px, residual[:, 1] / target_along)
    return ScaleFit(
        pixel_map=pixel_map,
        corners=len(row),
        rms_px=float(np.sqrt(np.mean(off_px**2))),
        worst_px=float(off_px.max()),
        span_share=float(np.ptp(corners.px[:, 0])) / columns,
        target_x0_mm=left,
        target_along_mm_per_row=target_along,
        turned_mrad=1e3 * float(np.arctan2(way[0], way[1])),
    )


def _base(u: NDArray[np.float64], x: NDArray[np.float64], joints: tuple[int, ...]) -> NDArray[np.float64]:
    """Powers of u (n, cameras x (degree + 1)); a corner has zeros where it is another camera's."""
    powers = np.column_stack([u**k for k in range(LINE_DEGREE + 1)])
    whose = np.searchsorted(joints, x, side="right")
    for number in range(len(joints) + 1):
        seen = len(np.unique(np.round(x[whose == number] / MIN_CORNER_GAP_PX)))
        if seen < MIN_CORNER_COLUMNS:
            raise VisionError(
                f"camera {number + 1} of {len(joints) + 1} in the picture sees {seen} columns of the "
                "target's "
                f"corners, at least {MIN_CORNER_COLUMNS} are needed; use a wider target or smaller squares"
            )
    return np.column_stack([powers * (whose == number)[:, None] for number in range(len(joints) + 1)])


def _line_map(
    coefficients: NDArray[np.float64], columns: int, joints: tuple[int, ...], mm_per_row: float
) -> tuple[LineMap | JoinedMap, float]:
    """Lay x = 0 at the picture's left edge, y = 0 in its middle; return the left edge on the board, too."""
    each = coefficients.reshape(len(joints) + 1, LINE_DEGREE + 1, 2)
    left = float(np.polynomial.polynomial.polyval(-1.0, each[0, :, 0]))
    middle = int(np.searchsorted(joints, columns / 2, side="right"))
    low = float(np.polynomial.polynomial.polyval(0.0, each[middle, :, 1]))
    parts = []
    for part in each:
        across, skew = part[:, 0].copy(), part[:, 1].copy()
        across[0] -= left
        skew[0] -= low
        parts.append(
            LineMap(
                columns=columns,
                across_mm=tuple(float(value) for value in across),
                skew_mm=tuple(float(value) for value in skew),
                mm_per_row=mm_per_row,
            )
        )
    if not joints:
        return parts[0], left
    return JoinedMap(columns=columns, joints=joints, parts=tuple(parts)), left


def solve_plane(views: Sequence[Corners], *, columns: int, rows: int) -> ScaleFit:
    """Solve an area camera; the first view shows the target lying on the web, further ones lie anywhere.

    The lens is what all views share, a homography what each has of its own. One flat view is enough: straight
    rows of corners must be straight.
    """
    start = PlaneMap(
        columns=columns,
        rows=rows,
        centre_px=(columns / 2, rows / 2),
        radius_px=0.5 * float(np.hypot(columns, rows)),
        radial=(0.0, 0.0, 0.0),
        homography=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    )
    lens = _solve_lens(start, views)
    flat = views[0]
    homography = _homography(lens.undistorted(flat.px), flat.mm)
    pixel_map = _squared_up(lens, homography)
    offsets = [_off_px(lens, view) for view in views]
    origin = _apply(homography, lens.undistorted(np.array([[0.0, rows / 2], [columns, rows / 2]])))
    direction = origin[1] - origin[0]
    off, seen = np.concatenate(offsets), np.concatenate([view.px for view in views])
    return ScaleFit(
        pixel_map=pixel_map,
        corners=sum(len(view.px) for view in views),
        rms_px=float(np.sqrt(np.mean(off**2))),
        worst_px=float(off.max()),
        span_share=min(float(np.ptp(seen[:, 0])) / columns, float(np.ptp(seen[:, 1])) / rows),
        target_x0_mm=float(origin[0, 0]),
        target_along_mm_per_row=pixel_map.mm_per_row,
        turned_mrad=1e3 * float(np.arctan2(direction[1], direction[0])),
    )


def check_scale_fit(fit: ScaleFit, *, camera_id: str) -> None:
    """Refuse a fit that is not good enough to measure by.

    Raises:
        VisionError: with the figure, the limit and the cure.
    """
    name, pixel_map = f"camera {camera_id}", fit.pixel_map
    if fit.rms_px > MAX_RMS_PX or fit.worst_px > MAX_WORST_PX:
        raise VisionError(
            f"{name}: the target's corners lie {fit.rms_px:.2f} px (worst {fit.worst_px:.2f} px) beside the "
            f"solved map, allowed are {MAX_RMS_PX:g} and {MAX_WORST_PX:g} px; lay the target flat, focus, "
            "keep "
            "the web's speed steady, and take the picture again"
        )
    if fit.span_share < MIN_SPAN_SHARE:
        raise VisionError(
            f"{name}: the target's corners span {fit.span_share:.0%} of the picture, at least "
            f"{MIN_SPAN_SHARE:.0%} are needed; use a larger target, or move it to the middle"
        )
    sides = pixel_map.mm_per_row / pixel_map.mm_per_px - 1
    if abs(sides) > MAX_SIDES_DIFFER:
        raise VisionError(
            f"{name}: a pixel is {pixel_map.mm_per_px:.4g} mm wide and {pixel_map.mm_per_row:.4g} mm long, "
            "they "
            f"may differ by {MAX_SIDES_DIFFER:.0%}; set the line rate or the encoder's divider so that "
            "pixels "
            "are square"
        )
    along = fit.target_along_mm_per_row / pixel_map.mm_per_row - 1
    if abs(along) > MAX_ALONG_DIFFERS:
        raise VisionError(
            f"{name}: by the encoder a row is {pixel_map.mm_per_row:.5g} mm, by the target "
            f"{fit.target_along_mm_per_row:.5g} mm, allowed is {MAX_ALONG_DIFFERS:.1%} between them; check "
            "web.counts_per_mm, the encoder wheel's slip and the lines per count"
        )


def _solve_lens(start: PlaneMap, views: Sequence[Corners]) -> PlaneMap:
    """Find centre and radial terms by Levenberg-Marquardt; the homographies follow from them each time."""

    def lens_at(values: NDArray[np.float64]) -> PlaneMap:
        centre = (
            start.centre_px[0] + values[0] * start.radius_px,
            start.centre_px[1] + values[1] * start.radius_px,
        )
        return replace(start, centre_px=centre, radial=(float(values[2]), float(values[3]), float(values[4])))

    def residuals(values: NDArray[np.float64]) -> NDArray[np.float64]:
        lens = lens_at(values)
        parts = [_residual_px(lens, view).ravel() for view in views]
        return np.concatenate([*parts, _PULL_PX * values])

    return lens_at(least_squares(residuals, np.zeros(5)))


def least_squares(
    residuals: Callable[[NDArray[np.float64]], NDArray[np.float64]], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minimise the sum of squares with numerical derivatives (Marquardt 1963)."""
    values, damping = start, 1e-3
    now = residuals(values)
    for _ in range(_STEPS):
        slopes = np.column_stack(
            [(residuals(values + move) - now) / 1e-6 for move in 1e-6 * np.eye(values.size)]
        )
        normal, slope = slopes.T @ slopes, slopes.T @ now
        step = -np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-12), slope)
        after = residuals(values + step)
        if after @ after < now @ now:
            gained = 1 - float(after @ after) / max(float(now @ now), 1e-30)
            values, now, damping = values + step, after, damping / 10
            if gained < 1e-9:
                break
        else:
            damping *= 10
            if damping > 1e8:
                break
    return values


def _residual_px(lens: PlaneMap, view: Corners) -> NDArray[np.float64]:
    """How far the target's corners lie from where they are seen, (n, 2) in undistorted pixels."""
    ideal = lens.undistorted(view.px)
    back = _apply(_homography(view.mm, ideal), view.mm)
    return (back - ideal) * lens.radius_px


def _off_px(lens: PlaneMap, view: Corners) -> NDArray[np.float64]:
    return np.asarray(np.hypot(*_residual_px(lens, view).T), np.float64)


def _homography(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    found, _ = cv2.findHomography(source, target, 0)
    if found is None:
        raise VisionError("the target's corners lie on one line; show more of the target")
    return np.asarray(found, np.float64)


def _apply(homography: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    placed = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(placed[:, :2] / placed[:, 2:], np.float64)


def _squared_up(lens: PlaneMap, homography: NDArray[np.float64]) -> PlaneMap:
    """Move and turn the board's frame to the picture's: x from its left edge, y from its first row."""
    columns, rows = lens.columns, lens.rows
    edges = np.array([[0.0, rows / 2], [columns, rows / 2], [columns / 2, 0.0]])
    left, right, top = _apply(homography, undistorted(edges, lens.centre_px, lens.radius_px, lens.radial))
    way = (right - left) / np.hypot(*(right - left))
    turn = np.array([[way[0], way[1], 0.0], [-way[1], way[0], 0.0], [0.0, 0.0, 1.0]])
    if float((turn[:2, :2] @ (left - top))[1]) < 0:
        raise VisionError("the target is seen mirrored; take the picture without a mirror, or flip it back")
    shift = np.eye(3)
    shift[0, 2] = -float(turn[0, :2] @ left)
    shift[1, 2] = -float(turn[1, :2] @ top)
    whole = shift @ turn @ homography
    return replace(lens, homography=tuple(float(value) for value in (whole / whole[2, 2]).ravel()))
