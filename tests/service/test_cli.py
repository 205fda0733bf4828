import argparse
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli import build_parser, main
from service.commands import COMMANDS
from service.plant.kpi.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "fastapi", "nicegui", "sqlalchemy", "cv2", "numpy", "onnxruntime", "serial", "pydantic")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom service.cli import build_parser\nbuild_parser().format_help()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def with_all_below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from with_all_below(below)


def test_every_command_explains_itself() -> None:
    known = list(with_all_below(build_parser()))
    assert len(known) > len(COMMANDS) + 1
    for parser in known:
        assert f"usage: {parser.prog}" in parser.format_help()


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["inspekt"])
    assert ended.value.code == 2
    assert "inspekt" in capsys.readouterr().err


def test_a_wrong_settings_file_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "line.toml"
    path.write_text('line = "a"\nspeed = 3\n', encoding="utf-8")
    assert main(["check-config", str(path)]) == 2
    assert "'speed'" in capsys.readouterr().err


def test_good_settings_are_called_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", str(ROOT / "service" / "demo" / "run.toml")]) == 0
    assert "good run settings" in capsys.readouterr().out


def test_a_scale_in_the_wrong_unit_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["learn", "--good", "x", "--article", "a", "--mm-per-px", "0.2mm"])
    assert "millimetres per pixel" in capsys.readouterr().err


def test_a_training_recipe_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("the training extra is not installed")
    # In a process of its own: NiceGUI, started later in this one, would stumble over torch's objects.
    command = [sys.executable, "-m", "service.cli", "train", str(tmp_path / "nowhere.toml")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "nowhere.toml: can't be read" in done.stderr


def test_freezing_a_folder_that_is_no_plants_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--plant", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"), "--name", "v1"]
    assert main(["dataset", "freeze", *where]) == 2
    assert "there is no label log; give the plant's data_dir" in capsys.readouterr().err


def test_the_catalogue_of_figures_needs_no_plant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kpi", "--catalogue", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["code"] for entry in listed] == [definition.code for definition in CATALOGUE]
    loss = next(entry for entry in listed if entry["code"] == "material_loss.mass")
    assert (loss["claim"]["before"], loss["claim"]["after"]) == (12.0, 7.0)
    assert loss["definition"]["denominator"] == "input mass"
    assert main(["kpi", "--catalogue"]) == 0
    assert "without data: not measured" in capsys.readouterr().out


def test_figures_at_the_console_say_what_is_not_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("plant.toml", "economics.toml"):
        (tmp_path / name).write_bytes((ROOT / "service" / "demo" / name).read_bytes())
    (tmp_path / "plant").mkdir()
    assert main(["kpi", str(tmp_path / "plant.toml")]) == 0
    said = capsys.readouterr().out
    assert "energy_per_unit.area             not measured: An energy meter" in said
    assert main(["kpi", str(tmp_path / "plant.toml"), "--line", "loom-9"]) == 2
    assert main(["kpi"]) == 2


def test_appraisal_says_what_nobody_measured_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("plant.toml", "economics.toml"):
        (tmp_path / name).write_bytes((ROOT / "service" / "demo" / name).read_bytes())
    (tmp_path / "plant").mkdir()
    assert main(["appraisal", str(tmp_path / "plant.toml")]) == 0
    assert "of the defects on 0 audited rolls: not measured" in capsys.readouterr().out
    assert main(["appraisal", str(tmp_path / "plant.toml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["misses"]["missed_frames"] is None
    assert main(["appraisal", str(tmp_path / "plant.toml"), "--days", "0"]) == 2
