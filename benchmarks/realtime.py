"""Soft real time of the line's process: its deadline, and each stage's p50, p99, p99.9 and late ones.

    python benchmarks/realtime.py [--seconds 600] [--step-seconds 60] [--loads fabric fibre] [--hogs 1]

Loads, each alone and beside a CPU hog: `fabric`, 15 strips/s of 4096 x 256 px grey; `fibre`, 200 strips/s of
2048 x 64 px grey; `colour`, such strips in colour, 100 a second. The line is a process of its own, as `maqta
line` starts it; its frames come from memory. The controller is `maqta sorter twin` in another process, kept
punctual by SCHED_FIFO where that is permitted: a real one knows nothing of the PC's load. A hog never sleeps.

Then, unless --steps none, a table of what each setting gives beside the hog: from the runtime's defaults to
the shipped ones, one more a row. `own` is what the line adds to camera and pixels: queue, place, decide,
send.
Prints JSON as the last line.
"""

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.demo import demo_scene, render_good_pictures
from service.learning import learn_folder
from service.line.hardware import build_hardware
from service.line.main import TIMING_FILE, run_line
from service.line.timing import OWN, PIXEL_STAGES, REPORT_CODEC, WHOLE, TimingReport
from service.logs import set_up_logging
from service.settings import LineSettings, RealtimeSettings
from service.settings_file import load_line
from vision.cameras.wire import TriggerWire
from vision.types import Frame

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a line has to bear, and how it is set for it: threads of an inspection, inspections at once."""

    material: Literal["fabric", "fibre"]
    rows: int
    columns: int
    mm_per_px: float
    strips_s: float
    is_grey: bool
    flaws_per_m2: float
    strips: int  # distinct ones in memory
    threads: int
    at_once: int


LOADS = {
    "fabric": Load(
        material="fabric",
        rows=256,
        columns=4096,
        mm_per_px=0.25,
        strips_s=15.0,
        is_grey=True,
        flaws_per_m2=6.0,
        strips=60,
        threads=1,
        at_once=2,
    ),
    "fibre": Load(
        material="fibre",
        rows=64,
        columns=2048,
        mm_per_px=0.4,
        strips_s=200.0,
        is_grey=True,
        flaws_per_m2=1.5,
        strips=300,
        threads=1,
        at_once=2,
    ),
    "colour": Load(
        material="fibre",
        rows=64,
        columns=2048,
        mm_per_px=0.4,
        strips_s=100.0,
        is_grey=False,
        flaws_per_m2=1.5,
        strips=300,
        threads=1,
        at_once=2,
    ),
}
CONTROLLER_RANK = 60  # above the line's link
START_S = 120.0  # a line has so long to come up, and to bring everything home
DEFAULT_SPIN_US = 1000  # the runtime's own
NOTHING: dict[str, Any] = {"policy": "normal", "freeze_collector": False, "switch_interval_ms": 5.0}
# Each row changes one thing more.
STEPS: tuple[tuple[str, dict[str, Any], int], ...] = (  # title, changes of [realtime], spin_us
    ("all defaults, spinning 1 ms", NOTHING, DEFAULT_SPIN_US),
    ("+ spinning 50 us", {}, 50),
    ("+ collector frozen", {"freeze_collector": True}, 50),
    ("+ switch interval 0.5 ms", {"switch_interval_ms": 0.5}, 50),
    ("+ SCHED_FIFO", {"policy": "fifo"}, 50),
    ("+ pinned cores", {"cores": tuple(sorted(os.sched_getaffinity(0)))}, 50),
    ("+ no spinning", {}, 0),
)
THREAD_STEPS = ((1, 1), (2, 1), (1, 2))  # threads of an inspection, inspections at once


class MemoryCamera:
    """A camera whose frames lie ready in memory: grabbing costs nothing, as with a real frame grabber."""

    def __init__(
        self, strips: NDArray[np.uint8], mm_per_px: float, wire: TriggerWire, on_first: Callable[[], None]
    ) -> None:
        self.camera_id, self.mm_per_px = "memory-1", mm_per_px
        self.rows, self.columns = strips.shape[1:3]
        self.channels = 1 if strips.ndim == 3 else strips.shape[3]
        self._strips, self._wire, self._on_first = strips, wire, on_first

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
        if seq == 0:
            self._on_first()
        pixels = self._strips[seq % len(self._strips)]
        now = datetime.now(UTC)
        return Frame(
            camera_id=self.camera_id, seq=seq, pixels=pixels, captured_ns=captured_ns, captured_utc=now
        )


def settings_of(home: Path, name: str) -> LineSettings:
    """The demo's line at the benchmark's size and rate, as a line PC would have it; the port comes later."""
    load = LOADS[name]
    demo = load_line(ROOT / "service" / "demo" / f"{load.material}.toml")
    return replace(
        demo,
        registry_dir=home / name / "registry",
        camera=replace(demo.camera, columns=load.columns, rows=load.rows, mm_per_px=load.mm_per_px),
        web=replace(demo.web, speed_mm_s=load.rows * load.mm_per_px * load.strips_s),
        uplink=None,
        threads=load.threads,
        inference=replace(demo.inference, at_once=load.at_once),
        realtime=RealtimeSettings(),
    )


def prepare(home: Path, name: str) -> None:
    """Learn the material and render its strips, once."""
    load, folder = LOADS[name], home / name
    if (folder / "strips.npy").is_file():
        return
    render_good_pictures(load.material, load.columns, load.mm_per_px, 12, folder / "good")
    if load.is_grey:
        for path in (folder / "good").iterdir():
            cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
    learn_folder(
        good=folder / "good",
        article=load_line(ROOT / "service" / "demo" / f"{load.material}.toml").article,
        mm_per_px=load.mm_per_px,
        material=load.material,
        registry_dir=folder / "registry",
        activate=True,
        demo=True,
        created_utc=datetime.now(UTC),
        progress=lambda text: None,
    )
    scene = demo_scene(
        load.material,
        columns=load.columns,
        mm_per_px=load.mm_per_px,
        seed=5,
        defect_rate_per_m2=load.flaws_per_m2,
    )
    strips = [scene.render(number * load.rows, load.rows) for number in range(load.strips)]
    if load.is_grey:
        strips = [s if s.ndim == 2 else cv2.cvtColor(s, cv2.COLOR_BGR2GRAY) for s in strips]
    np.save(folder / "strips.npy", np.stack(strips))


@contextmanager
def controller(settings: LineSettings, home: Path) -> Iterator[str]:
    """The twin in a process of its own; yields its port."""
    link = home / "sorter"
    command = [sys.executable, "-m", "service.cli", "sorter", "twin", "--quiet", "--link", str(link)]
    command += ["--speed-mm-s", str(settings.web.speed_mm_s)]
    command += ["--counts-per-mm", str(settings.web.counts_per_mm)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as twin:
        assert twin.stdout is not None  # noqa: S101  asked for above
        twin.stdout.readline()
        for task in Path(f"/proc/{twin.pid}/task").iterdir():
            with suppress(PermissionError, ProcessLookupError):
                os.sched_setscheduler(int(task.name), os.SCHED_FIFO, os.sched_param(CONTROLLER_RANK))
        try:
            yield str(link)
        finally:
            twin.terminate()


@contextmanager
def hogs(number: int) -> Iterator[None]:
    """Neighbours that take every cycle they get."""
    code = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: sum(range(100_000))"
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(number)]
    try:
        yield
    finally:
        for hog in running:
            hog.kill()
            hog.wait()


def measure(home: Path, settings: LineSettings, name: str, *, seconds: float, hog_count: int) -> TimingReport:
    """Run a line for so long and return what it says of itself."""
    with controller(settings, home) as port, tempfile.TemporaryDirectory(dir=home) as run:
        folder = Path(run)
        settings = replace(settings, data_dir=folder / "line", sorter=replace(settings.sorter, port=port))
        (folder / "settings").write_bytes(pickle.dumps(settings))
        line = [sys.executable, __file__, "--line", str(folder / "settings")]
        line += ["--strips", str(home / name / "strips.npy"), "--seconds", str(seconds)]
        with hogs(hog_count), subprocess.Popen(line) as process:
            process.wait(seconds + START_S)
        return REPORT_CODEC.validate_json((folder / "line" / TIMING_FILE).read_bytes())


def run_child(settings_file: Path, strips_file: Path, seconds: float) -> int:
    """The line's process: what `maqta line` does, with frames from memory, so long from the first one on."""
    settings: LineSettings = pickle.loads(settings_file.read_bytes())
    set_up_logging(settings.line, level=30)
    built = build_hardware(settings)
    strips: NDArray[np.uint8] = np.load(strips_file)
    strips.flags.writeable = False
    stop = threading.Event()
    end = threading.Timer(seconds, stop.set)
    hardware = replace(built, camera=MemoryCamera(strips, settings.camera.mm_per_px, built.wire, end.start))
    return run_line(settings, stop, hardware=hardware)


def row(title: str, report: TimingReport, expected: int) -> str:
    """One line of a table."""
    whole, own = report.stage(WHOLE), report.stage(OWN)
    return (
        f"{title:34} {whole.p50_ms:8.2f} {whole.p99_ms:8.2f} {whole.p999_ms:8.2f} {own.p50_ms:8.2f} "
        f"{own.p99_ms:8.2f} {own.p999_ms:8.2f} {report.late:6d} {report.frames:6d}/{expected}"
    )


HEAD = (
    f"{'ms':34} {'c>c p50':>8} {'p99':>8} {'p99.9':>8} {'own p50':>8} {'p99':>8} {'p99.9':>8}   "
    "late judged/exposed"
)


def show(title: str, report: TimingReport, expected: int) -> None:
    """Print one run stage by stage."""
    print(
        f"\n{title}: deadline {report.deadline_ms:.0f} ms, {report.policy}, {report.late} late of "
        f"{report.frames} judged, {expected} exposed, {report.shots} shots"
    )
    print(f"{'stage':20} {'p50':>9} {'p99':>9} {'p99.9':>9} {'max':>9} {'ms/Mpx':>8} {'late':>6}")
    for stage in report.stages:
        per_mpx = "" if stage.ms_per_mpx is None else f"{stage.ms_per_mpx:.2f}"
        print(
            f"{stage.stage:20} {stage.p50_ms:9.3f} {stage.p99_ms:9.3f} {stage.p999_ms:9.3f} "
            f"{stage.max_ms:9.3f} {per_mpx:>8} {stage.late:6d}"
        )


def figures(report: TimingReport, expected: int) -> dict[str, Any]:
    """What is kept of a run."""
    whole, own = report.stage(WHOLE), report.stage(OWN)
    pixels = [report.stage(name).ms_per_mpx or 0.0 for name in PIXEL_STAGES]
    return {
        "deadline_ms": round(report.deadline_ms, 1),
        "frames": report.frames,
        "exposed": expected,
        "late": report.late,
        "capture_to_command_ms": [whole.p50_ms, whole.p99_ms, whole.p999_ms],
        "own_ms": [own.p50_ms, own.p99_ms, own.p999_ms],
        "pixels_ms_per_mpx": round(sum(pixels), 2),
        "stages_ms": {each.stage: [each.p50_ms, each.p99_ms, each.p999_ms] for each in report.stages},
        "policy": report.policy,
    }


def steps(home: Path, name: str, *, seconds: float, hog_count: int) -> dict[str, Any]:
    """Measure what each setting gives: one more a row, then other numbers of threads."""
    print(f"\n{name}, {hog_count} hog(s), {seconds:g} s each\n{HEAD}")
    settings, kept = settings_of(home, name), {}
    realtime: dict[str, Any] = {}
    for title, changes, spin_us in STEPS:
        realtime |= changes
        tried = replace(
            settings,
            realtime=RealtimeSettings(**realtime),
            inference=replace(settings.inference, spin_us=spin_us),
        )
        if 0 < len(tried.realtime.cores) < tried.threads * tried.inference.at_once:
            continue
        kept[title] = _step(home, tried, name, title, seconds, hog_count)
    for threads, at_once in THREAD_STEPS:
        tried = replace(settings, threads=threads, inference=replace(settings.inference, at_once=at_once))
        title = f"as shipped, {threads} thread(s), {at_once} at once"
        kept[title] = _step(home, tried, name, title, seconds, hog_count)
    return kept


def _step(
    home: Path, tried: LineSettings, name: str, title: str, seconds: float, hog_count: int
) -> dict[str, Any]:
    report = measure(home, tried, name, seconds=seconds, hog_count=hog_count)
    expected = round(seconds * LOADS[name].strips_s)
    print(row(title, report, expected), flush=True)
    return figures(report, expected)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="of each of the main runs; 0: none")
    parser.add_argument("--step-seconds", type=float, default=60.0, help="of each row of the settings' table")
    parser.add_argument("--loads", nargs="+", choices=list(LOADS), default=["fabric", "fibre"])
    parser.add_argument("--steps", nargs="*", choices=[*LOADS, "none"], default=["fabric", "fibre"])
    parser.add_argument("--hogs", type=int, default=1)
    parser.add_argument("--home", type=Path, help="keep what is learnt and rendered here, for the next time")
    parser.add_argument("--line", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--strips", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.line is not None:
        return run_child(args.line, args.strips, args.seconds)
    with tempfile.TemporaryDirectory(prefix="maqta-bench-") as temporary:
        home = args.home or Path(temporary)
        kept: dict[str, Any] = {"hogs": args.hogs, "seconds": args.seconds}
        for name in args.loads:
            (home / name).mkdir(parents=True, exist_ok=True)
            prepare(home, name)
            for number in (0, args.hogs) if args.seconds else ():
                report = measure(home, settings_of(home, name), name, seconds=args.seconds, hog_count=number)
                title = f"{name}, {f'beside {number} hog(s)' if number else 'alone'}"
                expected = round(args.seconds * LOADS[name].strips_s)
                show(title, report, expected)
                kept[title] = figures(report, expected)
        for name in args.loads:
            if name in args.steps:
                kept[f"{name}, settings"] = steps(home, name, seconds=args.step_seconds, hog_count=args.hogs)
    print(json.dumps(kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
