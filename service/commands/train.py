"""maqta train: the base CNN from a training recipe; the only command that needs the `training` extra."""

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path

NAME = "train"
HELP = "Train the base CNN on rendered cloth (needs the training extra: torch)."


class TrainingMissingError(Exception):
    """The training extra is not installed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    parser.add_argument(
        "--out", type=Path, default=Path("build/train"), metavar="DIR", help="the run's folder"
    )


def run(args: argparse.Namespace) -> int:
    """Train to the end, or go on from the run's last checkpoint."""
    if importlib.util.find_spec("torch") is None:
        raise TrainingMissingError(
            "training needs torch, which is not installed; run: pip install 'maqta[training]'"
        )
    loop = importlib.import_module("training.loop")  # by name: nothing in service imports training
    result = loop.train(args.recipe, args.out, lambda text: sys.stderr.write(f"{text}\n"))
    sys.stdout.write(f"{result}\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from vision.types import VisionError

    known = (TrainingMissingError, VisionError, OSError)
    if importlib.util.find_spec("torch") is None:
        return known
    return (*known, importlib.import_module("training.config").TrainingError)
