"""maqta model show: all that is known of one bundle."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.registry import Registry

NAME = "show"
HELP = "Show one recipe: its card, its thresholds and its history."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("recipe", metavar="BUNDLE", help="a bundle's id or folder, or an article's name")


def run(args: argparse.Namespace, registry: "Registry") -> int:
    """Print card and history."""
    from service.commands.model_actions.listing import describe

    sys.stdout.write(describe(registry, args.recipe))
    return 0
