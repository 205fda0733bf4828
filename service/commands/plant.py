"""maqta plant: the plant process with its API and panel."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.settings import PlantSettings

NAME = "plant"
HELP = "Run the plant: takes the lines' events, counts, grades, and serves the panel."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("config", type=Path, metavar="PLANT.toml")
    parser.add_argument(
        "--reset-password", metavar="LOGIN", help="print a new password for a user who forgot it, and end"
    )
    parser.add_argument("--with-parent", action="store_true", help="stop when the starting process ends")


def run(args: argparse.Namespace) -> int:
    """Run until stopped."""
    from service.logs import set_up_logging
    from service.settings_file import load_plant
    from service.stopping import stop_on_signals
    from service.web.main import run_plant

    settings = load_plant(args.config)
    set_up_logging("plant")
    if args.reset_password is not None:
        return _reset_password(settings, args.reset_password)
    return run_plant(settings, stop_on_signals(with_parent=args.with_parent), _announce)


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.plant.errors import PlantError
    from service.settings_file import SettingsError

    return (SettingsError, PlantError)


def _reset_password(settings: "PlantSettings", login: str) -> int:
    from service.plant.plant import Plant

    plant = Plant.open(settings, lambda: datetime.now(UTC))
    try:
        password = plant.people.reset_password(login, "console")
    finally:
        plant.close()
    _announce(f"{login} logs in with the password {password} and must choose another one then")
    return 0


def _announce(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
