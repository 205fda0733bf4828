"""maqta calibrate use: an older version counts again."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.calibration_store import CalibrationStore

NAME = "use"
HELP = "Let an older version count again; a running line takes it within seconds if its scale is the same."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("camera")
    parser.add_argument("version")


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Point to it."""
    calibration = store.use(args.camera, args.version)
    sys.stdout.write(f"{calibration.camera_id}\t{calibration.version}\n")
    return 0
