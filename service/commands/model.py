"""maqta model: list, activate and roll back recipes."""

import argparse
import sys
from pathlib import Path

from service.commands import model_parity, promise

NAME = "model"
HELP = "List the recipes of the registry, activate one, or roll back to the one before."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--registry", type=Path, metavar="DIR", help="default: var/registry")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    actions.add_parser("list", help="all recipes and which is active")
    activate = actions.add_parser("activate", help="make a candidate the active recipe")
    activate.add_argument("article")
    activate.add_argument("bundle_id")
    rollback = actions.add_parser("rollback", help="back to the recipe that was active before")
    rollback.add_argument("article")
    promise.add_action(actions)
    model_parity.add_arguments(actions.add_parser(model_parity.NAME, help=model_parity.HELP))


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    from service.home import default_registry
    from vision.registry import Registry

    registry = Registry(args.registry or default_registry())
    if args.action == model_parity.NAME:
        return model_parity.run(args, registry)
    if args.action == promise.ACTION:
        return promise.run_action(args, registry)
    if args.action == "activate":
        registry.activate(args.article, args.bundle_id)
    elif args.action == "rollback":
        registry.roll_back(args.article)
    for article in registry.list():
        for bundle_id, state in article.bundles.items():
            sys.stdout.write(f"{article.article}\t{bundle_id}\t{state}\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from vision.types import VisionError

    return (VisionError,)
