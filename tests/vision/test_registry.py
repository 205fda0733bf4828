import dataclasses
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from vision.bundle import MODEL_FILE, bundle_id_of, load_bundle, save_bundle, sha256_hex
from vision.card import ModelCard, Thresholds
from vision.golden import make_golden
from vision.golden_file import encode_golden
from vision.inference import RUNTIME, map_of
from vision.overrides import add_override
from vision.registry import STATE_FILE, BundleState, Registry, slug_of
from vision.types import VisionError

NOW = datetime(2026, 5, 6, tzinfo=UTC)
ARTICLE = "Test twill"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry", utc_now=lambda: NOW)


def another_bundle(folder: Path, model: bytes, card: ModelCard, number: int) -> Path:
    """A bundle of the same article whose ONNX file differs: an unknown field at its end changes the hash."""
    other = model + b"\xfa\x01\x02v" + str(number).encode()
    changed = dataclasses.replace(card, bundle_id=bundle_id_of(other), model_sha256=sha256_hex(other))
    even = np.full((64, card.columns), 128, np.uint8)
    golden = make_golden(map_of(other, threads=1), RUNTIME, changed, [even])
    return save_bundle(folder, other, changed, encode_golden(golden))


@pytest.fixture
def two(registry: Registry, tmp_path: Path, model: bytes, card: ModelCard) -> tuple[str, str]:
    """Ids of two candidates of one article."""
    first = registry.add(another_bundle(tmp_path / "b1", model, card, 1))
    second = registry.add(another_bundle(tmp_path / "b2", model, card, 2))
    return first, second


def test_a_new_bundle_is_a_candidate_and_not_active(registry: Registry, bundle_folder: Path) -> None:
    bundle_id = registry.add(bundle_folder)
    (state,) = registry.list()
    assert state.bundles == {bundle_id: BundleState.CANDIDATE}
    assert state.active is None
    assert load_bundle(registry.find(bundle_id)).card.bundle_id == bundle_id
    with pytest.raises(VisionError, match=f"no active bundle .*candidates: {bundle_id}"):
        registry.active(ARTICLE)


def test_two_processes_at_once_lose_nothing(tmp_path: Path, model: bytes, card: ModelCard) -> None:
    folders = [another_bundle(tmp_path / f"b{number}", model, card, number) for number in range(6)]
    adding = [
        threading.Thread(target=Registry(tmp_path / "registry").add, args=(folder,)) for folder in folders
    ]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join(30.0)
    (state,) = Registry(tmp_path / "registry").list()
    assert len(state.bundles) == 6


def test_adding_twice_changes_nothing(registry: Registry, bundle_folder: Path) -> None:
    registry.add(bundle_folder)
    before = registry.list()
    registry.add(bundle_folder)
    assert registry.list() == before


def test_activating_retires_the_one_before(registry: Registry, two: tuple[str, str]) -> None:
    first, second = two
    registry.activate(ARTICLE, first, by="Dana", why="first recipe")
    registry.activate(ARTICLE, second, by="Dana", why="fewer false alarms")
    (state,) = registry.list()
    assert state.bundles == {first: BundleState.RETIRED, second: BundleState.ACTIVE}
    assert registry.active(ARTICLE) == registry.find(second)
    last = state.history[-1]
    assert (last.utc, last.by, last.why) == (NOW.isoformat(), "Dana", "fewer false alarms")


def test_rolling_back_walks_the_way_back_and_ends(registry: Registry, two: tuple[str, str]) -> None:
    first, second = two
    registry.activate(ARTICLE, first)
    registry.activate(ARTICLE, second)
    assert registry.roll_back(ARTICLE) == first
    assert registry.active(ARTICLE) == registry.find(first)
    with pytest.raises(VisionError, match="no earlier bundle"):
        registry.roll_back(ARTICLE)


def test_activating_the_active_one_again_leaves_no_trace(registry: Registry, two: tuple[str, str]) -> None:
    registry.activate(ARTICLE, two[0])
    before = registry.list()
    registry.activate(ARTICLE, two[0])
    assert registry.list() == before


def test_a_tampered_bundle_is_refused_and_the_old_one_stays(registry: Registry, two: tuple[str, str]) -> None:
    first, second = two
    registry.activate(ARTICLE, first)
    with (registry.find(second) / MODEL_FILE).open("ab") as model_file:
        model_file.write(b"x")
    with pytest.raises(VisionError, match="SHA-256"):
        registry.activate(ARTICLE, second)
    assert registry.active(ARTICLE) == registry.find(first)


def test_rolling_back_to_a_tampered_bundle_is_refused(registry: Registry, two: tuple[str, str]) -> None:
    first, second = two
    registry.activate(ARTICLE, first)
    registry.activate(ARTICLE, second)
    (registry.find(first) / MODEL_FILE).unlink()
    with pytest.raises(VisionError, match=MODEL_FILE):
        registry.roll_back(ARTICLE)
    assert registry.active(ARTICLE) == registry.find(second)


def test_a_damaged_bundle_is_not_added(registry: Registry, bundle_folder: Path) -> None:
    (bundle_folder / MODEL_FILE).write_bytes(b"")
    with pytest.raises(VisionError):
        registry.add(bundle_folder)
    assert registry.list() == ()


def test_overrides_travel_with_the_bundle(registry: Registry, bundle_folder: Path, card: ModelCard) -> None:
    mild = Thresholds(unsure=50.0, defective=90.0)
    add_override(bundle_folder, card, mild, by="Dana", utc=NOW, why="wool in it")
    assert load_bundle(registry.find(registry.add(bundle_folder))).card.thresholds == mild


def test_unknown_articles_and_bundles_are_named(registry: Registry, two: tuple[str, str]) -> None:
    with pytest.raises(VisionError, match="'Satin' isn't in"):
        registry.activate("Satin", two[0])
    with pytest.raises(VisionError, match="no bundle 'feed'"):
        registry.activate(ARTICLE, "feed")
    with pytest.raises(VisionError, match="bundle feed isn't in"):
        registry.find("feed")
    with pytest.raises(VisionError, match="'Satin' has no active bundle"):
        registry.active("Satin")


def test_a_recipe_is_found_by_folder_article_or_id(
    registry: Registry, two: tuple[str, str], tmp_path: Path
) -> None:
    first, second = two
    assert registry.resolve(tmp_path / "b1") == tmp_path / "b1"
    assert registry.resolve(first) == registry.find(first)
    assert registry.resolve(ARTICLE) == registry.find(second)  # nothing is active: the newest candidate
    registry.activate(ARTICLE, first)
    assert registry.resolve(ARTICLE) == registry.find(first)
    with pytest.raises(VisionError, match=r"recipe 'Satin'.*articles there: Test twill"):
        registry.resolve("Satin")


@pytest.mark.parametrize("article", ["../../etc", "/root", "..", ".", "", "a/b", "C:\\x", "a\nb", "x" * 300])
def test_no_article_name_leaves_the_registry(article: str, tmp_path: Path) -> None:
    home = (tmp_path / slug_of(article)).resolve()
    assert home.parent == tmp_path.resolve()
    assert len(home.name) <= 70


def test_no_two_articles_share_a_folder() -> None:
    articles = ["a b", "a-b", "A-B", "a/b", "a.b", "Бязь 120", "бязь 120", "", "-"]
    assert len({slug_of(article) for article in articles}) == len(articles)
    assert slug_of("twill_01-b") == "twill_01-b"


def test_a_damaged_pointer_is_an_error_and_not_an_empty_registry(
    registry: Registry, two: tuple[str, str]
) -> None:
    pointer = registry.find(two[0]).parent / STATE_FILE
    pointer.write_text('{"article":')
    with pytest.raises(VisionError, match="pointer is damaged"):
        registry.active(ARTICLE)


def test_a_damaged_pointer_of_one_article_leaves_the_others_usable(
    registry: Registry, bundle_folder: Path, tmp_path: Path
) -> None:
    bundle_id = registry.add(bundle_folder)
    (tmp_path / "registry" / "another").mkdir()
    (tmp_path / "registry" / "another" / STATE_FILE).write_text("garbage")
    assert registry.resolve(ARTICLE).name == bundle_id
    with pytest.raises(VisionError, match="pointer is damaged") as caught:
        registry.list()
    assert "\n" not in str(caught.value)


def test_a_registry_that_is_a_file_is_no_empty_registry(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(VisionError, match="is a file; give the folder of the recipes"):
        Registry(tmp_path / "file").list()


def test_only_the_bundles_own_files_come_in(registry: Registry, bundle_folder: Path) -> None:
    (bundle_folder / "evil.py").write_text("print('hello')")
    (bundle_folder / "deep").mkdir()
    folder = registry.find(registry.add(bundle_folder))
    own = ["SHA256SUMS", "card.json", "golden.npz", "model.onnx", "parity.json"]
    assert sorted(path.name for path in folder.iterdir()) == own
