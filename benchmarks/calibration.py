"""Is the known truth found again, and what do correcting, placing and watching a frame cost?

    python benchmarks/calibration.py [--targets 10] [--json]

Truth: targets are rendered with a lens, a pose, noise and light drawn anew each time (area camera 1280 x 960,
line-scan 2048 px), solved, and the solved map compared with the exact one over the part of the picture that
the target's corners span. Charts are rendered from spectra under five lamps by a camera with noise and uneven
light that the flat field takes out first.

Asked for: scale within 0.1 %, points within 0.3 px, colour within 2 ΔE₀₀ in the mean. Worse is an error exit.
Times are of a 4096 x 256 px strip on one thread, the fastest of 200, and the share of the inspector's 33.7
ms.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.chart_scene import LAMPS, camera_bgr, load_spectra, render_chart, true_reference
from datasets.synthesis.targets import AreaView, LineView, ToTarget, render_board
from vision.calibration import Calibration
from vision.chart import read_chart
from vision.charuco import BoardSize, Corners, find_corners
from vision.colour_fit import solve_colour
from vision.flat_field import FlatField, solve_flat_field
from vision.health import PictureWatch
from vision.picture_figures import measure_picture
from vision.pixel_map import LineMap, PixelMap, placed_box
from vision.preprocess import Corrector
from vision.scale_fit import check_scale_fit, solve_line, solve_plane
from vision.types import Frame, PxBox

AREA = (1280, 960)
AREA_BOARD = BoardSize(across=30, along=23, square_mm=12)
LINE = (2048, 320)
LINE_BOARD = BoardSize(across=44, along=6, square_mm=12)
STRIP = (256, 4096)
INSPECTOR_MS = 33.7  # README: a strip, p50
MOST_SCALE, MOST_PX, MOST_DELTA_E = 1e-3, 0.3, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How far a solved target is from the truth."""

    rms_px: float  # of points over the spanned part
    worst_px: float
    scale: float  # relative error


def area_target(rng: np.random.Generator) -> Found:
    """Draw, solve and compare an area camera."""
    columns, rows = AREA
    k1 = rng.uniform(-0.2, 0.1)
    distortion = np.array([k1, -k1 * rng.uniform(0, 0.4), *rng.uniform(-5e-4, 5e-4, 2), 0.0])
    middle = np.array([columns, rows]) / 2 + rng.uniform(-15, 15, 2)
    view = AreaView(
        camera=np.array([[1500.0, 0, middle[0]], [0, 1500.0, middle[1]], [0, 0, 1]]),
        distortion=distortion,
        rotation=rng.uniform(-0.05, 0.05, 3),
        translation_mm=np.array([-AREA_BOARD.width_mm / 2, -AREA_BOARD.height_mm / 2, 430.0]),
    )
    pixels = render_board(AREA_BOARD, view.to_target, columns=columns, rows=rows, rng=rng)
    corners = find_corners(pixels, AREA_BOARD, name="area")
    fit = solve_plane([corners], columns=columns, rows=rows)
    check_scale_fit(fit, camera_id="area")
    return compared(fit.pixel_map, view.to_target, corners)


def line_target(rng: np.random.Generator) -> Found:
    """Draw, solve and compare a line-scan camera."""
    columns, rows = LINE
    view = LineView(
        columns=columns,
        mm_per_px=0.25,
        mm_per_row=0.25 * rng.uniform(0.98, 1.02),
        tilt=rng.uniform(-0.02, 0.02),
        barrel=rng.uniform(-0.008, 0.008),
        turned_rad=rng.uniform(-0.003, 0.003),
        target_turned_rad=rng.uniform(-0.01, 0.01),
        target_at_mm=(LINE_BOARD.width_mm / 2, -4.0),
    )
    pixels = render_board(LINE_BOARD, view.to_target, columns=columns, rows=rows, rng=rng)
    corners = find_corners(pixels, LINE_BOARD, name="line")
    fit = solve_line(corners, columns=columns, encoder_mm_per_row=view.mm_per_row)
    check_scale_fit(fit, camera_id="line")
    return compared(fit.pixel_map, view.web_mm, corners)


def compared(found: PixelMap, truth: ToTarget, corners: Corners) -> Found:
    """Compare over a grid within the corners; where the frames lie and how they are turned is left free."""
    low, high = corners.px.min(axis=0), corners.px.max(axis=0)
    grid = np.stack(
        np.meshgrid(np.linspace(low[0], high[0], 40), np.linspace(low[1], high[1], 30)), -1
    ).reshape(-1, 2)
    got, true = found.to_mm(grid), truth(grid)
    got, true = got - got.mean(axis=0), true - true.mean(axis=0)
    u, stretch, v = np.linalg.svd(got.T @ true)
    off = np.hypot(*(got @ u @ v - true).T) / found.mm_per_px
    return Found(
        rms_px=float(np.sqrt(np.mean(off**2))),
        worst_px=float(off.max()),
        scale=float(stretch.sum() / (got**2).sum() - 1),
    )


def colours(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Mean ΔE₀₀ by lamp, and on patches that the solution did not see."""
    spectra = load_spectra()
    chart = true_reference(spectra)
    found = {}
    for lamp in LAMPS:
        fall = 0.25
        scene = render_chart(
            spectra, lamp=lamp, columns=900, rows=700, pitch_px=115,
            turned_rad=rng.uniform(-0.1, 0.1), rng=rng, light_fall=fall,
        )  # fmt: skip
        light = 1 - fall * np.linspace(-1, 1, 900) ** 2
        paper = camera_bgr(spectra, lamp, np.full((1, spectra.nm.size), 0.8))[0]
        white = [
            np.round(light[None, :, None] * paper + rng.standard_normal((64, 900, 3)))
            .clip(0, 255)
            .astype(np.uint8)
            for _ in range(8)
        ]
        field = solve_flat_field(white, per_pixel=False)
        even = Corrector(Calibration(camera_id="c", mm_per_px=0.25, flat_field=field)).correct(scene.pixels)
        fit = solve_colour(read_chart(even, chart).bgr, chart)
        found[lamp] = {name: round(value, 3) for name, value in fit.figures().items()}
    return found


def times(rng: np.random.Generator) -> dict[str, float]:
    """Milliseconds a strip."""
    strips = [rng.integers(60, 200, STRIP, dtype=np.uint8) for _ in range(8)]
    gain = np.linspace(0.8, 1.3, STRIP[1]).astype(np.float32)
    watch = PictureWatch(measure_picture(strips[0]))
    number = iter(range(1 << 30))
    bent = LineMap(columns=STRIP[1], across_mm=(500.0, 512.0, 3.0, -4.0), skew_mm=(0.0,), mm_per_row=0.25)
    boxes = [PxBox(x0=40 * n, y0=8 * n, x1=40 * n + 30, y1=8 * n + 16) for n in range(30)]

    def corrector(dark: float | None) -> Corrector:
        field = FlatField(
            gain=gain,
            dark=None if dark is None else np.full(STRIP[1], dark, np.float32),
            channels=1,
            uneven_before_pct=0.0,
            uneven_after_pct=0.0,
        )
        return Corrector(Calibration(camera_id="c", mm_per_px=0.25, flat_field=field))

    plain, with_dark = corrector(None), corrector(3.0)
    return {
        "correct_ms": fastest_ms(lambda: plain.correct(strips[0])),
        "correct_with_dark_ms": fastest_ms(lambda: with_dark.correct(strips[0])),
        "watch_ms": fastest_ms(lambda: watch.look(frame_of(strips, next(number)))),
        "place_30_findings_ms": fastest_ms(lambda: [placed_box(box, bent) for box in boxes]),
    }


def frame_of(strips: list[NDArray[np.uint8]], number: int) -> Frame:
    """One of some strips as a frame."""
    return Frame(
        camera_id="c",
        seq=number,
        pixels=strips[number % len(strips)],
        captured_ns=number,
        captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
    )


def fastest_ms(work: Callable[[], object]) -> float:
    """The fastest of 200: what the work costs where nothing disturbs it."""
    taken = []
    for _ in range(200):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return round(min(taken) * 1e3, 3)


def main() -> int:
    """Measure, print, and say whether all is within what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=10, help="rendered targets of each kind")
    parser.add_argument("--json", action="store_true", help="one line of JSON at the end")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(20261124)
    figures: dict[str, object] = {"targets": args.targets}
    good = True
    for name, target in (("area", area_target), ("line_scan", line_target)):
        found = [target(rng) for _ in range(args.targets)]
        worst_scale = max(abs(one.scale) for one in found)
        rms = max(one.rms_px for one in found)
        worst = max(one.worst_px for one in found)
        figures[name] = {
            "scale_error_pct_worst": round(100 * worst_scale, 4),
            "point_rms_px_worst": round(rms, 3),
            "point_worst_px": round(worst, 3),
        }
        good &= worst_scale <= MOST_SCALE and worst <= MOST_PX
    figures["colour"] = colour = colours(rng)
    good &= all(lamp["delta_e_mean"] <= MOST_DELTA_E for lamp in colour.values())
    figures["times"] = spent = times(rng)
    figures["share_of_inspector_pct"] = round(
        100 * (spent["correct_with_dark_ms"] + spent["watch_ms"]) / INSPECTOR_MS, 1
    )
    print(json.dumps(figures) if args.json else json.dumps(figures, indent=1, ensure_ascii=False))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
