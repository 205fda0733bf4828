"""maqta sorter jog: one short pulse on one output, to see and hear which one it is."""

import argparse
import sys
from typing import TYPE_CHECKING

from service.commands.sorter_actions.place import add_place, place_of

if TYPE_CHECKING:
    from firmware_bridge.console import Console

NAME = "jog"
HELP = "Give one output a short pulse, or every valve in turn; says what it would do, does it with --yes."
MOST_PULSES = 100
SHORTEST_PAUSE_MS = 100.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    from service.commands.sorter_actions.arming import add_yes

    parser.add_argument(
        "output", help="valve-0 to valve-15, gate, marker, line-stop; or 'valves', all in turn"
    )
    parser.add_argument("--ms", type=float, default=20.0, help="length of a pulse, to 100 (default 20)")
    parser.add_argument("--times", type=int, default=1, help="pulses on each output (default 1)")
    parser.add_argument("--pause-ms", type=float, default=500.0, help="from pulse to pulse (default 500)")
    add_place(parser)
    add_yes(parser)


def run(args: argparse.Namespace) -> int:
    """Say what would move, and move it if asked to; exit code 1 when a pulse was refused."""
    from firmware_bridge.console import Console
    from firmware_bridge.outputs import outputs_of
    from service.commands.sorter_actions.arming import may_move
    from service.commands.sorter_actions.telling import who

    outputs = outputs_of(args.output) * args.times
    _check(args, len(outputs))
    place = place_of(args)
    with Console(place.transport()) as console:
        sys.stdout.write(who(place.port, console.welcome) + "\n")
        plan = f"{args.output}: {len(outputs)} pulse{'s' * (len(outputs) > 1)} of {args.ms:g} ms"
        if not may_move(console, plan, yes=args.yes):
            return 0
        console.arm()
        taken = sum(_pulse(console, output, args.ms, args.pause_ms) for output in outputs)
        started = console.status().counters.started
    sys.stdout.write(
        f"{taken} of {len(outputs)} pulses taken, {started} started since the controller's start; "
    )
    sys.stdout.write("disarmed\n")
    return 0 if taken == len(outputs) else 1


def _pulse(console: "Console", output: int, ms: float, pause_ms: float) -> bool:
    from firmware_bridge.outputs import NAMES
    from firmware_bridge.pulse import LEAD_S, pulse
    from firmware_bridge.types import ShotOutcome

    shot = pulse(output, ms, fit=console.fit, tick_hz=console.welcome.tick_hz, now_ns=console.now_ns())
    result = console.shoot(shot)
    sys.stdout.write(f"{NAMES[output]:10} {result.outcome.value}\n")
    sys.stdout.flush()
    console.run_for(LEAD_S + max(pause_ms, ms) / 1e3)
    return result.outcome is ShotOutcome.SCHEDULED


def _check(args: argparse.Namespace, pulses: int) -> None:
    from firmware_bridge.pulse import LONGEST_MS
    from firmware_bridge.types import BridgeError

    if not 0 < args.ms <= LONGEST_MS:
        raise BridgeError(
            f"--ms {args.ms:g}: a jog is above 0 and at most {LONGEST_MS:g} ms; it is for looking"
        )
    if not 1 <= pulses <= MOST_PULSES:
        raise BridgeError(f"--times {args.times}: that makes {pulses} pulses; 1 to {MOST_PULSES} are allowed")
    if args.pause_ms < SHORTEST_PAUSE_MS:
        raise BridgeError(
            f"--pause-ms {args.pause_ms:g}: at least {SHORTEST_PAUSE_MS:g}; valves stay cool so"
        )
