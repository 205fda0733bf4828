"""`maqta model`: what it prints, what it changes, and who is written down."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from datasets.synthesis.demo import render_good_pictures
from service.cli import main
from service.events import Stamp, Tenant
from service.line.event_log import Draft, EventLog
from service.line.replay import replay
from service.shadow_events import ShadowCompared, VerdictPair
from vision.bundle import MODEL_FILE, bundle_id_of, load_bundle, save_bundle, sha256_hex
from vision.parity import read_parity, write_parity
from vision.registry import Registry

ARTICLE = "twill 7"
Maqta = Callable[..., int]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A registry of three candidates; the gate lets all but the last pass."""

    root: Path
    first: str
    second: str
    unmeasured: str


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    home = tmp_path_factory.mktemp("learnt")
    render_good_pictures("fabric", 256, 0.4, 3, home / "good")
    where = ["--good", str(home / "good"), "--registry", str(home / "registry")]
    assert main(["learn", "--article", ARTICLE, "--mm-per-px", "0.4", "--no-activate", *where]) == 0
    registry = Registry(home / "registry")
    (first,) = registry.list()[0].bundles
    second, unmeasured = (another(registry, first, number, home) for number in (1, 2))
    return Shelf(root=home / "registry", first=first, second=second, unmeasured=unmeasured)


@pytest.fixture
def shelf(learnt: Shelf, tmp_path: Path) -> Shelf:
    shutil.copytree(learnt.root, tmp_path / "registry")
    return dataclasses.replace(learnt, root=tmp_path / "registry")


@pytest.fixture
def maqta(shelf: Shelf) -> Maqta:
    return lambda *words: main(["model", "--registry", str(shelf.root), *words])


def another(registry: Registry, bundle_id: str, number: int, folder: Path) -> str:
    """The same graph with an unknown field at its file's end: another bundle; only number 1 has a report."""
    bundle = load_bundle(registry.find(bundle_id))
    model = bundle.model + b"\xfa\x01\x02v" + str(number).encode()
    card = dataclasses.replace(
        bundle.card, bundle_id=bundle_id_of(model), model_sha256=sha256_hex(model), demo=True
    )
    made = save_bundle(folder / f"b{number}", model, card, bundle.golden)
    if number == 1:
        write_parity(made, dataclasses.replace(read_parity(bundle.folder), model_sha256=card.model_sha256))
    return registry.add(made)


def test_list_is_a_table_with_a_line_for_each_bundle(
    shelf: Shelf, maqta: Maqta, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maqta("activate", ARTICLE, shelf.first) == 0
    capsys.readouterr()
    assert maqta("list") == 0
    titles, first, second, _ = capsys.readouterr().out.splitlines()
    columns = [titles.index(title) for title in ("article", "bundle", "state", "demo", "gate")]
    assert [first[at:].split("  ")[0] for at in columns] == [ARTICLE, shelf.first, "active", "-", "passed"]
    assert [second[at:].split("  ")[0] for at in columns] == [
        *(ARTICLE, shelf.second, "candidate"),
        *("DEMO", "not asked"),
    ]
    assert "3 pictures, " in first
    assert "(v0)" in first


def test_what_lines_booked_of_a_shadow_is_in_the_list_and_their_logs_replay(
    shelf: Shelf, maqta: Maqta, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = EventLog(
        tmp_path / "line", tenant=Tenant(enterprise="e", site="s", area="a", line="loom-1"), demo=True
    )
    stamp = Stamp(utc=datetime(2026, 11, 23, tzinfo=UTC), mono_ns=1, encoder_mm=0.0)
    log.append([Draft(stamp=stamp, body=compared(shelf, alike=29, other=1))] * 2)
    log.close()
    (path,) = (tmp_path / "line").glob("*.sqlite*")
    assert replay(path).differences == ()
    assert maqta("list", "--log", str(path)) == 0
    assert "96.7% of 60 frames alike" in capsys.readouterr().out
    assert maqta("list", "--json", "--log", str(path)) == 0
    rows = json.loads(capsys.readouterr().out)
    seen = {row["bundle_id"]: (row["shadow_frames"], row["shadow_agreeing"]) for row in rows}
    assert seen == {shelf.first: (0, 0), shelf.second: (60, 58), shelf.unmeasured: (0, 0)}


def compared(shelf: Shelf, *, alike: int, other: int) -> ShadowCompared:
    return ShadowCompared(
        article=ARTICLE,
        active_bundle_id=shelf.first,
        shadow_bundle_id=shelf.second,
        frames=alike + other,
        skipped=5,
        verdicts=(
            VerdictPair(active="clean", shadow="clean", frames=alike),
            VerdictPair(active="clean", shadow="unsure", frames=other),
        ),
    )


def test_a_damaged_bundle_is_listed_as_damaged(
    shelf: Shelf, maqta: Maqta, capsys: pytest.CaptureFixture[str]
) -> None:
    with (Registry(shelf.root).find(shelf.second) / MODEL_FILE).open("ab") as model_file:
        model_file.write(b"x")
    assert maqta("list") == 0
    assert [("DAMAGED" in line) for line in capsys.readouterr().out.splitlines()] == [
        False,
        False,
        True,
        False,
    ]
    assert maqta("list", "--json") == 0
    row = json.loads(capsys.readouterr().out)[1]
    assert "SHA-256" in row["damage"]
    assert row["demo"] is None


def test_an_empty_registry_says_how_to_fill_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "--registry", str(tmp_path / "none"), "list"]) == 0
    assert "no recipes here; learn one with 'maqta learn'" in capsys.readouterr().out


def test_a_bundles_life_is_told_with_names(
    shelf: Shelf, maqta: Maqta, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maqta("activate", ARTICLE, shelf.first, "--by", "Dana", "--why", "first recipe") == 0
    assert maqta("shadow", ARTICLE, shelf.second, "--by", "Dana") == 0
    assert maqta("activate", ARTICLE, shelf.second, "--by", "Aigerim", "--why", "fewer doubts") == 0
    assert maqta("rollback", ARTICLE, "--by", "Timur") == 0
    assert Registry(shelf.root).active(ARTICLE).name == shelf.first
    capsys.readouterr()
    assert maqta("show", shelf.second) == 0
    told = capsys.readouterr().out
    assert f"{ARTICLE}: bundle {shelf.second}, DEMO" in told
    life = [line.split("  ")[-1] for line in told.splitlines() if line.startswith("  ")]
    assert life == [
        *("candidate: learnt", "shadow, by Dana"),
        *("active, by Aigerim: fewer doubts", "retired, by Timur: rolled back"),
    ]


def test_who_gives_no_name_is_written_down_by_login(
    shelf: Shelf, maqta: Maqta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "mill")
    assert maqta("activate", ARTICLE, shelf.first) == 0
    (state,) = Registry(shelf.root).list()
    assert state.history[-1].by == "mill"


def test_what_the_gate_refuses_is_told_kept_and_listed(
    shelf: Shelf, maqta: Maqta, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maqta("activate", ARTICLE, shelf.first) == 0
    assert maqta("activate", ARTICLE, shelf.unmeasured, "--by", "Dana") == 2
    said = capsys.readouterr().err
    assert "has not been through the parity gate; run 'maqta model parity" in said
    assert f"{shelf.first} stays active" in said
    assert maqta("list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["state"] for row in rows] == ["active", "candidate", "candidate"]
    assert rows[2]["gate"].startswith("refused: ")
    assert maqta("show", shelf.unmeasured) == 0
    assert "REFUSED, by Dana: bundle" in capsys.readouterr().out


def test_a_shadow_ends_and_there_is_one_or_an_error(
    shelf: Shelf, maqta: Maqta, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maqta("activate", ARTICLE, shelf.first) == 0
    assert maqta("shadow", ARTICLE, shelf.second) == 0
    assert maqta("shadow", ARTICLE, "--off") == 0
    assert f"{shelf.second} is a candidate again" in capsys.readouterr().out
    assert maqta("shadow", ARTICLE, "--off") == 2
    assert "has no shadow; begin one: maqta model shadow" in capsys.readouterr().err
    for wrong in ([], [shelf.second, "--off"]):
        with pytest.raises(SystemExit):
            maqta("shadow", ARTICLE, *wrong)
