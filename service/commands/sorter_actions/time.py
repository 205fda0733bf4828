"""maqta sorter time: how well the controller's clock and the encoder are known; moves nothing."""

import argparse
import sys
from typing import TYPE_CHECKING

from service.commands.sorter_actions.place import add_place, place_of

if TYPE_CHECKING:
    from firmware_bridge.clock import ClockFit
    from firmware_bridge.console import Console
    from firmware_bridge.link_session import RoundTrip

NAME = "time"
HELP = "Measure round trips, the controller's clock and the encoder, counts per mm too; moves nothing."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to measure (default 5)")
    parser.add_argument(
        "--moved-mm",
        type=float,
        metavar="MM",
        help="the belt is moved by exactly so much meanwhile: counts per mm",
    )
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and say."""
    from firmware_bridge.console import Console
    from firmware_bridge.types import BridgeError
    from service.commands.sorter_actions.telling import who

    if args.seconds < 1:
        raise BridgeError(f"--seconds {args.seconds:g}: a second at least; a clock's rate needs time")
    place = place_of(args)
    with Console(place.transport()) as console:
        sys.stdout.write(who(place.port, console.welcome) + "\n")
        sys.stdout.flush()
        console.run_for(args.seconds)
        lines = [*_clock(console), *_encoder(console, place.counts_per_mm, args.moved_mm)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _clock(console: "Console") -> list[str]:
    from firmware_bridge.types import BridgeError

    fit, trips = console.fit, console.round_trips
    if fit is None or not trips:
        raise BridgeError("no round trip within the time: check the cable, or measure for longer")
    trips_ms = sorted((trip.received_ns - trip.sent_ns) / 1e6 for trip in trips)
    nominal_hz = console.welcome.tick_hz
    ppm = (fit.tick_hz / nominal_hz - 1) * 1e6
    off_us = sorted(_residual_us(trip, fit) for trip in _fastest_quarter(trips))
    return [
        f"round trips   {len(trips_ms)}: {_percentile(trips_ms, 50):.2f} ms p50, "
        f"{_percentile(trips_ms, 99):.2f} p99, {trips_ms[-1]:.2f} longest",
        f"clock         {fit.tick_hz:.1f} ticks/s, {ppm:+.0f} ppm of {nominal_hz}",
        f"fit           {_percentile(off_us, 50):.0f} us p50, {_percentile(off_us, 99):.0f} us p99 off it",
    ]


def _encoder(console: "Console", counts_per_mm: float | None, moved_mm: float | None) -> list[str]:
    from firmware_bridge.counting import unwrap

    first, last = console.round_trips[0], console.round_trips[-1]
    moved = unwrap(last.encoder_count, first.encoder_count) - first.encoder_count
    speed = console.fix.counts_s if console.fix else 0.0
    in_mm = f" = {moved / counts_per_mm:.1f} mm" if counts_per_mm else ""
    lines = [f"encoder       {moved:+d} counts{in_mm} meanwhile, {speed:.0f} counts/s now"]
    if moved_mm and moved < 0:
        lines.append("It counts backwards: exchange the encoder's channels A and B, then measure again.")
    elif moved_mm and not moved:
        lines.append("It counts nothing: check its supply and channels A and B.")
    elif moved_mm:
        lines.append(f"counts_per_mm = {moved / moved_mm:.4f}   # {moved} counts over {moved_mm:g} mm")
    return lines


def _fastest_quarter(trips: "list[RoundTrip]") -> "list[RoundTrip]":
    fastest = sorted(trips, key=lambda trip: trip.received_ns - trip.sent_ns)
    return fastest[: max(1, len(fastest) // 4)]


def _residual_us(trip: "RoundTrip", fit: "ClockFit") -> float:
    return abs(fit.ns_at(trip.tick) - (trip.sent_ns + trip.received_ns) // 2) / 1e3


def _percentile(ordered: list[float], percent: float) -> float:
    return ordered[min(len(ordered) - 1, round(len(ordered) * percent / 100))]
