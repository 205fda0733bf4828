"""How many false alarms are wanted: the options of `maqta learn`, and `maqta model threshold`."""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.registry import Registry

ACTION = "threshold"
MOST_PER_100M = 1000.0


def add_rates(parser: argparse.ArgumentParser, *, default: float | None) -> None:
    """Add the rates of false alarms and doubts; without a default the first must be given."""
    parser.add_argument(
        "--false-alarms-per-100m",
        type=_rate,
        required=default is None,
        default=default,
        metavar="N",
        help="at most N findings above 'defective' on 100 m of good cloth at full width"
        + ("" if default is None else f" (default: {default:g})"),
    )
    parser.add_argument(
        "--doubts-per-100m",
        type=_rate,
        metavar="M",
        help="at most M more that are UNSURE (default: 3.5 to a false alarm)",
    )


def add_action(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `threshold` to the actions of `maqta model`."""
    parser = actions.add_parser(ACTION, help="promise another rate of false alarms, without learning again")
    parser.add_argument("article")
    add_rates(parser, default=None)
    parser.add_argument("--by", type=_words, required=True, metavar="WHO", help="who changes it")
    parser.add_argument("--why", type=_words, required=True, metavar="TEXT", help="why it is changed")


def run_action(args: argparse.Namespace, registry: "Registry") -> int:
    """Write the thresholds that keep the rate beside the article's bundle, as one more version."""
    from vision.bundle import load_bundle
    from vision.overrides import add_override
    from vision.thresholds import promised_again, shortfall

    bundle = load_bundle(registry.resolve(args.article))
    promise, thresholds = promised_again(bundle.card, args.false_alarms_per_100m, args.doubts_per_100m)
    version = add_override(
        bundle.folder, bundle.card, thresholds, by=args.by, utc=datetime.now(UTC), why=args.why
    )
    if note := shortfall(promise):
        sys.stderr.write(f"{note}\n")
    sys.stdout.write(
        f"{bundle.card.article}\t{bundle.card.bundle_id}\tversion {version}\t"
        f"unsure {thresholds.unsure:.3f}\tdefective {thresholds.defective:.3f}\n"
    )
    return 0


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= MOST_PER_100M:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no rate; give a number per 100 m above 0, at most {MOST_PER_100M:g}"
        )
    return value


def _words(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} says nothing; give a few words in one line")
    return text
