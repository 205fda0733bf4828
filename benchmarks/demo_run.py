"""The demo as a user starts it: time to the panel and to both lines counting, memory, the books at the end.

    python benchmarks/demo_run.py --minutes 10 [--kill-plant-every-s 60]

Runs `maqta run` in an empty folder on a free port, with the environment already installed.
"""

import argparse
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
POLL_S = 0.25
START_LIMIT_S = 180.0
STOP_LIMIT_S = 90.0


@dataclass
class Demo:
    """One running demo and what it printed."""

    home: Path
    process: subprocess.Popen[str]
    started_s: float
    printed: list[str] = field(default_factory=list)

    def log_of(self, line: str) -> Path:
        """The event log of a line."""
        return self.home / "demo" / "lines" / line / "events.sqlite"


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path) -> Demo:
    """Start the demo in an empty folder, its plant on a free port."""
    folder = home / "demo"
    folder.mkdir(parents=True)
    port = free_port()
    for name in ("run.toml", "plant.toml", "economics.toml", "fabric.toml", "fibre.toml"):
        text = (ROOT / "service" / "demo" / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("8420", str(port)), encoding="utf-8")
    command = [sys.executable, "-m", "service.cli", "run"]
    environment = {**os.environ, "MAQTA_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    demo = Demo(home, process, time.monotonic())
    threading.Thread(target=_listen, args=(demo,), daemon=True).start()
    return demo


def _listen(demo: Demo) -> None:
    if demo.process.stdout is not None:
        with demo.process.stdout as printed:
            demo.printed.extend(printed)


def wait_until(what: str, limit_s: float, done: Callable[[], bool]) -> float:
    """Seconds until `done()` is true."""
    begin = time.monotonic()
    while time.monotonic() - begin < limit_s:
        if done():
            return time.monotonic() - begin
        time.sleep(POLL_S)
    raise SystemExit(f"{what}: not within {limit_s:.0f} s")


def events(path: Path, kind: str) -> list[dict[str, object]]:
    """Bodies of one kind in a line's event log."""
    if not path.exists():
        return []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        try:
            rows = db.execute("SELECT body FROM events ORDER BY seq").fetchall()
        except sqlite3.OperationalError:
            return []
    bodies = [json.loads(row[0]) for row in rows]
    bodies = [body.get("body", body) for body in bodies]
    return [body for body in bodies if body.get("kind") == kind]


def children(pid: int) -> dict[str, int]:
    """Name → process id of the supervisor's children."""
    found: dict[str, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "status").read_text()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if re.search(rf"^PPid:\s+{pid}$", status, re.M) and len(words) > 4:
            found[Path(words[4].decode()).stem] = int(entry.name)
    return found


def rss_mb(pid: int) -> float:
    """Resident memory of a process in MB."""
    match = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(match.group(1)) / 1024 if match else 0.0


def books(path: Path) -> dict[str, float]:
    """The last LineStopped of a log: encoder length, inspected, not inspected, and what does not add up."""
    last = events(path, "line_stopped")[-1]
    length, seen = float(str(last["encoder_length_mm"])), float(str(last["inspected_mm"]))
    unseen = float(str(last["not_inspected_mm"]))
    return {
        "encoder_m": round(length / 1000, 3),
        "inspected_m": round(seen / 1000, 3),
        "not_inspected_m": round(unseen / 1000, 3),
        "unbooked_mm": round(length - seen - unseen, 6),
    }


def run(minutes: float, kill_plant_every_s: float) -> dict[str, object]:
    """Run the demo once and return its figures."""
    with tempfile.TemporaryDirectory(prefix="maqta-demo-") as name:
        demo = start(Path(name))
        lines = ("demo-fabric", "demo-fibre")
        try:
            panel_s = wait_until(
                "panel", START_LIMIT_S, lambda: any("http://" in text for text in demo.printed)
            )
            wait_until("both lines", START_LIMIT_S, lambda: all(_counts(demo, line) for line in lines))
            counting_s = time.monotonic() - demo.started_s
            kills = _stay(demo, minutes * 60, kill_plant_every_s)
            memory = {who: round(rss_mb(pid), 1) for who, pid in children(demo.process.pid).items()}
        finally:
            demo.process.send_signal(signal.SIGINT)
            stop_begin = time.monotonic()
            code = demo.process.wait(STOP_LIMIT_S)
        return {
            "minutes": minutes,
            "panel_s": round(panel_s, 1),
            "both_lines_counting_s": round(counting_s, 1),
            "rss_mb": memory,
            "plant_killed": kills,
            "stop_s": round(time.monotonic() - stop_begin, 1),
            "exit_code": code,
            "books": {line: books(demo.log_of(line)) for line in lines},
        }


def _counts(demo: Demo, line: str) -> bool:
    return bool(events(demo.log_of(line), "span_inspected"))


def _stay(demo: Demo, seconds: float, kill_plant_every_s: float) -> int:
    end, kills = time.monotonic() + seconds, 0
    next_kill = time.monotonic() + kill_plant_every_s
    while time.monotonic() < end and demo.process.poll() is None:
        time.sleep(POLL_S)
        if kill_plant_every_s and time.monotonic() > next_kill:
            plant = children(demo.process.pid).get("plant")
            if plant:
                os.kill(plant, signal.SIGKILL)
                kills += 1
            next_kill = time.monotonic() + kill_plant_every_s
    return kills


def main() -> int:
    """Print the figures; exit code 1 when the books don't close."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kill-plant-every-s", type=float, default=0.0)
    args = parser.parse_args()
    figures = run(args.minutes, args.kill_plant_every_s)
    print(json.dumps(figures))
    closed = all(book["unbooked_mm"] == 0 for book in figures["books"].values())  # type: ignore[attr-defined]
    return 0 if closed and figures["exit_code"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
