"""The sorter's link and firmware for a long time: the cable pulled again and again, then traffic with noise.

    python benchmarks/sorter_soak.py [--replugs 100] [--minutes 60] [--steps 12000] [--ppm 2000] [--baud N]

Firmware in simavr, link over a pty, as in `benchmarks/sorter.py`. Exit code 1: a shot fired twice or at a
wrong time, one answered SCHEDULED did not fire although nothing stopped it, or something leaked. Every change
of state that was not asked for, a disarm too, is listed with its cause.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from emulated_sorter import EmulatedSorter, why_not
from sorter_rig import BOOT_US, PATIENCE_S, SorterRig

from firmware_bridge.messages import (
    Arm,
    Heartbeat,
    Hello,
    Message,
    ShotAnswer,
    ShotRequest,
    Status,
    Welcome,
)
from firmware_bridge.protocol import FrameReader, encode
from firmware_bridge.types import LinkState, Shot, ShotBasis, ShotOutcome

SHOTS_A_ROUND = 5000
EVERY_S = 0.005


def descriptors() -> int:
    """Open files of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


def resident_mb() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def pull_the_cable(rig: SorterRig, times: int) -> dict[str, Any]:
    """Unplug with shots on their way and waiting; none may fire wrong, or after the reconnection."""
    rig.arm()
    shots: list[Shot] = []
    outcomes: Counter[ShotOutcome] = Counter()
    before = (descriptors(), threading.active_count(), resident_mb())
    for number in range(times):
        for valve in range(16):
            start = (rig.tick_now() + 250 * (20 + 40 * valve)) & 0xFFFFFFFF  # 20 ms to 0.6 s ahead
            shot = Shot(outputs=1 << (number + valve) % 16, basis=ShotBasis.TICK, start=start, length=500)
            shots.append(shot)
            deadline_ns = time.monotonic_ns() + 500_000_000
            rig.link.submit(shot, lambda result: outcomes.update([result.outcome]), deadline_ns)
        time.sleep(0.004 * (number % 8))
        rig.mcu.tell("unplug")
        rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
        rig.mcu.tell("plug")
        rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
        rig.arm()
    after = (descriptors(), threading.active_count(), resident_mb())
    time.sleep(1.0)
    rig.link.stop()
    counters = rig.status().counters
    edges = rig.edges(shots)
    return {
        "replugs": times,
        "shots": len(shots),
        "answered": outcomes.total(),
        "outcomes": {str(outcome): number for outcome, number in outcomes.items()},
        "taken": counters.scheduled,
        "started": counters.started,
        "given_up": counters.dropped,
        "edges": edges.total,
        "duplicates_or_wrong": edges.strange,
        "descriptors": [before[0], after[0]],
        "threads": [before[1], after[1]],
        "resident_mb": [round(before[2], 1), round(after[2], 1)],
    }


def is_sound(figures: dict[str, Any]) -> bool:
    """Nothing leaked, nothing fired twice or wrong, every shot was answered and accounted for."""
    return (
        figures["duplicates_or_wrong"] == 0
        and figures["answered"] == figures["shots"]
        and figures["taken"] == figures["started"] + figures["given_up"]
        and figures["edges"] == figures["started"]
        and figures["descriptors"][0] == figures["descriptors"][1]
        and figures["threads"][0] == figures["threads"][1]
    )


def traffic(folder: Path, minutes: float, ppm: int, baud: int) -> dict[str, Any]:
    """Rounds of shots over a noisy line, each on a controller of its own."""
    total: Counter[str] = Counter()
    disarms: list[str] = []
    end_s = time.monotonic() + minutes * 60
    while time.monotonic() < end_s:
        total["rounds"] += 1
        home = folder / f"round-{total['rounds']}"
        home.mkdir()
        rig = SorterRig(home, baud=baud, seed=total["rounds"])
        try:
            rig.arm()
            rig.mcu.tell(f"noise {ppm}")
            states = len(rig.states)
            done = rig.fire(SHOTS_A_ROUND, lead_ms=110, length_ms=2, in_flight=0, every_s=EVERY_S)
            disarms += [f"round {total['rounds']}: {cause}" for _, cause in rig.states[states:]]
            rig.link.stop()
            counters = rig.status().counters
            edges = rig.edges(done.shots)
            told = {(shot.outputs.bit_length() - 1, shot.start) for shot in done.scheduled}
            total["shots"] += len(done.shots)
            total["accepted"] += counters.scheduled
            total["edges"] += edges.total
            total["duplicates"] += edges.strange
            total["given_up"] += counters.dropped
            total["no_answer"] += done.outcomes[ShotOutcome.NO_ANSWER]
            total["scheduled_but_not_fired"] += len(told - edges.fired)
            total["bad_frames"] += counters.bad_frames + rig.link.counters.bad_frames
        finally:
            rig.close()
    return {"minutes": minutes, "ppm": ppm, "baud": baud} | dict(total) | {"disarms": disarms}


def stay_armed(folder: Path, steps: int, baud: int) -> dict[str, Any]:
    """Steps of 50 ms of the controller's time, each a heartbeat and eight shots: is it ever disarmed?

    The controller stands still between the steps, so a loaded machine can't hold a heartbeat back: a disarm
    here is the firmware's own.
    """
    mcu = EmulatedSorter(folder, baud=baud)
    mcu.run(BOOT_US)
    port = os.open(mcu.port, os.O_RDWR | os.O_NOCTTY)
    reader = FrameReader()
    heard: Counter[str] = Counter()
    received = 0

    def step(sent: list[Message]) -> list[Message]:
        nonlocal received
        data = b"".join(encode(message) for message in sent)
        os.write(port, data)
        mcu.run(50_000, host_bytes=len(data))
        answer = b""
        while len(answer) < mcu.sent_bytes - received:
            answer += os.read(port, 65536)
        received += len(answer)
        return reader.feed(answer)

    try:
        (welcome,) = step([Hello(seq=0)])
        if not isinstance(welcome, Welcome):
            raise RuntimeError(f"HELLO was answered {welcome}")
        step([Arm(seq=1, boot_id=welcome.boot_id)])
        tick, seq = welcome.tick, 1
        mcu.tell("speed 10000")
        for number in range(steps):
            sent: list[Message] = [Heartbeat(seq=number & 0xFFFF)]
            for valve in range(8):
                seq = (seq + 1) & 0xFFFF
                start = (tick + 250 * (130 + 4 * valve)) & 0xFFFFFFFF
                shot = Shot(outputs=1 << valve, basis=ShotBasis.TICK, start=start, length=250)
                sent.append(ShotRequest(seq=seq, shot=shot))
            for message in step(sent):
                heard[type(message).__name__] += 1
                if isinstance(message, Status):
                    tick = message.tick
                    heard[f"status {message.state.name}"] += 1
                if isinstance(message, ShotAnswer):
                    heard[message.outcome] += 1
    finally:
        os.close(port)
        mcu.close()
    return {"steps": steps, "baud": baud, "bad_frames": reader.bad_frames} | dict(heard)


def main() -> int:
    """Run all three."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replugs", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--ppm", type=int, default=2000)
    parser.add_argument("--baud", type=int, default=500_000)
    parser.add_argument(
        "--steps", type=int, default=12_000, help="of 50 ms, for the disarm that has no cause"
    )
    args = parser.parse_args()
    if missing := why_not():
        print(missing, file=sys.stderr)
        return 1
    sound = True
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="maqta-soak-") as name:
        if args.steps:
            home = Path(name, "steps")
            home.mkdir()
            figures["stay_armed"] = stay_armed(home, args.steps, args.baud)
            sound = figures["stay_armed"].get("status ARMED") == args.steps
        if args.replugs:
            rig = SorterRig(Path(name), baud=args.baud)
            try:
                figures["replug"] = pull_the_cable(rig, args.replugs)
            finally:
                rig.close()
            sound = sound and is_sound(figures["replug"])
        if args.minutes:
            figures["traffic"] = one = traffic(Path(name), args.minutes, args.ppm, args.baud)
            is_whole = one["accepted"] == one["edges"] + one["given_up"] and one["duplicates"] == 0
            sound = sound and is_whole and one["scheduled_but_not_fired"] <= one["given_up"]
    print(json.dumps(figures))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
