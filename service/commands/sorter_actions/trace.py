"""maqta sorter trace: every frame on the wire as it passes; moves nothing."""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from service.commands.sorter_actions.place import add_place, place_of

if TYPE_CHECKING:
    from firmware_bridge.tracing import SeenFrame

NAME = "trace"
HELP = (
    "Show every frame that passes between host and controller, and camera triggers if asked; moves nothing."
)
POLLS = ("Heartbeat", "Status", "TimeRequest", "TimeAnswer")
RUN = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (default 10)")
    parser.add_argument("--all", action="store_true", help="heartbeats and clock questions, too")
    parser.add_argument("--hex", action="store_true", help="the bytes, too")
    parser.add_argument(
        "--expose-every-counts", type=int, metavar="N", help="trigger the camera every N counts meanwhile"
    )
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Show what passes; exit code 1 when frames were damaged."""
    from firmware_bridge.console import Console
    from firmware_bridge.tracing import TracedTransport

    place = place_of(args)
    began_ns = time.monotonic_ns()
    seen: list[SeenFrame] = []

    def show(frame: "SeenFrame") -> None:
        seen.append(frame)
        if args.all or frame.fault or type(frame.message).__name__ not in POLLS:
            sys.stdout.write(_line(frame, began_ns, with_bytes=args.hex) + "\n")
            sys.stdout.flush()

    transport = TracedTransport(place.transport(), show, now_ns=time.monotonic_ns)
    with Console(transport) as console:
        if args.expose_every_counts is not None:
            console.expose_every(args.expose_every_counts, run=RUN)
        console.run_for(args.seconds)
    damaged = sum(bool(frame.fault) for frame in seen)
    hidden = "" if args.all else "; heartbeats and clock questions are shown with --all"
    sys.stdout.write(f"{len(seen)} frames, {damaged} damaged{hidden}\n")
    return 1 if damaged else 0


def _line(frame: "SeenFrame", began_ns: int, *, with_bytes: bool) -> str:
    what = frame.message or f"damaged: {frame.fault}"
    text = f"{(frame.at_ns - began_ns) / 1e9:9.4f} {frame.direction} {what}"
    return f"{text}\n            {frame.stuffed.hex(' ')} 00" if with_bytes else text
