"""Which ChArUco board is meant, as arguments."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.charuco import BoardSize


def add_board(parser: argparse.ArgumentParser) -> None:
    """Add the board's measures."""
    parser.add_argument(
        "--squares",
        type=_squares,
        required=True,
        metavar="AxB",
        help="squares across and along, e.g. 40x5; it stands on the printed target",
    )
    parser.add_argument(
        "--square-mm",
        type=_side,
        required=True,
        metavar="MM",
        help="side of a square as measured on the print with a steel rule",
    )


def board_size(args: argparse.Namespace) -> "BoardSize":
    """The board that the arguments name.

    Raises:
        VisionError: it can't be made.
    """
    from vision.charuco import BoardSize

    across, along = args.squares
    return BoardSize(across=across, along=along, square_mm=args.square_mm)


def _squares(text: str) -> tuple[int, int]:
    across, _, along = text.lower().partition("x")
    if not (across.isdecimal() and along.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no board; give squares across and along, e.g. 40x5")
    return int(across), int(along)


def _side(text: str) -> float:
    try:
        side = float(text)
    except ValueError:
        side = 0.0
    if not 1 <= side <= 500:
        raise argparse.ArgumentTypeError(f"{text!r} is no side of a square; give millimetres, 1 to 500")
    return side
