"""maqta model rollback: back to the bundle that was active before."""

import argparse
import sys
from typing import TYPE_CHECKING

from service.commands.model_actions.who import add_by, name_of

if TYPE_CHECKING:
    from vision.registry import Registry

NAME = "rollback"
HELP = "Go back to the recipe that was active before."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("article")
    add_by(parser)


def run(args: argparse.Namespace, registry: "Registry") -> int:
    """Roll back."""
    bundle_id = registry.roll_back(args.article, by=name_of(args))
    sys.stdout.write(f"{bundle_id} judges {args.article} from the next start of its lines on\n")
    return 0
