"""maqta calibrate show: what a camera's calibration is, with all figures."""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.calibration_store import CalibrationStore

NAME = "show"
HELP = (
    "Show a camera's calibration with its figures, sources and expiry; exit code 1 when a part has expired."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("camera")
    parser.add_argument("--version", metavar="VERSION", help="default: the one that counts")


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Print it."""
    from service.commands.calibrate_actions.text import describe

    now = datetime.now(UTC)
    version = args.version or store.active_version(args.camera)
    calibration = store.load(args.camera, version)
    sys.stdout.write(f"{describe(calibration, now)}\n")
    return int(calibration.is_expired(now))
