"""maqta sorter: a person's hands on the sorter's controller, or on its twin."""

import argparse

from service.commands.sorter_actions import ACTIONS

NAME = "sorter"
HELP = (
    "Look at the sorter's controller, move one output by hand, measure clock and encoder, or play its twin."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action in ACTIONS:
        sub = actions.add_parser(action.NAME, help=action.HELP, description=action.HELP)
        action.add_arguments(sub)
        sub.set_defaults(action=action)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    return int(args.action.run(args))


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from firmware_bridge.types import BridgeError
    from service.settings_file import SettingsError

    return (BridgeError, SettingsError)
