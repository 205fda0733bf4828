"""Cameras: GigE Vision on loopback, in-process and through a helper; the film; a camera that keeps falling.

    python benchmarks/cameras.py gige  [--seconds 20] [--fps 200]   frames of 2048 x 1024, none uncounted
    python benchmarks/cameras.py ways  [--seconds 10] [--fps 100]   in-process against a helper process, each
                                                                    with a quiet and with a busy interpreter
    python benchmarks/cameras.py film  [--seconds 600] [--fps 60] [--folder DIR]
    python benchmarks/cameras.py falls [--times 50]                 killed and started again; leaks

The camera is libaravis's own, serving our pictures in a process beside (vision/cameras/gige_twin.py): it
costs about a core itself, so on two cores the rates are a lower bound.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from camera_helper import HelperCamera

from datasets.synthesis.demo import demo_scene
from service.line.camera_bench import measure_camera
from service.line.film import Film
from service.line.grabber import Grabber
from vision.cameras.aravis import AravisCamera
from vision.cameras.features import CameraControls, CameraRegion
from vision.types import Frame

ROWS, COLUMNS = 1024, 2048
PICTURES = 4
SETTLE_S = 0.5
RELEASED_S = 12.0  # libaravis has let go of a camera that is gone


def controls(fps: float, packet_bytes: int = 8192) -> CameraControls:
    """Free-running frames of the whole size."""
    return CameraControls(
        region=CameraRegion(x=0, y=0, columns=COLUMNS, rows=ROWS),
        frame_rate_hz=fps,
        trigger_source="off",
        packet_bytes=packet_bytes,
    )


def cloth() -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """A few rendered frames."""
    scene = demo_scene("fabric", columns=COLUMNS, mm_per_px=0.25, seed=5, defect_rate_per_m2=0.4)
    return [scene.render(number * ROWS, ROWS) for number in range(PICTURES)]


class Twin:
    """The camera twin as a process."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "vision.cameras.gige_twin", "--pictures", str(folder)]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        if self._process.stdout is None or self._process.stdout.readline().strip() != "ready":
            raise RuntimeError("the camera twin can't listen on loopback")

    def kill(self) -> None:
        """As if the plug was pulled."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def end(self) -> int:
        """End it; returns how many frames it served."""
        if self._process is None:
            return 0
        self._process.terminate()
        return int(self._process.communicate(timeout=10)[0].split()[-1])


@contextmanager
def twin() -> Iterator[Twin]:
    """A running twin over rendered cloth."""
    with tempfile.TemporaryDirectory(prefix="maqta-cameras-") as name:
        for number, picture in enumerate(cloth()):
            cv2.imwrite(str(Path(name) / f"{number}.png"), picture)
        running = Twin(Path(name))
        running.start()
        try:
            yield running
        finally:
            running.kill()


def gige(seconds: float, fps: float) -> dict[str, Any]:
    """Rate, and the books: what was served is here, damaged, or counted as missing."""
    with twin() as running:
        camera = AravisCamera("127.0.0.1", controls=controls(fps), mm_per_px=0.25, camera_id="bench")
        camera.open()
        figures = measure_camera(camera, seconds)
        camera.close()
        served = running.end()
    booked = figures.frames + figures.missing
    return asdict(figures) | {"asked_fps": fps, "served": served, "in_flight_at_the_end": served - booked}


def ways(seconds: float, fps: float) -> dict[str, Any]:
    """In-process against helper, with a quiet and a busy interpreter."""
    return {
        f"{way}, {'busy' if busy else 'quiet'}": one_way(way, busy, seconds, fps)
        for busy in (False, True)
        for way in ("in-process", "helper")
    }


def one_way(way: str, busy: bool, seconds: float, fps: float) -> dict[str, Any]:
    """One way of the four."""
    stop = threading.Event()
    hog = threading.Thread(target=spin, args=(stop,), daemon=True)
    with twin():
        if way == "helper":
            camera: Any = HelperCamera("127.0.0.1", controls(fps))
        else:
            camera = AravisCamera("127.0.0.1", controls=controls(fps), mm_per_px=0.25, camera_id="bench")
            camera.open()
        measure_camera(camera, SETTLE_S)
        if busy:
            hog.start()
        figures = asdict(measure_camera(camera, seconds))
        stop.set()
        camera.close()
    if way == "helper":
        figures["cpu_share_of_the_helper"] = round(camera.cpu_s / (seconds + SETTLE_S), 3)
    return figures


def spin(stop: threading.Event) -> None:
    """Python that holds the interpreter as long as it may."""
    total = 0
    while not stop.is_set():
        total += sum(range(1000))


def film(seconds: float, fps: float, folder: Path | None) -> dict[str, Any]:
    """Frames at a steady rate to the ring; codecs' speed beside it."""
    pictures = cloth()
    for picture in pictures:
        picture.flags.writeable = False
    where = Path(tempfile.mkdtemp(prefix="maqta-film-", dir=folder))
    ring = Film(where, ring_s=30.0, budget_bytes=8_000_000_000)
    ring.start()
    began_s = time.monotonic()
    now = datetime.now(UTC)
    first = Frame(camera_id="bench", seq=0, pixels=pictures[0], captured_ns=0, captured_utc=now)
    offered = late = 0
    while (due_s := began_s + offered / fps) < began_s + seconds:
        wait_s = due_s - time.monotonic()
        late += wait_s < -1 / fps
        if wait_s > 0:
            time.sleep(wait_s)
        ring.offer(
            replace(first, seq=offered, pixels=pictures[offered % PICTURES], captured_ns=time.monotonic_ns())
        )
        offered += 1
    kept: list[Any] = []
    ring.keep("bench", 30.0, kept.append)
    ring.stop(60.0)
    spent_s = time.monotonic() - began_s
    shutil.rmtree(where)
    counts = ring.counts
    return {
        "offered": offered,
        "written": counts.written,
        "left_out": counts.left_out,
        "failed": counts.failed,
        "uncounted": offered - counts.written - counts.left_out - counts.failed,
        "megabytes_per_s": round(counts.bytes / spent_s / 1e6, 1),
        "kept_frames": kept[0].frames if kept else 0,
        "ms_per_frame": codecs(pictures[0]),
    }


def codecs(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> dict[str, float]:
    """Milliseconds a frame and core of the quickest lossless codecs, and of the CRC that the film takes."""
    ways = {
        "png_level_1": lambda: cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1]),
        "zlib_level_1": lambda: zlib.compress(picture.tobytes(), 1),
        "crc32": lambda: zlib.crc32(picture.data),
    }
    spent: dict[str, float] = {}
    for name, work in ways.items():
        began_s = time.perf_counter()
        for _ in range(5):
            work()
        spent[name] = round((time.perf_counter() - began_s) / 5 * 1e3, 2)
    return spent


def falls(times: int) -> dict[str, Any]:
    """Kill the camera and start it again under the line's own grabber; every fifth time it stays away."""
    back_s: list[float] = []
    with twin() as running:
        camera = AravisCamera("127.0.0.1", controls=controls(20.0), mm_per_px=0.25, camera_id="bench")
        grabber = Grabber(camera, tell=lambda message: None)
        grabber.start()
        next_frame(grabber, 0)
        for number in range(times + 1):
            running.kill()
            time.sleep(8.0 if number % 5 == 4 else 0.0)
            running.start()
            began_ns = time.monotonic_ns()
            next_frame(grabber, began_ns)
            back_s.append((time.monotonic_ns() - began_ns) / 1e9)
            if number == 0:  # the first fall has loaded all that is loaded once
                time.sleep(RELEASED_S)
                before = resources()
        time.sleep(RELEASED_S)
        after = resources()
        grabber.stop()
    return {
        "falls": times + 1,
        "back_after_s": {"p50": round(float(np.median(back_s)), 2), "max": round(max(back_s), 2)},
        "open_files": [before[0], after[0]],
        "threads": [before[1], after[1]],
        "memory_mb": [before[2], after[2]],
    }


def next_frame(grabber: Grabber, after_ns: int) -> None:
    """Wait for a frame that was exposed later than this."""
    while (frame := grabber.next(0.1)) is None or frame.captured_ns < after_ns:
        pass


def resources() -> tuple[int, int, float]:
    """Open files, threads, resident MB."""
    files = len(list(Path("/proc/self/fd").iterdir()))
    threads = len(list(Path("/proc/self/task").iterdir()))
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return files, threads, round(pages * 4096 / 1e6, 1)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["gige", "ways", "film", "falls"])
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--fps", type=float)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--folder", type=Path, help="the disk that is filmed to (default: temporary)")
    args = parser.parse_args()
    if args.what == "gige":
        figures = gige(args.seconds or 20.0, args.fps or 200.0)
    elif args.what == "ways":
        figures = ways(args.seconds or 10.0, args.fps or 100.0)
    elif args.what == "film":
        figures = film(args.seconds or 600.0, args.fps or 60.0, args.folder)
    else:
        figures = falls(args.times)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
