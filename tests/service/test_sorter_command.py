"""maqta sorter against the twin on a real pty, as a person types it."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.config import SorterConfig
from firmware_bridge.messages import McuState
from firmware_bridge.transport import SerialTransport
from firmware_bridge.twin import McuTwin
from service.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def twin() -> Iterator[McuTwin]:
    twin = McuTwin(
        speed_mm_s=500.0,
        counts_per_mm=10.0,
        on_expose=lambda seq, count: None,
        config=SorterConfig(
            heartbeat_ms=5000
        ),  # a busy machine may hold the host back for longer than 250 ms
    )
    twin.start()
    yield twin
    twin.stop()
    assert twin.error is None


def sorter(*words: str) -> int:
    return main(["sorter", *words])


def test_status_says_who_and_how_it_is(twin: McuTwin, capsys: pytest.CaptureFixture[str]) -> None:
    assert sorter("status", "--port", twin.port, "--counts-per-mm", "10") == 0
    said = capsys.readouterr().out
    assert f"controller at {twin.port}: firmware 0.1.0, protocol 1, boot" in said
    assert "ready, not armed: nothing can fire" in said
    assert "emerg. stop   free" in said
    assert "longest on    valve 200 ms" in said
    assert "0 encoder steps lost, 0 bytes lost, 0 emergency stops, 0 silent hosts" in said
    speed = re.search(r"belt +\d+ counts/s, ([\d.]+) mm/s", said)
    assert speed is not None
    assert float(speed[1]) == pytest.approx(500.0, rel=0.05)
    assert twin.state is McuState.READY


def test_status_of_a_pressed_emergency_stop_says_so(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.emergency_stop()
    assert sorter("status", "--port", twin.port) == 0
    assert "emerg. stop   PRESSED" in capsys.readouterr().out


def test_jog_without_yes_only_says_what_it_would_do(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorter("jog", "valve-3", "--port", twin.port) == 0
    said = capsys.readouterr().out
    assert "valve-3: 1 pulse of 20 ms" in said
    assert "Nothing was moved. Arming closes the line-stop relay" in said
    assert twin.counters.scheduled == 0
    assert twin.state is McuState.READY


def test_jog_with_yes_pulses_each_output_asked_for_and_disarms(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--times", "2", "--pause-ms", "100", "--ms", "10", "--yes")
    assert sorter("jog", "valve-3", "--port", twin.port, *words) == 0
    assert "2 of 2 pulses taken" in capsys.readouterr().out
    assert [firing.output for firing in twin.fired] == [3, 3]
    assert all(firing.tick_off - firing.tick_on == 2500 for firing in twin.fired)  # 10 ms at 250 kHz
    assert twin.state is McuState.READY


def test_jog_of_all_valves_goes_through_them_in_turn(twin: McuTwin) -> None:
    assert sorter("jog", "valves", "--port", twin.port, "--pause-ms", "100", "--ms", "5", "--yes") == 0
    assert [firing.output for firing in twin.fired] == list(range(16))


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("valve-16",), "give valve-0 to valve-15, gate, marker or line-stop"),
        (("valve-1", "--ms", "150"), "above 0 and at most 100 ms"),
        (("valve-1", "--times", "101"), "1 to 100 are allowed"),
        (("valve-1", "--times", "0"), "1 to 100 are allowed"),
        (("valve-1", "--pause-ms", "10"), "at least 100"),
    ],
)
def test_a_jog_out_of_bounds_is_refused_before_the_port_is_opened(
    words: tuple[str, ...], cure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorter("jog", *words, "--port", "/dev/ttyNOT_THERE", "--yes") == 2
    assert cure in capsys.readouterr().err


def test_nothing_moves_while_the_emergency_stop_is_pressed(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.emergency_stop()
    assert sorter("jog", "gate", "--port", twin.port, "--yes") == 2
    assert "release the emergency stop where that is safe" in capsys.readouterr().err
    assert twin.fired == ()


def test_fire_meets_the_piece_of_belt_that_was_under_the_camera(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    before = twin.encoder_count()
    words = ("--counts-per-mm", "10", "--distance-mm", "400", "--length-mm", "30", "--yes")
    assert sorter("fire", "valve-5", "--port", twin.port, *words) == 0
    said = capsys.readouterr().out
    assert "fired; disarmed" in said
    scheduled = re.search(r"scheduled at count (\d+) for 300 counts", said)
    assert scheduled is not None
    (firing,) = twin.fired
    assert (firing.output, firing.count_on) == (5, int(scheduled[1]))
    assert before + 4000 < firing.count_on < twin.encoder_count()


def test_fire_without_yes_moves_nothing(twin: McuTwin, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--counts-per-mm", "10", "--distance-mm", "400")
    assert sorter("fire", "valve-5", "--port", twin.port, *words) == 0
    assert "20 mm of belt, 400 mm from here; the belt runs at" in capsys.readouterr().out
    assert twin.counters.scheduled == 0


def test_fire_on_a_belt_that_stands_is_given_up_and_dropped(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.set_speed(0.0)
    words = ("--counts-per-mm", "10", "--distance-mm", "400", "--wait-s", "0.3", "--yes")
    assert sorter("fire", "valve-5", "--port", twin.port, *words) == 1
    assert "given up after 0.3 s: the belt moved 0.0 mm" in capsys.readouterr().out
    assert twin.fired == ()
    assert twin.counters.dropped == 1


def test_a_cable_pulled_while_a_shot_waits_is_one_line_and_the_controller_lets_go(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.set_speed(0.0)
    words = ("--counts-per-mm", "10", "--distance-mm", "400", "--wait-s", "30", "--yes")
    threading.Timer(1.0, twin.unplug).start()
    assert sorter("fire", "valve-5", "--port", twin.port, *words) == 2
    assert "check cable and power of the sorter's controller" in capsys.readouterr().err
    until(lambda: twin.state is McuState.SAFE, "the safe state")
    assert twin.counters.dropped == 1
    assert twin.fired == ()


def test_ctrl_c_while_a_shot_waits_disarms_at_once(twin: McuTwin) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits "ignore"
    twin.set_speed(0.0)
    command = [sys.executable, "-m", "service.cli", "sorter", "fire", "valve-5", "--port", twin.port]
    command += ["--counts-per-mm", "10", "--distance-mm", "400", "--yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as fire:
        assert fire.stdout is not None
        while not fire.stdout.readline().startswith("scheduled"):
            assert fire.poll() is None
        assert twin.state is McuState.ARMED
        fire.send_signal(signal.SIGINT)
        assert fire.wait(20) == 130
    assert twin.state is McuState.READY  # told, not left to its heartbeat of 5 s
    assert twin.counters.dropped == 1


def test_fire_needs_to_know_the_belt(twin: McuTwin, capsys: pytest.CaptureFixture[str]) -> None:
    assert sorter("fire", "valve-5", "--port", twin.port) == 2
    assert "give --counts-per-mm and --distance-mm, or --line LINE.toml" in capsys.readouterr().err


def test_time_finds_clock_encoder_and_counts_per_mm(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorter("time", "--port", twin.port, "--seconds", "1.5", "--moved-mm", "700") == 0
    said = capsys.readouterr().out
    assert re.search(r"round trips   \d+: [\d.]+ ms p50", said)
    assert re.search(r"clock         2[45]\d{4}\.\d ticks/s", said)
    counted = re.search(r"encoder       \+(\d+) counts", said)
    assert counted is not None
    assert f"counts_per_mm = {int(counted[1]) / 700:.4f}" in said


@pytest.mark.parametrize(
    ("speed_mm_s", "cure"), [(-500.0, "exchange the encoder's channels A and B"), (0.0, "check its supply")]
)
def test_an_encoder_that_is_wired_wrong_is_noticed(
    twin: McuTwin, speed_mm_s: float, cure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.set_speed(speed_mm_s)
    assert sorter("time", "--port", twin.port, "--seconds", "1", "--moved-mm", "500") == 0
    assert cure in capsys.readouterr().out


def test_config_is_shown_and_changed_only_with_yes(twin: McuTwin, capsys: pytest.CaptureFixture[str]) -> None:
    change = ("heartbeat_ms=1000", "max_on_ms=80,2000,500,2000", "flags=1")
    assert sorter("config", *change, "--port", twin.port) == 0
    said = capsys.readouterr().out
    assert "max_on_ms        200,2000,500,2000  ->  80,2000,500,2000" in said
    assert "comes from: stored" in said
    assert "Nothing was changed" in said
    assert sorter("config", *change, "--port", twin.port, "--yes") == 0
    assert "stored" in capsys.readouterr().out
    assert sorter("config", "--port", twin.port) == 0
    said = capsys.readouterr().out
    assert "max_on_ms        80,2000,500,2000\n" in said
    assert "->" not in said


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ("max_on_ms=80", "takes 4 number(s), 1 were given"),
        ("heartbeat_ms=20", "heartbeat_ms is 20, it must be 100 to 1000"),
        ("heartbeats=20", "give KEY=VALUE with one of heartbeat_ms"),
        ("heartbeat_ms=soon", "is no whole number"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_range(
    twin: McuTwin, change: str, cure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorter("config", change, "--port", twin.port, "--yes") == 2
    assert cure in capsys.readouterr().err


def test_trace_shows_both_directions_and_camera_triggers(
    twin: McuTwin, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--seconds", "0.6", "--expose-every-counts", "1000", "--hex")
    assert sorter("trace", "--port", twin.port, *words) == 0
    said = capsys.readouterr().out
    assert "→ Hello(seq=" in said
    assert "← Welcome(seq=" in said
    assert "← ReportMessage(seq=1, run=1, report=TriggerReport(seq=0" in said
    assert "Heartbeat(" not in said
    assert "frames, 0 damaged; heartbeats" in said
    hello = re.search(r"→ Hello.*\n +([0-9a-f ]+) 00\n", said)
    assert hello is not None
    assert len(bytes.fromhex(hello[1])) == 9  # PROTOCOL.md


def test_a_port_in_use_names_who_has_it(twin: McuTwin, capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "import sys, time\nfrom firmware_bridge.transport import SerialTransport\n"
        "port = SerialTransport(sys.argv[1])\nport.open()\nprint('open', flush=True)\ntime.sleep(60)"
    )
    # This process plays the far end and has the port's own file open, too; it must not be named.
    with subprocess.Popen(
        [sys.executable, "-c", code, twin.port], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as line:
        assert line.stdout is not None
        try:
            line.stdout.readline()
            assert sorter("status", "--port", twin.port) == 2
        finally:
            line.kill()
    said = capsys.readouterr().err
    assert f"is in use by process {line.pid} (" in said
    assert f"process {os.getpid()}" not in said


def test_a_line_that_simulates_its_controller_has_no_port(capsys: pytest.CaptureFixture[str]) -> None:
    demo = ROOT / "service" / "demo" / "fabric.toml"
    assert sorter("status", "--line", str(demo)) == 2
    assert "start 'maqta sorter twin' and give its --port" in capsys.readouterr().err
    assert sorter("status") == 2
    assert "which port? give --port, or --line LINE.toml" in capsys.readouterr().err


def test_the_lines_file_gives_belt_and_distances(twin: McuTwin, capsys: pytest.CaptureFixture[str]) -> None:
    demo = ROOT / "service" / "demo" / "fibre.toml"
    assert sorter("fire", "valve-5", "--line", str(demo), "--port", twin.port) == 0
    assert "20 mm of belt, 300 mm from here; the belt runs at" in capsys.readouterr().out


def until(is_so: object, what: str) -> None:
    end_s = time.monotonic() + 20.0
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end_s, f"{what}: not within 20 s"
        time.sleep(0.02)


def test_the_twin_is_played_by_typing(tmp_path: Path) -> None:
    link = tmp_path / "sorter"
    command = [sys.executable, "-m", "service.cli", "sorter", "twin", "--link", str(link)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as played:
        assert played.stdin is not None
        assert played.stdout is not None
        assert played.stdout.readline() == f"the twin's port is {link}; type 'help' for what it can be told\n"
        assert sorter("jog", "valve-2", "--port", str(link), "--ms", "10", "--yes") == 0
        assert re.match(r"valve-2 on at count \d+ for \d+ counts, 10\.00 ms\n", played.stdout.readline())
        answers = []
        for word in ("speed 0", "stop", "release", "unplug", "plug", "restart", "nonsense"):
            played.stdin.write(f"{word}\n")
            played.stdin.flush()
            answers.append(played.stdout.readline())
        assert "SAFE, line stopped" in answers[1]
        assert any("the twin's port is" in answer for answer in answers)
        assert link.is_symlink()
        transport = SerialTransport(str(link))
        transport.open()
        transport.close()
        played.stdin.write("quit\n")
        played.stdin.flush()
        assert played.wait(20) == 0
        said = played.stdout.read()
    assert "press the emergency stop" in said  # the words it knows, for one it does not
    assert not link.is_symlink()
