"""maqta inspect: pictures through the line's own path, offline."""

import argparse
import sys
from pathlib import Path

from vision.provider import Provider

NAME = "inspect"
HELP = "Inspect pictures with a learnt recipe and write what was found."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "--recipe", required=True, metavar="NAME_OR_DIR", help="article name, or a bundle's folder"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where inspections.jsonl goes")
    parser.add_argument("--maps", action="store_true", help="also write a 16-bit score map of each picture")
    parser.add_argument(
        "--registry", type=Path, metavar="DIR", help="where recipes are looked up (default: var/registry)"
    )
    parser.add_argument(
        "--provider",
        choices=[provider.value for provider in Provider],
        default=Provider.CPU.value,
        help="where the graph is computed; it runs there or the command fails (default: cpu)",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")


def run(args: argparse.Namespace) -> int:
    """Inspect; exit code 1 when a picture could not be inspected."""
    from service.home import default_registry
    from vision.offline import inspect_files
    from vision.registry import Registry

    return inspect_files(
        args.recipe,
        args.images,
        args.out,
        registry=Registry(args.registry or default_registry()),
        write_maps=args.maps,
        progress=_say,
        provider=Provider(args.provider),
    )


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from vision.types import VisionError

    return (VisionError, OSError)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
