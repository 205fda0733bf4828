"""The fabric line's whole path on rendered cloth in memory: capture → command with its stages.

    python benchmarks/line_path.py [--seconds 60] [--strips-per-s 10] [--threads 2]

4096 x 256 px at 0.25 mm, a fifth of the strips defective. The real line process (queue, inspector, policy,
link over a pty to the microcontroller's twin, event log, pictures) at a fixed rate; what it sheds is counted.
The camera hands out frames from memory. The inspector's own speed: `benchmarks/inspector.py`.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rendered_web import CAMERA, COLUMNS, MM_PER_PX, ROWS, frame_of, web

from datasets.synthesis.demo import render_good_pictures
from service.learning import learn_folder
from service.line.hardware import Hardware, build_hardware
from service.line.line import Line
from service.settings import LineSettings
from service.settings_file import load_line
from vision.cameras.wire import TriggerWire
from vision.types import Frame

ROOT = Path(__file__).parents[1]
STRIPS = 100  # distinct ones in memory


class MemoryCamera:
    """A camera whose frames lie ready in memory: grabbing costs nothing, as with a real frame grabber."""

    def __init__(self, strips: list[NDArray[np.uint8]], wire: TriggerWire) -> None:
        self.camera_id, self.rows, self.columns, self.channels = CAMERA, ROWS, COLUMNS, 1
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
        return frame_of(self._strips[seq % len(self._strips)], seq, captured_ns)


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
        strips = [strip.pixels for strip in islice(web(), STRIPS)]
        figures: dict[str, Any] = {"threads": args.threads}
        figures |= {"line": latency(home, strips, args.strips_per_s, args.seconds, args.threads)}
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
