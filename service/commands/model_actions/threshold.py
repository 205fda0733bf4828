"""maqta model threshold: promise another rate of false alarms, without learning again."""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.commands.promise import add_rates

if TYPE_CHECKING:
    from vision.registry import Registry

NAME = "threshold"
HELP = "Promise another rate of false alarms, without learning again."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("article")
    add_rates(parser, default=None, required=False)
    parser.add_argument(
        "--kind", action="append", default=[], type=_kind, metavar="KIND=SCORE",
        help="one kind is defective from this score on, the others stay; see maqta twin trade",
    )  # fmt: skip
    parser.add_argument("--by", type=_words, required=True, metavar="WHO", help="who changes it")
    parser.add_argument("--why", type=_words, required=True, metavar="TEXT", help="why it is changed")


def run(args: argparse.Namespace, registry: "Registry") -> int:
    """Write the thresholds that keep the rate beside the article's bundle, as one more version."""
    from dataclasses import replace

    from vision.bundle import load_bundle
    from vision.card import KindThreshold
    from vision.overrides import add_override
    from vision.thresholds import promised_again, shortfall
    from vision.types import VisionError

    if bool(args.kind) == (args.false_alarms_per_100m is not None):
        raise VisionError("give either --false-alarms-per-100m N or --kind KIND=SCORE: one change a version")
    bundle = load_bundle(registry.resolve(args.article))
    note = ""
    if args.kind:
        changed = {one.kind: one.defective for one in bundle.card.thresholds.by_kind} | dict(args.kind)
        by_kind = tuple(KindThreshold(kind=kind, defective=at) for kind, at in sorted(changed.items()))
        thresholds = replace(bundle.card.thresholds, by_kind=by_kind)
    else:
        promise, thresholds = promised_again(bundle.card, args.false_alarms_per_100m, args.doubts_per_100m)
        note = shortfall(promise)
    version = add_override(
        bundle.folder, bundle.card, thresholds, by=args.by, utc=datetime.now(UTC), why=args.why
    )
    if note:
        sys.stderr.write(f"{note}\n")
    sys.stdout.write(
        f"{bundle.card.article}\t{bundle.card.bundle_id}\tversion {version}\t"
        f"unsure {thresholds.unsure:.3f}\tdefective {thresholds.defective:.3f}\n"
    )
    return 0


def _words(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} says nothing; give a few words in one line")
    return text


def _kind(text: str) -> tuple[str, float]:
    from vision.taxonomy import DefectKind

    name, _, score = text.partition("=")
    try:
        return DefectKind(name).value, float(score)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no KIND=SCORE; e.g. leaf=12.5") from error
