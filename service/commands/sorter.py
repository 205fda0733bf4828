"""maqta sorter: a person's hands on the sorter's controller, or on its twin."""

import argparse

from service.commands.actions import add_actions
from service.commands.sorter_actions import ACTIONS

NAME = "sorter"
HELP = (
    "Look at the sorter's controller, move one output by hand, measure clock and encoder, or play its twin."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    add_actions(parser, ACTIONS)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    return int(args.action.run(args))


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from firmware_bridge.types import BridgeError
    from service.settings_file import SettingsError

    return (BridgeError, SettingsError)
