"""maqta calibrate target: a board to print, in true size."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.calibrate_actions.board import add_board, board_size

if TYPE_CHECKING:
    from vision.calibration_store import CalibrationStore

NAME = "target"
HELP = (
    "Write the ChArUco board as PDF or PNG in true size; print it unscaled, on plate or foil, not on paper."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    add_board(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends with .pdf or .png")


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Draw it."""
    from vision.printed_target import write_target

    size = board_size(args)
    width_mm, height_mm = write_target(size, args.out)
    sys.stdout.write(
        f"{args.out}: {width_mm:g} x {height_mm:g} mm; check the printed rule with a steel one\n"
    )
    return 0
