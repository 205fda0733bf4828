"""maqta sorter status: who the controller is and how it is; moves nothing."""

import argparse
import sys

from service.commands.sorter_actions.place import add_place, place_of

NAME = "status"
HELP = "Say who the controller is, how it is and what it has done; moves nothing."
LOOK_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Ask and say."""
    from firmware_bridge.console import Console
    from service.commands.sorter_actions.telling import faults, limits, state, who

    place = place_of(args)
    transport = place.transport()
    with Console(transport) as console:
        console.run_for(LOOK_S)
        lines = [who(place.port, console.welcome), *state(console.status()), *faults(console.diagnose())]
        lines += [*limits(console.welcome), f"limits from   {console.config().source.name.lower()}"]
        trips_ms = sorted((trip.received_ns - trip.sent_ns) / 1e6 for trip in console.round_trips)
        speed = console.fix.counts_s if console.fix else 0.0
        lines.append(f"belt          {_speed(speed, place.counts_per_mm)}")
        lines.append(
            f"round trip    {trips_ms[len(trips_ms) // 2]:.2f} ms p50, {trips_ms[-1]:.2f} ms longest"
        )
        lines.append(f"low latency   {'on' if transport.has_low_latency else 'not known to this port'}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _speed(counts_s: float, counts_per_mm: float | None) -> str:
    if counts_per_mm is None:
        return f"{counts_s:.0f} counts/s (give --counts-per-mm or --line for mm/s)"
    return f"{counts_s:.0f} counts/s, {counts_s / counts_per_mm:.1f} mm/s"
