"""maqta camera list, show, grab, bench: over a simulated camera, and the twin where libaravis is."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from gige_rig import TwinProcess, needs_aravis, write_pictures

from service.cli import main

LINE = """
line = "loom-1"
kind = "fabric"
article = "twill"
data_dir = "line"
registry_dir = "registry"
[place]
enterprise = "mill"
site = "one"
area = "weaving"
[camera]
{camera}
mm_per_px = 0.4
columns = 256
rows = 64
[web]
speed_mm_s = 1280.0
counts_per_mm = 10.0
roll_length_m = 30.0
[inference]
provider = "cpu"
[sorter]
port = "twin"
baud = 500000
distance_mm = 600.0
latency_ms = 20.0
lanes = 1
margin_mm = 10.0
[policy]
on_failed = "mark"
mark_unsure = false
[pictures]
budget_mb = 200.0
free_floor_mb = 0.0
clean_sample_share = 0.01
"""
GIGE = 'driver = "aravis"\naddress = "127.0.0.1"\npacket_bytes = 1400\ndemo = true\n'


@pytest.fixture
def line_file(tmp_path: Path) -> Callable[[str], str]:
    def write(camera: str) -> str:
        path = tmp_path / "line.toml"
        path.write_text(LINE.format(camera=camera))
        return str(path)

    return write


@pytest.fixture
def replayed(tmp_path: Path) -> str:
    write_pictures(tmp_path / "pictures", rows=64, columns=256)
    return 'driver = "replay"\nfolder = "pictures"\nloop = true\ndemo = true'


def test_show_names_what_the_camera_sees_and_holds(
    line_file: Callable[[str], str], replayed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["camera", "show", line_file(replayed)]) == 0
    text = capsys.readouterr().out
    assert "256 x 64 px, 1 channel(s), 0.4 mm/px: 102.4 x 25.6 mm of the web" in text
    assert "set and read back" in text


def test_grab_writes_whole_pictures(
    line_file: Callable[[str], str], replayed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["camera", "grab", line_file(replayed), "--out", str(out), "--count", "2"]) == 0
    written = sorted(out.iterdir())
    assert [str(path) for path in written] == capsys.readouterr().out.split()
    sent = cv2.imread(str(tmp_path / "pictures" / "0.png"), cv2.IMREAD_GRAYSCALE)
    assert (cv2.imread(str(written[0]), cv2.IMREAD_GRAYSCALE) == sent).all()


def test_bench_counts_every_frame(
    line_file: Callable[[str], str], replayed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["camera", "bench", line_file(replayed), "--seconds", "0.6", "--hz", "20"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["damaged"], figures["missing"]) == (0, 0)
    assert 1 <= figures["frames"] <= 12 + 1 + 4  # 0.6 s at 20 Hz, and what the cable held


def test_list_says_which_driver_is_missing_and_which_camera_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("pypylon", "pypylon.pylon"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("vision.cameras.aravis_library.LIBRARY", "libnowhere.so.0")
    monkeypatch.setattr("vision.cameras.aravis.aravis", _fresh_aravis)
    main(["camera", "list"])
    text = capsys.readouterr().out
    assert "aravis   not here: libnowhere.so.0 can't be loaded" in text
    assert "pip install 'maqta[basler]'" in text


def _fresh_aravis() -> object:
    from vision.cameras.aravis_library import Aravis

    return Aravis()


@needs_aravis
def test_a_gige_camera_is_listed_shown_and_measured(
    line_file: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = TwinProcess(write_pictures(tmp_path / "cloth"), "--serial", "LISTED")
    twin.start()
    try:
        assert main(["camera", "list"]) == 0
        assert "aravis   Aravis-Fake-LISTED" in capsys.readouterr().out
        triggered = line_file(GIGE + 'trigger_source = "Software"')
        assert main(["camera", "show", triggered]) == 0
        assert "trigger_source   Software" in capsys.readouterr().out
        assert main(["camera", "bench", triggered, "--seconds", "1.5", "--hz", "8"]) == 0
        assert json.loads(capsys.readouterr().out)["frames"] >= 3
        wrong = line_file(GIGE + 'trigger_source = "off"\nline_rate_hz = 5400.0')
        assert main(["camera", "show", wrong]) == 2
        assert "was set to 5400 and reads back 5000" in capsys.readouterr().err
    finally:
        twin.kill()
