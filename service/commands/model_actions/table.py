"""maqta model list: every bundle of the registry, a line each."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.registry import Registry

NAME = "list"
HELP = "List all recipes: state, thresholds, what they were learnt from, what gate and lines say of them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("--json", action="store_true", help="a JSON array instead of a table")
    parser.add_argument(
        "--log",
        type=Path,
        action="append",
        default=[],
        metavar="EVENTLOG",
        help="a line's event log: what it says of shadows is counted; may be given several times",
    )


def run(args: argparse.Namespace, registry: "Registry") -> int:
    """Print the bundles by article, each article's oldest first."""
    from service.commands.model_actions.listing import BUNDLE_ROWS_CODEC, as_table, list_bundles

    rows = list_bundles(registry, args.log)
    text = BUNDLE_ROWS_CODEC.dump_json(rows, indent=1).decode() + "\n" if args.json else as_table(rows)
    sys.stdout.write(text)
    return 0
