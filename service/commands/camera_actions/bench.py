"""maqta camera bench: how fast a line's camera is, and what becomes of its frames."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

NAME = "bench"
HELP = "Measure a line's camera: frames a second, damaged and missing ones, age, load."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("config", type=Path, metavar="LINE.toml")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--hz", type=float, help="triggers a second (default: the line's nominal speed)")


def run(args: argparse.Namespace) -> int:
    """Print one JSON object; exit code 1 when no frame came."""
    from service.line.camera_bench import measure_camera
    from service.line.camera_stand import opened_camera
    from service.settings_file import load_line

    settings = load_line(args.config)
    with opened_camera(settings, rate_hz=args.hz) as camera:
        figures = measure_camera(camera, args.seconds)
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 0 if figures.frames else 1
