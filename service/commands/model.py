"""maqta model: the registry's recipes: which there are, which judges, which looks on."""

import argparse
from pathlib import Path

from service.commands.actions import add_actions
from service.commands.model_actions import ACTIONS

NAME = "model"
HELP = "List the recipes of the registry, activate one, let one look on as shadow, or roll back."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments and its actions."""
    parser.add_argument("--registry", type=Path, metavar="DIR", help="default: var/registry")
    add_actions(parser, ACTIONS)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    from service.home import default_registry
    from vision.registry import Registry

    return int(args.action.run(args, Registry(args.registry or default_registry())))


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.line.errors import LineError
    from vision.types import VisionError

    return (VisionError, LineError)
