import json
from pathlib import Path

import pytest

from datasets.synthesis.demo import render_good_pictures
from service.cli import main
from vision.bundle import load_bundle
from vision.parity import read_parity
from vision.registry import BundleState, Registry


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    render_good_pictures("fabric", 256, 0.4, 4, folder)
    (folder / "Thumbs.db").write_bytes(b"not a picture")
    return folder


@pytest.fixture(scope="module")
def recipe(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle learnt once, for tests that change nothing in it."""
    home = tmp_path_factory.mktemp("recipe")
    assert learn(good, home, "--out", str(home / "bundle"), "--no-activate") == 0
    return home / "bundle"


def learn(good: Path, home: Path, *more: str) -> int:
    where = ["--registry", str(home / "registry")]
    return main(["learn", "--good", str(good), "--article", "twill 7", "--mm-per-px", "0.4", *where, *more])


def test_a_learnt_article_is_registered_active_and_inspects_by_name(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert learn(good, tmp_path) == 0
    assert "1 files are no pictures" in capsys.readouterr().err
    assert main(["model", "--registry", str(tmp_path / "registry"), "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["article"], len(row["bundle_id"]), row["state"]) == ("twill 7", 16, "active")
    assert row["gate"] == "passed"
    picture = next(good.glob("*.png"))
    registry = ["--registry", str(tmp_path / "registry")]
    assert (
        main(["inspect", "--recipe", "twill 7", "--out", str(tmp_path / "out"), *registry, str(picture)]) == 0
    )
    assert (tmp_path / "out" / "inspections.jsonl").read_text(encoding="utf-8").count("\n") == 1


def test_out_gets_the_bundle_and_is_a_recipe(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    for _ in range(2):  # an older bundle there is replaced
        assert learn(good, tmp_path, "--out", str(out), "--no-activate") == 0
    files = ["SHA256SUMS", "card.json", "golden.npz", "model.onnx", "parity.json"]
    assert sorted(path.name for path in out.iterdir()) == files
    picture = next(good.glob("*.png"))
    assert main(["inspect", "--recipe", str(out), "--out", str(tmp_path / "out"), str(picture)]) == 0


def test_a_provider_that_is_not_here_ends_inspecting_and_is_named(
    good: Path, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = next(good.glob("*.png"))
    asked = ["inspect", "--recipe", str(recipe), "--out", str(tmp_path / "out"), "--provider", "cuda"]
    assert main([*asked, str(picture)]) == 2
    assert "provider 'cuda' was asked for" in capsys.readouterr().err


def test_out_never_removes_what_is_no_bundle(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("dear", encoding="utf-8")
    assert learn(good, tmp_path, "--out", str(tmp_path)) == 2
    assert "no bundle" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "dear"


@pytest.mark.parametrize(("folder", "words"), [("nowhere", "no such folder"), ("empty", "no pictures")])
def test_a_folder_without_pictures_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    assert learn(tmp_path / folder, tmp_path) == 2
    assert words in capsys.readouterr().err


def test_a_recipe_that_the_gate_refuses_is_learnt_but_stays_a_candidate(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.parity.LEAST_TILES", 10**6)
    assert learn(good, tmp_path) == 0
    said = capsys.readouterr()
    (state,) = Registry(tmp_path / "registry").list()
    assert state.bundles == {said.out.strip().rsplit("/", 1)[1]: BundleState.CANDIDATE}
    assert "stays a candidate of 'twill 7'" in said.err
    assert "at least 1000000 and 50 are needed" in said.err


def test_rolling_back_makes_the_earlier_recipe_active(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert learn(good, tmp_path) == 0
    first = capsys.readouterr().out.strip().rsplit("/", 1)[1]
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    for picture in sorted(good.glob("*.png"))[:2]:
        (fewer / picture.name).write_bytes(picture.read_bytes())
    assert learn(fewer, tmp_path) == 0
    registry = ["--registry", str(tmp_path / "registry")]
    assert main(["model", *registry, "rollback", "twill 7"]) == 0
    (state,) = Registry(tmp_path / "registry").list()
    assert state.active == first
    assert sorted(state.bundles.values()) == [BundleState.ACTIVE, BundleState.RETIRED]


@pytest.mark.parametrize("name", ["", " ", "a" * 81, "../evil", "two\nlines", "back\\slash"])
def test_a_name_that_no_line_could_have_as_its_article_is_refused(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        learn(good, tmp_path, "--article", name)
    assert ended.value.code == 2
    assert "is no name for an article" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named_with_the_cure(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert learn(good, tmp_path, "--out", str(tmp_path / "file" / "out")) == 2
    assert (
        "file/out: can't be written (File exists); name another folder with --out" in capsys.readouterr().err
    )
    assert learn(good, tmp_path, "--registry", str(tmp_path / "file")) == 2
    assert "can't be written (Not a directory); check rights and free space" in capsys.readouterr().err


def test_two_articles_learnt_from_the_same_pictures_keep_their_own_cards(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        assert learn(good, tmp_path, "--article", name) == 0
        folder = Path(capsys.readouterr().out.strip())
        assert load_bundle(folder).card.article == name


def test_a_recipe_goes_through_the_parity_gate_when_it_is_learnt_and_again_when_asked(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    assert learn(good, tmp_path, "--out", str(out), "--no-activate") == 0
    assert "parity gate: passed" in capsys.readouterr().err
    assert read_parity(out).passed
    (out / "parity.json").unlink()
    assert main(["model", "parity", str(out), "--good", str(good), "--torch"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{out}\tpassed\n"
    assert [path.name for path in read_parity(out).paths] == ["shipped", "line", "torch"]


def test_good_pictures_of_another_width_do_not_serve_the_gate(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = tmp_path / "narrow"
    render_good_pictures("fabric", 128, 0.4, 1, narrow)
    assert main(["model", "parity", str(recipe), "--good", str(narrow)]) == 2
    assert "none of 1 pictures is 256 px wide" in capsys.readouterr().err
