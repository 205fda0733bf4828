"""maqta calibrate flat: even light, from pictures of a white target."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.calibrate_actions.part import add_camera, keep, read_pictures, record_of

if TYPE_CHECKING:
    from vision.calibration_store import CalibrationStore

NAME = "flat"
HELP = "Solve gain and dark offset from pictures of an even white target, best while it moves."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    add_camera(parser)
    parser.add_argument("--white", nargs="+", type=Path, required=True, metavar="PICTURE", help="4 or more")
    parser.add_argument(
        "--dark", nargs="+", type=Path, default=[], metavar="PICTURE", help="with the lens covered"
    )
    parser.add_argument(
        "--per-pixel",
        action="store_true",
        help="a gain for every pixel: area cameras (default: every column)",
    )
    parser.add_argument(
        "--white-grey",
        type=float,
        metavar="GREY",
        help="grey of the target afterwards, the same each shift (default: its mean as seen)",
    )


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Solve, check against the limits, keep."""
    from vision.calibration import Part, with_part
    from vision.flat_field import solve_flat_field
    from vision.types import VisionError

    if args.white_grey is not None and not 64 <= args.white_grey <= 250:
        raise VisionError(f"--white-grey is {args.white_grey:g}; give 64 to 250")
    before = store.active(args.camera)
    field = solve_flat_field(
        read_pictures(args.white),
        read_pictures(args.dark),
        per_pixel=args.per_pixel,
        white_grey=args.white_grey,
    )
    record = record_of(args, Part.FLAT_FIELD, field.figures(), [*args.white, *args.dark])
    return keep(store, with_part(before, record, flat_field=field), Part.FLAT_FIELD)
