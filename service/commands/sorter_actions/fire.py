"""maqta sorter fire: meet what lies under the camera's line now with one output, by encoder count."""

import argparse
import sys
from typing import TYPE_CHECKING

from service.commands.sorter_actions.place import add_place, place_of

if TYPE_CHECKING:
    from firmware_bridge.console import Console
    from firmware_bridge.types import Shot

NAME = "fire"
HELP = (
    "Fire one output at the piece of belt that is under the camera's line now, once it has come to the "
    "output; says what it would do, and does it with --yes."
)
LONGEST_MM = 200.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    from service.commands.sorter_actions.arming import add_yes

    parser.add_argument("output", help="valve-0 to valve-15, gate, marker, line-stop")
    parser.add_argument(
        "--distance-mm", type=float, help="camera's line to the output (default: LINE.toml's)"
    )
    parser.add_argument("--latency-ms", type=float, help="from signal to jet (default: LINE.toml's, or 0)")
    parser.add_argument("--length-mm", type=float, default=20.0, help="of belt to hit, to 200 (default 20)")
    parser.add_argument("--wait-s", type=float, default=30.0, help="for the belt to get there (default 30)")
    add_place(parser)
    add_yes(parser)


def run(args: argparse.Namespace) -> int:
    """Say what would fire, and fire it if asked to; exit code 1 when it did not."""
    from firmware_bridge.console import Console
    from firmware_bridge.outputs import output_of
    from firmware_bridge.types import BridgeError
    from service.commands.sorter_actions.arming import may_move
    from service.commands.sorter_actions.telling import who

    output, place = output_of(args.output), place_of(args)
    distance_mm = args.distance_mm if args.distance_mm is not None else place.distance_mm
    if place.counts_per_mm is None or distance_mm is None:
        raise BridgeError("give --counts-per-mm and --distance-mm, or --line LINE.toml")
    if not 0 < args.length_mm <= LONGEST_MM:
        raise BridgeError(f"--length-mm {args.length_mm:g}: above 0 and at most {LONGEST_MM:g}")
    latency_ms = args.latency_ms if args.latency_ms is not None else place.latency_ms
    with Console(place.transport()) as console:
        console.run_for(0.3)  # the belt's speed is known then
        sys.stdout.write(who(place.port, console.welcome) + "\n")
        speed_mm_s = (console.fix.counts_s if console.fix else 0.0) / place.counts_per_mm
        plan = (
            f"{args.output}: {args.length_mm:g} mm of belt, {distance_mm:g} mm from here; the belt runs at "
            f"{speed_mm_s:.1f} mm/s"
        )
        if not may_move(console, plan, yes=args.yes):
            return 0
        console.arm()
        shot = _shot(console, 1 << output, distance_mm, args.length_mm, latency_ms, place.counts_per_mm)
        return _fire(console, shot, args.wait_s, place.counts_per_mm)


def _shot(
    console: "Console",
    mask: int,
    distance_mm: float,
    length_mm: float,
    latency_ms: float,
    counts_per_mm: float,
) -> "Shot":
    from firmware_bridge.conveyor import Conveyor
    from firmware_bridge.types import BridgeError

    if console.fix is None:
        raise BridgeError("no encoder count has come from the controller: try again")
    here_mm = console.fix.count_at(console.now_ns()) / counts_per_mm
    return Conveyor(counts_per_mm).shot_for(
        here_mm,
        here_mm + length_mm,
        distance_mm,
        outputs=mask,
        latency_ms=latency_ms,
        speed_mm_s=console.fix.counts_s / counts_per_mm,
    )


def _fire(console: "Console", shot: "Shot", wait_s: float, counts_per_mm: float) -> int:
    from firmware_bridge.counting import unwrap
    from firmware_bridge.types import ShotOutcome

    before = console.status()
    result = console.shoot(shot)
    if result.outcome is not ShotOutcome.SCHEDULED:
        sys.stdout.write(
            f"refused: {result.outcome.value}, {result.margin / counts_per_mm:.1f} mm before its start; "
            "disarmed\n"
        )
        return 1
    sys.stdout.write(
        f"scheduled at count {shot.start} for {shot.length} counts, "
        f"{result.margin / counts_per_mm:.1f} mm ahead\n"
    )
    sys.stdout.flush()
    end_ns = console.now_ns() + round(wait_s * 1e9)
    status = before
    while status.counters.started == before.counters.started and console.now_ns() < end_ns:
        status = console.status()
    if status.counters.started == before.counters.started:
        moved = unwrap(status.encoder_count, before.encoder_count) - before.encoder_count
        sys.stdout.write(
            f"given up after {wait_s:g} s: the belt moved {moved / counts_per_mm:.1f} mm, the shot starts "
            f"{result.margin / counts_per_mm:.1f} mm ahead; run the belt, or wait longer with --wait-s; "
            "disarmed\n"
        )
        return 1
    while status.outputs & shot.outputs and console.now_ns() < end_ns:
        status = console.status()
    sys.stdout.write("fired; disarmed\n")
    return 0
