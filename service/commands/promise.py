"""How many false alarms are wanted: options that `maqta learn` and `maqta model threshold` share."""

import argparse

MOST_PER_100M = 1000.0


def add_rates(
    parser: argparse.ArgumentParser, *, default: float | None, required: bool | None = None
) -> None:
    """Add the rates of false alarms and doubts; without a default the first must be given, unless said."""
    parser.add_argument(
        "--false-alarms-per-100m",
        type=_rate,
        required=default is None if required is None else required,
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
