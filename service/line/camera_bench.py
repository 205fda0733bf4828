"""How fast a camera is, and what becomes of its frames: each delivered, damaged or missing one is counted."""

import time
from dataclasses import dataclass

import numpy as np

from vision.cameras.around import has_ended
from vision.cameras.base import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFigures:
    """Of a stretch of time; `frames` + `missing` is how far the camera's count went."""

    seconds: float
    frames: int
    damaged: int
    missing: int  # gaps in the count
    frames_per_s: float
    megabytes_per_s: float
    age_ms_p50: float  # from exposure to the hand-over, by the camera's own clock where it has one
    age_ms_p99: float
    cpu_share: float  # of one core, this process


def measure_camera(camera: Camera, seconds: float) -> CameraFigures:
    """Grab for so long.

    Raises:
        CameraLostError: the camera went away.
    """
    ages_ms: list[float] = []
    damaged = count = first = last = size = 0
    began_s, cpu_s = time.monotonic(), time.process_time()
    while time.monotonic() - began_s < seconds:
        frame = camera.grab(0.2)
        if frame is None:
            if has_ended(camera):
                break
            continue
        ages_ms.append((time.monotonic_ns() - frame.captured_ns) / 1e6)
        first = frame.seq if count == 0 else first
        last, size = frame.seq, size + frame.pixels.nbytes
        count += 1
        damaged += bool(frame.damaged)
    spent_s = time.monotonic() - began_s
    ages = np.percentile(ages_ms, [50, 99]) if ages_ms else (float("nan"), float("nan"))
    return CameraFigures(
        seconds=round(spent_s, 2),
        frames=count,
        damaged=damaged,
        missing=last - first + 1 - count if count else 0,
        frames_per_s=round(count / spent_s, 1),
        megabytes_per_s=round(size / spent_s / 1e6, 1),
        age_ms_p50=round(float(ages[0]), 2),
        age_ms_p99=round(float(ages[1]), 2),
        cpu_share=round((time.process_time() - cpu_s) / spent_s, 3),
    )
