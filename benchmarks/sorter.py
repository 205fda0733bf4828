"""The sorter's link and firmware, measured on the pins of an emulated ATmega2560.

    python benchmarks/sorter.py [--json] [--commands 10000] [--baud 500000]

The host's end is the product's own link over a pty; the firmware runs in simavr at the pace of real time,
each change of a pin is stamped with the processor's cycle (62.5 ns). The last line:

    accepted, edges, duplicates   over all shots: taken by the controller; rising edges on valves; edges that
                                  belong to no shot or to one that had its edge
    edge_p99_us                   scheduled start by tick against the pin's edge, at 200 shots/s
    shots_per_s                   sustained over 16 valves
    stop_ms                       the worst of five heartbeat losses: last byte of the host to line stop
    rtt_p50_ms, rtt_p99_ms        shot submitted to its answer, one at a time
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from emulated_sorter import why_not
from sorter_rig import SorterRig, Traffic

from firmware_bridge.types import Shot, ShotBasis, ShotOutcome

CYCLES_PER_MS = 16_000
NOISE_PPM = (0, 300, 2000, 20_000)
TRIALS = 5


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of them do not exceed."""
    if not values:
        raise RuntimeError("no shot was answered in time: this machine is too busy to measure on")
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


class Account:
    """All shots of one rig: none may be lost or fire twice."""

    def __init__(self) -> None:
        self.accepted = self.edges = self.duplicates = 0

    def close(self, rig: SorterRig, traffics: list[Traffic]) -> dict[str, Any]:
        """Stop the link; compare the controller's counters with its pins and with what the host was told."""
        rig.link.stop()
        counters = rig.status().counters
        edges = rig.edges([shot for traffic in traffics for shot in traffic.shots])
        told = [shot for traffic in traffics for shot in traffic.scheduled]
        untold = {(shot.outputs.bit_length() - 1, shot.start) for shot in told} - edges.fired
        if untold:
            raise RuntimeError(
                f"{len(untold)} shots were answered SCHEDULED and did not fire: {sorted(untold)[:5]}"
            )
        self.accepted += counters.scheduled
        self.edges += edges.total
        self.duplicates += edges.strange
        outcomes: Counter[ShotOutcome] = sum((traffic.outcomes for traffic in traffics), Counter())
        return {
            "commands": outcomes.total(),
            "outcomes": {str(outcome): number for outcome, number in outcomes.items()},
            "accepted": counters.scheduled,
            "edges": edges.total,
            "duplicates": edges.strange,
            "asked_again": rig.link.counters.repeated,
            "answered_again": counters.duplicates,
            "bad_frames_mcu": counters.bad_frames,
            "bad_frames_host": rig.link.counters.bad_frames,
        }


def quiet(rig: SorterRig, account: Account, commands: int) -> dict[str, Any]:
    """Round trip, edges at 200 a second, most shots a second, on a clean line."""
    rig.arm()
    single = rig.fire(min(1000, commands), lead_ms=30, length_ms=1, in_flight=1)
    at_200 = rig.fire(min(2000, commands), lead_ms=30, length_ms=2, in_flight=0, every_s=0.005)
    edges = rig.edges(at_200.shots)
    begun_ns = time.monotonic_ns()
    most = rig.fire(commands, lead_ms=30, length_ms=1, in_flight=16)
    seconds = (most.ended_ns - begun_ns) / 1e9
    figures = account.close(rig, [single, at_200, most])
    round_trips_ms = [ns / 1e6 for ns in single.round_trips_ns]
    return figures | {
        "rtt_p50_ms": round(percentile(round_trips_ms, 50), 2),
        "rtt_p99_ms": round(percentile(round_trips_ms, 99), 2),
        "edge_us": {name: round(percentile(edges.errors_us, p), 1) for name, p in PERCENTILES.items()},
        "off_edge_us": {
            name: round(percentile(edges.off_errors_us, p), 1) for name, p in PERCENTILES.items()
        },
        "shots_per_s": round(len(most.scheduled) / seconds),
        "interrupts_off_us": rig.mcu.tell("blocked") / 16,
    }


PERCENTILES = {"p1": 1, "p50": 50, "p99": 99, "max": 100}


def by_encoder(rig: SorterRig) -> dict[str, Any]:
    """Shots by count on a belt of 10 000 counts/s: on which count did the pin move?"""
    rig.arm()
    rig.mcu.tell("speed 10000")
    time.sleep(0.5)
    answers: list[ShotOutcome] = []
    starts: list[int] = []
    for number in range(400):
        start = (rig.link.encoder_now() + 400) & 0xFFFFFFFF
        starts.append(start)
        shot = Shot(outputs=1 << number % 16, basis=ShotBasis.ENCODER, start=start, length=20)
        rig.link.submit(shot, lambda result: answers.append(result.outcome), time.monotonic_ns() + 40_000_000)
        time.sleep(0.005)
    time.sleep(0.2)
    counts = [change.count for change in rig.changes() if change.pin < 16 and change.is_high]
    late = Counter(min(count - start for start in starts if start <= count) for count in counts)
    return {
        "accepted": answers.count(ShotOutcome.SCHEDULED),
        "edges": len(counts),
        "counts_late": dict(sorted(late.items())),
    }


def noisy(rig: SorterRig, account: Account, commands: int, ppm: int) -> dict[str, Any]:
    """Shots over a line that damages `ppm` of a million bytes, both ways."""
    rig.arm()
    rig.mcu.tell(f"noise {ppm}")
    states = len(rig.states)
    traffic = rig.fire(commands, lead_ms=110, length_ms=2, in_flight=0, every_s=0.0025)
    changes = [f"{state}: {cause}" for state, cause in rig.states[states:]]
    return account.close(rig, [traffic]) | {"changes_of_state": changes}


def stops(rig: SorterRig) -> dict[str, Any]:
    """How long until the line stop falls: without a heartbeat, and with the emergency stop pressed."""
    lost_ms, pressed_us = [], []
    for _ in range(TRIALS):
        rig.arm()
        rig.wait_for_run(True)
        rig.mcu.tell("silent 1")
        cycle = rig.wait_for_run(False)
        lost_ms.append((cycle - rig.mcu.last_byte_cycle) / CYCLES_PER_MS)
        rig.mcu.tell("silent 0")
        time.sleep(0.5)
    for _ in range(TRIALS):
        rig.arm()
        rig.wait_for_run(True)
        rig.mcu.tell("stop 1")
        cycle = rig.wait_for_run(False)
        pressed_us.append((cycle - rig.mcu.stop_cycle) / CYCLES_PER_MS * 1000)
        rig.mcu.tell("stop 0")
        time.sleep(0.5)
    return {
        "stop_ms": round(max(lost_ms), 1),
        "stop_least_ms": round(min(lost_ms), 1),
        "emergency_stop_us": round(max(pressed_us), 1),
    }


def with_rig(baud: int, measure: Callable[[SorterRig], dict[str, Any]]) -> dict[str, Any]:
    """Run one measurement on a controller of its own."""
    with tempfile.TemporaryDirectory(prefix="maqta-sorter-") as folder:
        rig = SorterRig(Path(folder), baud=baud)
        try:
            return measure(rig)
        finally:
            rig.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="only the figures, as JSON")
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--baud", type=int, default=500_000)
    args = parser.parse_args()
    if missing := why_not():
        print(missing, file=sys.stderr)
        return 1
    account = Account()
    details: dict[str, Any] = {"quiet": with_rig(args.baud, lambda rig: quiet(rig, account, args.commands))}
    details["encoder"] = with_rig(args.baud, by_encoder)
    details["stops"] = with_rig(args.baud, stops)
    for ppm in NOISE_PPM:
        details[f"noise_{ppm}"] = with_rig(
            args.baud, lambda rig, ppm=ppm: noisy(rig, account, args.commands, ppm)
        )
        if not args.json:
            print(f"{ppm} bytes damaged of a million: {details[f'noise_{ppm}']}")
    print(json.dumps(details))
    first = details["quiet"]
    figures = {
        "accepted": account.accepted,
        "edges": account.edges,
        "duplicates": account.duplicates,
        "edge_p99_us": first["edge_us"]["p99"],
        "shots_per_s": first["shots_per_s"],
        "stop_ms": details["stops"]["stop_ms"],
        "rtt_p50_ms": first["rtt_p50_ms"],
        "rtt_p99_ms": first["rtt_p99_ms"],
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
