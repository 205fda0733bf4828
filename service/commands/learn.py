"""maqta learn: an article's recipe from good pictures only."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from service.commands.promise import add_rates
from service.commands.scale import scale

NAME = "learn"
HELP = "Learn an article from pictures of good cloth or lint; no labels and no GPU needed."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--good", type=Path, required=True, metavar="DIR", help="folder of good pictures")
    parser.add_argument("--article", type=_article, required=True, metavar="NAME", help="name of the article")
    parser.add_argument(
        "--mm-per-px",
        type=scale,
        required=True,
        metavar="X",
        help="millimetres of cloth that one pixel shows",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="also put the bundle into this folder")
    parser.add_argument(
        "--registry", type=Path, metavar="DIR", help="where it is registered (default: var/registry)"
    )
    parser.add_argument("--material", choices=("fabric", "fibre"), default="fabric", help="default: fabric")
    add_rates(parser, default=10.0)
    parser.add_argument(
        "--no-activate", action="store_true", help="register as candidate, don't make it active"
    )
    parser.add_argument("--demo", action="store_true", help="the pictures are rendered: mark the recipe DEMO")


def run(args: argparse.Namespace) -> int:
    """Learn, register and (unless told otherwise) activate."""
    from service.home import default_registry
    from service.learning import learn_folder

    folder = learn_folder(
        good=args.good,
        article=args.article,
        mm_per_px=args.mm_per_px,
        material=args.material,
        registry_dir=args.registry or default_registry(),
        activate=not args.no_activate,
        demo=args.demo,
        created_utc=datetime.now(UTC),
        progress=_say,
        out=args.out,
        false_alarms_per_100m=args.false_alarms_per_100m,
        doubts_per_100m=args.doubts_per_100m,
    )
    sys.stdout.write(f"{folder}\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from vision.types import VisionError

    return (VisionError, OSError)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _article(text: str) -> str:
    if not 0 < len(text.strip()) <= 80 or not text.isprintable() or "/" in text or "\\" in text:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name for an article; give 1 to 80 characters without slashes, as in LINE.toml"
        )
    return text
