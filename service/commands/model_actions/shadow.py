"""maqta model shadow: let a candidate see what the active bundle sees, without a say."""

import argparse
import sys
from typing import TYPE_CHECKING

from service.commands.model_actions.who import add_by, name_of

if TYPE_CHECKING:
    from vision.registry import Registry

NAME = "shadow"
HELP = "Let a candidate look on beside the active recipe, or end that."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("article")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("bundle_id", nargs="?")
    which.add_argument("--off", action="store_true", help="end it: the shadow is a candidate again")
    add_by(parser)


def run(args: argparse.Namespace, registry: "Registry") -> int:
    """Begin or end."""
    if args.off:
        bundle_id = registry.end_shadow(args.article, by=name_of(args))
        sys.stdout.write(f"{bundle_id} is a candidate again\n")
        return 0
    registry.start_shadow(args.article, args.bundle_id, by=name_of(args))
    sys.stdout.write(f"{args.bundle_id} looks on at {args.article} from the next start of its lines on\n")
    return 0
