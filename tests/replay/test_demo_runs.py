"""`maqta run` as a user starts it: two lines, and a plant that is killed on the way; every book closes."""

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import demo_run
import pytest

from service.line.event_log import read_events

LINES = ("demo-fabric", "demo-fibre")


def plant_events(home: Path) -> int:
    database = home / "demo" / "plant" / "plant.sqlite3"
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM events").fetchone()[0])


def line_events(demo: demo_run.Demo) -> int:
    total = 0
    for line in LINES:
        with closing(sqlite3.connect(f"file:{demo.log_of(line)}?mode=ro", uri=True)) as db:
            total += int(db.execute("SELECT count(*) FROM events").fetchone()[0])
    return total


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> demo_run.Demo:
    demo = demo_run.start(tmp_path_factory.mktemp("home"))
    try:
        demo_run.wait_until("panel", 120, lambda: any("http://" in text for text in demo.printed))
        demo_run.wait_until("events at the plant", 60, lambda: plant_events(demo.home) > 20)
        os.kill(demo_run.children(demo.process.pid)["plant"], signal.SIGKILL)
        before = plant_events(demo.home)
        demo_run.wait_until("the plant again", 60, lambda: plant_events(demo.home) > before + 20)
        time.sleep(2)
    finally:
        demo.process.send_signal(signal.SIGINT)
        demo.process.wait(90)
    return demo


def test_it_says_where_the_panel_is_and_how_to_log_in(finished: demo_run.Demo) -> None:
    said = "".join(finished.printed)
    assert "Panel: http://127.0.0.1:" in said
    assert said.count("Log in as admin with the password ") == 1


def test_it_stops_cleanly_and_every_book_closes(finished: demo_run.Demo) -> None:
    assert finished.process.returncode == 0, "".join(finished.printed)
    assert "every line closed its books" in "".join(finished.printed)
    for line in LINES:
        book = demo_run.books(finished.log_of(line))
        assert book["encoder_m"] > 0
        assert book["unbooked_mm"] == 0


def test_the_plant_has_every_event_though_it_was_killed(finished: demo_run.Demo) -> None:
    assert plant_events(finished.home) == line_events(finished)


def test_every_event_is_marked_demo(finished: demo_run.Demo) -> None:
    for line in LINES:
        assert {event.demo for event in read_events(finished.log_of(line))} == {True}
