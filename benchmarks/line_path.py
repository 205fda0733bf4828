"""The fabric line's whole path on rendered cloth in memory: Mpx/s, and capture → command with its stages.

    python benchmarks/line_path.py [--seconds 60] [--strips-per-s 10] [--threads 2] [--json]

4096 x 256 px at 0.25 mm, a fifth of the strips defective. Throughput: frames through the inspector one after
the other. Latency: the real line process (queue, inspector, policy, link over a pty to the microcontroller's
twin, event log, pictures) at a fixed rate; what it sheds is counted. The camera hands out frames from memory.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.demo import demo_scene, render_good_pictures
from service.learning import learn_folder
from service.line.hardware import Hardware, build_hardware
from service.line.line import Line
from service.settings import LineSettings
from service.settings_file import load_line
from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.cameras.wire import TriggerWire
from vision.inference import Engine
from vision.inspector import Inspector
from vision.registry import Registry
from vision.types import Frame

ROOT = Path(__file__).parents[1]
COLUMNS, ROWS, MM_PER_PX = 4096, 256, 0.25
STRIPS = 100  # distinct ones in memory
DEFECTIVE_SHARE = 0.2


class MemoryCamera:
    """A camera whose frames lie ready in memory: grabbing costs nothing, as with a real frame grabber."""

    def __init__(self, strips: list[NDArray[np.uint8]], wire: TriggerWire) -> None:
        self.camera_id, self.rows, self.columns, self.channels = "memory-1", ROWS, COLUMNS, 1
        self.mm_per_px = MM_PER_PX
        self._strips, self._wire = strips, wire

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def grab(self, timeout_s: float) -> Frame | None:
        """The frame of the next pulse."""
        pulse = self._wire.wait(timeout_s)
        if pulse is None:
            return None
        seq, captured_ns = pulse
        return frame_of(self._strips, seq, captured_ns)


def frame_of(strips: list[NDArray[np.uint8]], seq: int, captured_ns: int) -> Frame:
    """Frame `seq` of the endless web in memory."""
    return Frame(
        camera_id="memory-1",
        seq=seq,
        pixels=strips[seq % len(strips)],
        captured_ns=captured_ns,
        captured_utc=datetime.now(UTC),
    )


def render_strips() -> list[NDArray[np.uint8]]:
    """Strips of one cloth, a fifth of them with a defect."""
    strips: list[NDArray[np.uint8]] = []
    bad = round(STRIPS * DEFECTIVE_SHARE)
    scene = demo_scene("fabric", columns=COLUMNS, mm_per_px=MM_PER_PX, seed=5, defect_rate_per_m2=6.0)
    row = 0
    while len(strips) < STRIPS:
        is_bad = bool(scene.truth(row, ROWS))
        if is_bad == (len(strips) % (STRIPS // bad) == 0):
            pixels = scene.render(row, ROWS)
            pixels.flags.writeable = False
            strips.append(pixels)
        row += ROWS
    return strips


def learn(home: Path) -> None:
    """Learn the cloth from 12 good pictures."""
    render_good_pictures("fabric", COLUMNS, MM_PER_PX, 12, home / "good")
    learn_folder(
        good=home / "good",
        article="demo-twill",
        mm_per_px=MM_PER_PX,
        material="fabric",
        registry_dir=home / "registry",
        activate=True,
        demo=True,
        created_utc=datetime.now(UTC),
        progress=lambda text: None,
    )


def settings_of(home: Path, strips_per_s: float, threads: int) -> LineSettings:
    """The demo's fabric line at the benchmark's size and rate."""
    demo = load_line(ROOT / "service" / "demo" / "fabric.toml")
    return replace(
        demo,
        data_dir=home / "line",
        registry_dir=home / "registry",
        camera=replace(demo.camera, columns=COLUMNS, rows=ROWS, mm_per_px=MM_PER_PX),
        web=replace(demo.web, speed_mm_s=ROWS * MM_PER_PX * strips_per_s),
        sorter=replace(demo.sorter, distance_mm=1500.0),
        uplink=None,
        threads=threads,
    )


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p99, p99.9 and the largest."""
    p50, p99, p999 = np.percentile(values, [50, 99, 99.9])
    return {"p50": round(p50, 1), "p99": round(p99, 1), "p99.9": round(p999, 1), "max": round(max(values), 1)}


def throughput(home: Path, strips: list[NDArray[np.uint8]], seconds: float, threads: int) -> dict[str, float]:
    """Mpx/s of the inspector over distinct frames, and milliseconds a strip."""
    bundle = load_bundle(Registry(home / "registry").active("demo-twill"))
    inspector = Inspector(
        Engine(bundle, threads=threads), Calibration(camera_id="memory-1", mm_per_px=MM_PER_PX)
    )
    taken: list[float] = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        inspector.inspect(frame_of(strips, len(taken), time.monotonic_ns()))
        taken.append((time.perf_counter() - start) * 1e3)
    mpx = len(taken) * ROWS * COLUMNS / 1e6
    return {"mpx_s": round(mpx / (sum(taken) / 1e3), 1)} | {
        f"{k}_ms": v for k, v in percentiles(taken).items()
    }


def latency(
    home: Path, strips: list[NDArray[np.uint8]], rate: float, seconds: float, threads: int
) -> dict[str, Any]:
    """Capture → command of every frame of a running line."""
    settings = settings_of(home, rate, threads)
    built = build_hardware(settings)
    hardware: Hardware = replace(built, camera=MemoryCamera(strips, built.wire))
    line = Line(settings, hardware=hardware)
    booking = line._parts.booking  # noqa: SLF001  the benchmark listens where the line books a frame
    taken: list[float] = []
    stages: list[tuple[float, ...]] = []
    judged = booking.judged

    def listen(exposure: Any, frame: Any, *, late: bool, capture_to_decision_ms: float) -> None:
        times = frame.inspection.times
        taken.append(capture_to_decision_ms)
        stages.append((times.correct_ms, times.infer_ms, times.find_ms, times.judge_ms))
        judged(exposure, frame, late=late, capture_to_decision_ms=capture_to_decision_ms)

    booking.judged = listen  # type: ignore[method-assign]
    line.start()
    time.sleep(seconds)
    counts = line._parts.counts  # noqa: SLF001
    line.stop()
    mean = np.mean(stages, axis=0)
    return {
        "strips_per_s": rate,
        "frames": len(taken),
        "expected": round(rate * seconds),
        "deadline_misses": counts.deadline_misses,
        "capture_to_command_ms": percentiles(taken),
        "stage_ms": dict(
            zip(("correct", "infer", "find", "judge"), (round(float(v), 2) for v in mean), strict=True)
        ),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--strips-per-s", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    cv2.setNumThreads(args.threads)
    with tempfile.TemporaryDirectory(prefix="maqta-bench-") as name:
        home = Path(name)
        learn(home)
        strips = render_strips()
        figures = {"threads": args.threads} | throughput(home, strips, args.seconds / 2, args.threads)
        figures |= {"line": latency(home, strips, args.strips_per_s, args.seconds, args.threads)}
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
