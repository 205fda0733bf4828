"""maqta model parity: take a recipe through the parity gate on good pictures, by torch as well if asked."""

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.parity_check import OtherPath
    from vision.registry import Registry

NAME = "parity"
HELP = "Compare every way to compute a recipe's graph on its good pictures; needed before it is activated."
NOT_PASSED = 1  # exit code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("recipe", metavar="ARTICLE_OR_DIR")
    parser.add_argument("--good", type=Path, required=True, metavar="DIR", help="folder of good pictures")
    parser.add_argument(
        "--torch", action="store_true", help="also compute the graph by torch (needs the training extra)"
    )


def run(args: argparse.Namespace, registry: "Registry") -> int:
    """Run the gate, put the report with the bundle, print it; exit code 1 when it did not pass."""
    from service.learning import good_pictures, run_gate

    folder = registry.resolve(args.recipe)
    others = (_torch_path(folder),) if args.torch else ()
    pictures = good_pictures(args.good, _say)
    report = run_gate(folder, pictures, _say, others)
    sys.stdout.write(f"{folder}\t{'passed' if report.passed else 'not passed'}\n")
    return 0 if report.passed else NOT_PASSED


def _torch_path(folder: Path) -> "OtherPath":
    from vision.bundle import load_bundle
    from vision.parity_check import OtherPath
    from vision.types import VisionError

    if importlib.util.find_spec("torch") is None:
        raise VisionError("--torch needs torch, which is not installed; run: pip install 'maqta[training]'")
    gate = importlib.import_module("training.gate")  # by name: nothing in service imports training
    return OtherPath(name="torch", run=gate.torch_twin(load_bundle(folder).model), is_exact=True)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
