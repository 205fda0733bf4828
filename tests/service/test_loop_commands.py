"""maqta loop and maqta plan, through the command itself."""

import json
from pathlib import Path

import pytest

from service.cli import main

PLAN = """
[[orders]]
order_id = "17"
needs_kg = 900
trash_area_pct_max = {limit}
[[lots]]
lot_id = "a"
available_kg = 1000
trash_area_pct = 0.8
"""


def test_bounds_and_lock_by_console(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    who = ["--by", "eng", "--why", "trial"]
    numbers = [
        "--low",
        "1",
        "--high",
        "9",
        "--step",
        "2",
        "--miss-price",
        "0.5",
        "--fibre-price-per-kg",
        "1.7",
    ]
    bound = ["loop", "bound", config, "opener-1", "lint", "pp_white", *numbers, *who]
    assert main([*bound, "--start", "4"]) == 0
    assert main(["loop", "lock", config, "opener-1", "lint", *who]) == 0
    capsys.readouterr()
    assert main(["loop", "states", config, "--json"]) == 0
    (state,) = json.loads(capsys.readouterr().out)
    assert (state["threshold"], state["locked"], state["lock_why"]) == (4.0, True, "eng: trial")
    assert main([*bound, "--start", "20"]) != 0
    assert "start 20 must lie within 1 to 9" in capsys.readouterr().err
    for shown in ("actions", "bounds", "blame", "suppliers", "groups"):
        assert main(["loop", shown, config]) == 0


def test_checks_that_name_no_shot_are_told(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "checks.csv"
    sheet.write_text("check_id,command_id,verdict\n1,none,false\n")
    assert main(["loop", "checks", config, str(sheet), "--by", "tech"]) == 1
    assert "0 taken, 0 known, 1 refused\n1: shot none is not known" in capsys.readouterr().out


def test_a_plan_without_a_plant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(limit=1.0))
    assert main(["plan", str(path)]) == 0
    told = capsys.readouterr().out
    assert "every order is filled within its limits" in told
    assert "17\ta\t900 kg" in told
    path.write_text(PLAN.format(limit=0.7))
    assert main(["plan", str(path)]) == 1
    assert "0.1% above the limit 0.7%" in capsys.readouterr().out
