import sys
import time
from pathlib import Path

from service.supervisor import Child

COUNTS_SIGNALS = """
import pathlib, signal, sys, time
asked = []
signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
pathlib.Path(sys.argv[1]).touch()
while not asked:
    time.sleep(0.01)
time.sleep(0.5)
sys.exit(len(asked) - 1)
"""


def started(code: str, ready: Path) -> Child:
    child = Child(name="a child", command=[sys.executable, "-c", code, str(ready)])
    child.start(time.monotonic())
    end_s = time.monotonic() + 20
    while not ready.exists() and time.monotonic() < end_s:
        time.sleep(0.01)
    return child


def test_a_process_is_asked_to_stop_once(tmp_path: Path) -> None:
    child = started(COUNTS_SIGNALS, tmp_path / "ready")
    child.ask_to_stop()
    assert child.wait_stopped(20.0)


def test_a_process_that_does_not_stop_is_killed_and_did_not_end_well(tmp_path: Path) -> None:
    code = "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    child = started(f"{code}; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)", tmp_path / "ready")
    child.ask_to_stop()
    assert not child.wait_stopped(0.3)
    assert not child.running()


def test_a_process_that_never_had_to_run_ended_well() -> None:
    assert Child(name="a child", command=["unused"]).wait_stopped(0.0)


def test_a_process_that_was_told_to_stop_before_it_opened_anything_ended_well(tmp_path: Path) -> None:
    child = started(
        "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)", tmp_path / "a"
    )
    child.ask_to_stop()
    assert child.wait_stopped(20.0)
