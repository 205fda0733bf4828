"""maqta camera show: open a line's camera, set it, and say what it holds."""

import argparse
import sys
from dataclasses import fields
from pathlib import Path

NAME = "show"
HELP = "Open a line's camera, set it as its file says, read it back and show it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("config", type=Path, metavar="LINE.toml")


def run(args: argparse.Namespace) -> int:
    """A setting that the camera doesn't hold is an error that names both values."""
    from service.line.camera_stand import opened_camera
    from service.settings_file import load_line

    settings = load_line(args.config)
    with opened_camera(settings) as camera:
        sys.stdout.write(
            f"camera {camera.camera_id}: {camera.columns} x {camera.rows} px, {camera.channels} channel(s), "
            f"{camera.mm_per_px:g} mm/px: {camera.columns * camera.mm_per_px:g} x "
            f"{camera.rows * camera.mm_per_px:g} mm of the web\n"
        )
        for item in fields(settings.camera):
            value = getattr(settings.camera, item.name)
            shown = "the camera's own" if value is None else value
            sys.stdout.write(f"  {item.name:16} {shown}\n")
        sys.stdout.write("set and read back\n")
    return 0
