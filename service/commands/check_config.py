"""maqta check-config: read a settings file and say what is wrong with it."""

import argparse
import sys
from pathlib import Path

NAME = "check-config"
HELP = "Check a LINE.toml, PLANT.toml or RUN.toml without starting anything."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("config", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Read the file and everything it names."""
    from service.settings import RunSettings
    from service.settings_file import load_any, load_site

    settings = load_any(args.config)
    if isinstance(settings, RunSettings):
        load_site(settings)
    kind = type(settings).__name__.removesuffix("Settings").lower()
    sys.stdout.write(f"{args.config}: good {kind} settings\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.settings_file import SettingsError

    return (SettingsError,)
