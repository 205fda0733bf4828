"""maqta dataset: freeze the labels of the panel into a dataset version."""

import argparse
import sys
from pathlib import Path

NAME = "dataset"
HELP = "Freeze the labels made on the panel, with their pictures, into a dataset version."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    freeze = actions.add_parser("freeze", help="write a version that never changes again")
    freeze.add_argument("--plant", type=Path, required=True, metavar="DIR", help="data_dir of the plant")
    freeze.add_argument("--out", type=Path, required=True, metavar="DIR")
    freeze.add_argument("--name", required=True)


def run(args: argparse.Namespace) -> int:
    """Freeze and print the version's id."""
    from datasets.labels import read_labels
    from datasets.store import PictureStore
    from datasets.types import DatasetError
    from datasets.version import freeze

    labels = args.plant / "labels.jsonl"
    if not labels.is_file():
        raise DatasetError(f"{labels}: there is no label log; give the plant's data_dir, as in PLANT.toml")
    version = freeze(read_labels(labels), PictureStore(args.plant / "pictures"), args.out, args.name)
    if version.demo:
        sys.stderr.write("DEMO: labels of rendered or simulated pictures are among them, each marked so\n")
    sys.stdout.write(f"{version.id}\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from datasets.types import DatasetError

    return (DatasetError, OSError)
