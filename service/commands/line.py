"""maqta line: one line process."""

import argparse
from pathlib import Path

NAME = "line"
HELP = "Run one line: camera, inspector, sorter and its event log."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("config", type=Path, metavar="LINE.toml")
    parser.add_argument("--with-parent", action="store_true", help="stop when the starting process ends")


def run(args: argparse.Namespace) -> int:
    """Run until stopped."""
    from service.line.main import run_line
    from service.logs import set_up_logging
    from service.settings_file import load_line
    from service.stopping import stop_on_signals

    settings = load_line(args.config)
    set_up_logging(settings.line)
    return run_line(settings, stop_on_signals(with_parent=args.with_parent))


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from firmware_bridge.types import BridgeError
    from service.line.errors import LineError
    from service.settings_file import SettingsError
    from vision.types import VisionError

    return (SettingsError, VisionError, BridgeError, LineError)
