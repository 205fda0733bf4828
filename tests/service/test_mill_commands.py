"""maqta export, certificate, passport and import, against a plant that runs."""

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest

from service import events as ev
from service.cli import main
from service.mill_settings import ClientAccess
from service.settings import AcceptanceSettings, LineAccess, PlantSettings
from service.web.main import run_plant

ORDERS = "order_id,article,quantity,unit,customer,due\n7,greige,100,m,K,2026-03-31\n8,greige,many,m,K,\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A plant with one roll, and how a command reaches it."""
    folder = tmp_path_factory.mktemp("running")
    settings = PlantSettings(
        enterprise="mill", site="north", data_dir=folder / "plant", registry_dir=folder / "registry",
        host="127.0.0.1", port=0, time_zone="Asia/Almaty", shifts=[],
        lines=[LineAccess(line="loom-1", token_file=folder / "loom-1.token")],
        acceptance=AcceptanceSettings(first_points_per_100_m2=20.0, second_points_per_100_m2=40.0),
        clients=[ClientAccess(name="office", role="engineer", token_file=folder / "office.token")],
    )  # fmt: skip
    _fill(settings)
    announced: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=run_plant, args=(settings, stop, announced.append))
    thread.start()
    try:
        while len(announced) < 2 and thread.is_alive():
            thread.join(0.05)
        url = announced[0].split()[-1].rstrip("/")
        yield {
            "url": url,
            "reach": ["--url", url, "--token-file", str(folder / "office.token")],
            "folder": folder,
        }
    finally:
        stop.set()
        thread.join(20)


def _fill(settings: PlantSettings) -> None:
    from datetime import UTC, datetime

    from service.plant.plant import Plant

    now = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    bodies: list[ev.Body] = [
        ev.LineStarted(
            line_kind=ev.LineKind.FABRIC, article="greige", bundle_id="b", software="1", web_width_mm=1500.0
        ),
        ev.RollStarted(roll_id="r1", name="R-1", article="greige", width_mm=1500.0, start_mm=0.0),
        ev.RollEnded(roll_id="r1", end_mm=1000.0),
    ]
    tenant = ev.Tenant(enterprise="mill", site="north", area="weaving", line="loom-1")
    first = ev.Event(
        id="00000000-0000-4000-8000-000000000000", schema_version=ev.SCHEMA_VERSION, log_id="log-a", seq=1,
        tenant=tenant, stamp=ev.Stamp(utc=now, mono_ns=0, encoder_mm=0.0), demo=False, body=bodies[0],
    )  # fmt: skip
    plant = Plant.open(settings, lambda: now)
    plant.ingest(
        "loom-1",
        [
            replace(first, id=f"00000000-0000-4000-8000-{seq:012d}", seq=seq, body=body)
            for seq, body in enumerate(bodies, start=1)
        ],
    )
    plant.close()


def test_rolls_are_exported_to_a_workbook(running: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "rolls.xlsx"
    assert main(["export", "rolls", "--out", str(out), *running["reach"]]) == 0
    _, _, row = openpyxl.load_workbook(io.BytesIO(out.read_bytes()))["rolls"].iter_rows(values_only=True)
    assert row[:3] == ("production", "r1", "R-1")


def test_a_certificate_is_written_for_a_rolls_name(running: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "c.pdf"
    assert main(["certificate", "R-1", "--language", "ru", "--out", str(out), *running["reach"]]) == 0
    assert "Сертификат качества рулона" in pypdf.PdfReader(out).pages[0].extract_text()


def test_a_file_is_imported_and_what_was_refused_is_named(
    running: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    assert main(["import", "orders", str(file), "--rehearse", *running["reach"]]) == 1
    assert main(["import", "orders", str(file), *running["reach"]]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2 rows: 1 rehearsed (0 corrections), 0 unchanged, 1 refused"
    assert said[2] == "2 rows: 1 taken (0 corrections), 0 unchanged, 1 refused"
    assert said[3] == "row 3, value: 'many' is no number; write e.g. 1234.5"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["export", "rolls", "--out", "x.pdf"], "end it in .csv or .xlsx"),
        (["certificate", "R-9", "--out", "x.pdf"], "roll R-9 is not known"),
        (["passport", "L-9", "--out", "x.pdf", "--set", "a"], "give FIELD=VALUE"),
        (["passport", "L-9", "--out", "x.pdf"], "lot L-9 is not known"),
        (["import", "nobody", __file__], "mapping 'nobody' is not known"),
    ],
)
def test_what_cant_be_done_is_said_in_one_line(
    running: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*command, *running["reach"]]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_plant_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t").write_text("x" * 40)
    reach = ["--url", "http://127.0.0.1:9", "--token-file", str(tmp_path / "t")]
    assert main(["export", "rolls", "--out", str(tmp_path / "r.csv"), *reach]) == 2
    assert "the plant at http://127.0.0.1:9 does not answer" in capsys.readouterr().err
