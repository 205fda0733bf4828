"""maqta calibrate colour: camera colours to CIE L*a*b*, from a picture of a 24-patch chart."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.calibrate_actions.part import add_camera, keep, read_pictures, record_of

if TYPE_CHECKING:
    from vision.calibration_store import CalibrationStore

NAME = "colour"
HELP = "Solve colour from a picture of a 24-patch chart, whichever way up it lies."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    add_camera(parser)
    parser.add_argument(
        "--chart-values",
        type=Path,
        metavar="CSV",
        help="this chart's own certificate (default: published values of charts made since November 2014)",
    )
    parser.add_argument("picture", type=Path, metavar="PICTURE")


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Find the chart, solve, check against the limits, keep."""
    from vision.calibration import Part, with_part
    from vision.chart import load_reference, read_chart
    from vision.colour import delta_e_2000
    from vision.colour_fit import check_colour_fit, solve_colour
    from vision.preprocess import Corrector

    before = store.active(args.camera)
    chart = load_reference(args.chart_values)
    (pixels,) = read_pictures([args.picture])
    reading = read_chart(Corrector(before).correct(pixels), chart)
    if before.colour is not None:
        drift = delta_e_2000(before.colour.lab(reading.bgr), chart.lab)
        sys.stdout.write(
            f"by the calibration so far: ΔE00 {drift.mean():.2f} mean, {drift.max():.2f} worst\n"
        )
    fit = solve_colour(reading.bgr, chart)
    for name, bgr, off in zip(chart.names, reading.bgr, fit.delta_e, strict=True):
        blue, green, red = bgr
        sys.stdout.write(f"{name:24} R {red:5.1f} G {green:5.1f} B {blue:5.1f}  ΔE00 {off:4.2f}\n")
    check_colour_fit(fit, chart, camera_id=args.camera)
    record = record_of(args, Part.COLOUR, fit.figures(), [args.picture])
    return keep(store, with_part(before, record, colour=fit.model), Part.COLOUR)
