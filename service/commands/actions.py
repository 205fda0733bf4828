"""Actions of a subcommand (`maqta camera list`): one module each, with NAME, HELP and `add_arguments`."""

import argparse
from collections.abc import Sequence
from types import ModuleType


def add_actions(parser: argparse.ArgumentParser, actions: Sequence[ModuleType]) -> None:
    """Offer the actions; the module of the one that is asked for lies in `action` of the arguments."""
    offered = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action in actions:
        sub = offered.add_parser(action.NAME, help=action.HELP, description=action.HELP)
        action.add_arguments(sub)
        sub.set_defaults(action=action)
