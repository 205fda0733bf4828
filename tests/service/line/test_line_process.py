"""The line as a process: run_line, a kill without warning, and what the next start makes of it."""

import gc
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from service.event_terms import NotInspectedReason
from service.events import LineStarted, LineStopped, RollEnded, RollStarted, SpanNotInspected
from service.line.errors import LineError
from service.line.event_log import read_events
from service.line.left_off import BROKEN_OFF
from service.line.main import run_line
from service.line.replay import replay
from service.settings import ReplayCameraSettings

Make = Callable[..., Any]
SCRIPT = """
import pickle, sys, threading
from pathlib import Path
from service.line.main import run_line
run_line(pickle.loads(Path(sys.argv[1]).read_bytes()), threading.Event())
"""


def bodies(settings: Any) -> list[Any]:
    return [event.body for event in read_events(settings.data_dir / "events.sqlite")]


def test_a_line_runs_until_it_is_asked_to_stop(fabric_settings: Make) -> None:
    settings, stop = fabric_settings(), threading.Event()
    threading.Timer(1.0, stop.set).start()
    assert run_line(settings, stop) == 0
    assert isinstance(bodies(settings)[-1], LineStopped)


def test_the_collector_has_done_its_long_work_before_the_sorter_counts_heartbeats(
    fabric_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: alive.extend(thread.name for thread in threading.enumerate()))
    stop = threading.Event()
    stop.set()
    assert run_line(fabric_settings(), stop) == 0
    assert "MainThread" in alive
    assert "sorter-link" not in alive


def test_a_killed_line_closes_its_book_and_its_roll_at_the_next_start(
    fabric_settings: Make, scene: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(20):
        cv2.imwrite(str(folder / f"{number:03d}.png"), scene("fabric").render(number * 128, 128))
    camera = ReplayCameraSettings(
        driver="replay", folder=folder, mm_per_px=0.4, columns=256, rows=128, loop=True, demo=True
    )
    settings = fabric_settings(camera=camera)
    (tmp_path / "settings").write_bytes(pickle.dumps(settings))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "settings")], cwd=Path(__file__).parents[3]
    )
    log = settings.data_dir / "events.sqlite"
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s and not (log.is_file() and _spans(settings) >= 4):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    assert run_line(settings, stop) == 0
    report = replay(log)
    assert report.agrees, report.text()
    assert report.runs == 2
    found = bodies(settings)
    assert len([body for body in found if isinstance(body, RollStarted)]) == len(
        [body for body in found if isinstance(body, RollEnded)]
    )
    second = [at for at, body in enumerate(found) if isinstance(body, LineStarted)][1]
    gaps = [
        body for body in found[second:] if isinstance(body, SpanNotInspected) and body.detail == BROKEN_OFF
    ]
    assert all(gap.reason is NotInspectedReason.GAP for gap in gaps)


def _spans(settings: Any) -> int:
    try:
        return sum(body.kind.startswith("span") for body in bodies(settings))
    except LineError:  # the file is being made
        return 0
