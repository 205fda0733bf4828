"""maqta model activate: make a bundle the one that judges, once the gate has let it pass."""

import argparse
import sys
from typing import TYPE_CHECKING

from service.commands.model_actions.who import add_by, name_of

if TYPE_CHECKING:
    from vision.registry import Registry

NAME = "activate"
HELP = "Make a candidate or shadow the active recipe, if the gate lets it pass."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("article")
    parser.add_argument("bundle_id")
    parser.add_argument("--why", default="", metavar="TEXT", help="reason, for the history")
    add_by(parser)


def run(args: argparse.Namespace, registry: "Registry") -> int:
    """Activate."""
    registry.activate(args.article, args.bundle_id, by=name_of(args), why=args.why)
    sys.stdout.write(f"{args.bundle_id} judges {args.article} from the next start of its lines on\n")
    return 0
