"""maqta calibrate: what a camera's pixels are in millimetres, in light and in colour."""

import argparse
from pathlib import Path

from service.commands.actions import add_actions
from service.commands.calibrate_actions import ACTIONS

NAME = "calibrate"
HELP = "Calibrate a camera from pictures of targets: scale and lens, flat field, colour; print the targets."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments and its actions."""
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="where calibrations are kept (default: var/calibrations)"
    )
    add_actions(parser, ACTIONS)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    from service.home import home
    from vision.calibration_store import CalibrationStore

    return int(args.action.run(args, CalibrationStore(args.store or home() / "calibrations")))


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from vision.types import VisionError

    return (VisionError, OSError)
