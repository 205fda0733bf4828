"""maqta camera twin: a GigE Vision camera without the camera, serving pictures of a folder."""

import argparse
from pathlib import Path

NAME = "twin"
HELP = "Serve pictures of a folder as a GigE Vision camera, to try the driver without one."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("--pictures", type=Path, required=True, metavar="DIR")
    parser.add_argument("--interface", default="127.0.0.1", help="address or name (default: loopback)")
    parser.add_argument("--lost-per-1000", type=float, default=0.0, help="packets that are not sent")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from vision.cameras.gige_twin import main

    return main(
        [
            "--pictures",
            str(args.pictures),
            "--interface",
            args.interface,
            "--lost-per-1000",
            str(args.lost_per_1000),
            "--no-stamp",
        ]
    )
