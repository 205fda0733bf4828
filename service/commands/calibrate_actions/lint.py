"""maqta calibrate lint: Rd and +b from pictures of reference samples that a colorimeter measured."""

import argparse
import csv
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.calibrate_actions.part import add_camera, read_pictures

if TYPE_CHECKING:
    from vision.calibration import Calibration
    from vision.calibration_store import CalibrationStore
    from vision.lint_colour import ReferenceSample

NAME = "lint"
HELP = "Solve Rd and +b from pictures of reference samples: SAMPLES.csv has rd, plus_b, picture."
VALID_HOURS = 12.0  # a shift, as the chart's colour
COLUMNS = ("rd", "plus_b", "picture")
CELL_PX = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    add_camera(parser)
    parser.add_argument("samples", type=Path, metavar="SAMPLES.csv")


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Measure each sample with its trash masked out, solve, check against the limits, keep."""
    from vision.lint_colour import fit_lint_colour, references_file, save_lint_colour

    before = store.active(args.camera)
    references = [_sample(args.samples, number, row, before) for number, row in _rows(args.samples)]
    now = datetime.now(UTC).replace(microsecond=0)
    fitted = fit_lint_colour(
        references,
        camera_id=args.camera,
        solved_utc=now,
        expires_utc=now + timedelta(hours=args.valid_hours or VALID_HOURS),
    )
    path = references_file(store.folder, args.camera)
    save_lint_colour(fitted, path)
    for sample in references:
        blue, green, red = sample.bgr
        sys.stdout.write(
            f"Rd {sample.rd:5.1f} +b {sample.plus_b:4.1f}  R {red:5.1f} G {green:5.1f} B {blue:5.1f}\n"
        )
    sys.stdout.write(
        f"{fitted.samples} samples; one left out is missed by {fitted.rd_rmse:.2f} Rd, "
        f"{fitted.b_rmse:.2f} +b; "
        f"holds until {fitted.expires_utc:%Y-%m-%d %H:%M} UTC: {path}\n"
    )
    return 0


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    from vision.types import VisionError

    with path.open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (table.fieldnames or ())]:
            raise VisionError(f"{path}: column {missing[0]!r} is missing; give {', '.join(COLUMNS)}")
        return list(enumerate(table, start=2))


def _sample(path: Path, number: int, row: dict[str, str], before: "Calibration") -> "ReferenceSample":
    import numpy as np

    from vision.lint_colour import ReferenceSample
    from vision.particles import find_particles
    from vision.preprocess import Corrector
    from vision.trash import measure_fibre
    from vision.types import VisionError

    try:
        rd, plus_b = float(row["rd"]), float(row["plus_b"])
    except ValueError as error:
        raise VisionError(f"{path}, line {number}: {error}; give Rd and +b as numbers") from error
    (picture,) = read_pictures([path.parent / row["picture"]])
    pixels = Corrector(before).correct(picture)
    if pixels.ndim == 2:
        raise VisionError(f"{path}, line {number}: {row['picture']} is grey; colour needs a colour camera")
    rows, columns = (size // CELL_PX for size in pixels.shape[:2])
    measured = measure_fibre(pixels, np.zeros((rows, columns), np.bool_), find_particles(pixels))
    if not measured.fibre_cover_pct:
        raise VisionError(
            f"{path}, line {number}: {row['picture']} shows no lint; fill the picture with the sample"
        )
    return ReferenceSample(rd=rd, plus_b=plus_b, bgr=measured.mean_bgr)
