"""maqta run: a supervisor over the plant and its lines; the demo without a configuration."""

import argparse
import sys
from pathlib import Path

NAME = "run"
HELP = "Start the plant and its lines on this machine; without CONFIG a demo on rendered material."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "config", type=Path, nargs="?", metavar="CONFIG", help="a RUN.toml; default: the demo"
    )


def run(args: argparse.Namespace) -> int:
    """Supervise until stopped."""
    from service.home import home
    from service.logs import set_up_logging
    from service.settings_file import load_run
    from service.stopping import stop_on_signals
    from service.supervisor import Supervisor

    set_up_logging("run")
    stop = stop_on_signals()
    config: Path | None = args.config
    if config is None:
        from service.demo.prepare import prepare_demo

        config = prepare_demo(home() / "demo", _say)
    return Supervisor(load_run(config), _say).run(stop)


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.settings_file import SettingsError
    from vision.types import VisionError

    return (SettingsError, VisionError)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
