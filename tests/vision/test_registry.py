import dataclasses
import json
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


class Keeper:
    """A gate that a test can shut by giving it a reason."""

    def __init__(self) -> None:
        self.reason = ""
        self.asked: list[str] = []

    def __call__(self, folder: Path) -> str:
        self.asked.append(folder.name)
        return self.reason


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def registry(tmp_path: Path, keeper: Keeper) -> Registry:
    return Registry(tmp_path / "registry", gate=keeper, utc_now=lambda: NOW)


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


def test_writers_at_once_lose_nothing(tmp_path: Path, model: bytes, card: ModelCard) -> None:
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


def test_of_shadows_begun_at_once_one_is_left(
    registry: Registry, tmp_path: Path, model: bytes, card: ModelCard
) -> None:
    ids = [registry.add(another_bundle(tmp_path / f"b{n}", model, card, n)) for n in range(5)]
    registry.activate(ARTICLE, ids[0])
    beginning = [
        threading.Thread(target=registry.start_shadow, args=(ARTICLE, bundle_id)) for bundle_id in ids[1:]
    ]
    for thread in beginning:
        thread.start()
    for thread in beginning:
        thread.join(30.0)
    (state,) = registry.list()
    assert [bundle_id for bundle_id, now in state.bundles.items() if now is BundleState.SHADOW] == [
        state.shadow
    ]
    assert len(state.history) == 5 + 1 + 4 + 3  # added, active, four shadows, of which three ended


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


def in_state(registry: Registry, state: BundleState, bundle_id: str, other: str) -> None:
    """Lead a candidate to a state, with the other bundle's help."""
    if state is BundleState.SHADOW:
        registry.activate(ARTICLE, other)
        registry.start_shadow(ARTICLE, bundle_id)
    elif state is not BundleState.CANDIDATE:
        registry.activate(ARTICLE, bundle_id)
    if state is BundleState.RETIRED:
        registry.activate(ARTICLE, other)
    assert next(iter(registry.list())).bundles[bundle_id] is state


@pytest.mark.parametrize(
    ("state", "activated"),
    [
        (BundleState.CANDIDATE, BundleState.ACTIVE),
        (BundleState.SHADOW, BundleState.ACTIVE),
        (BundleState.ACTIVE, BundleState.ACTIVE),
        (BundleState.RETIRED, BundleState.ACTIVE),
    ],
)
def test_every_state_may_become_active(
    registry: Registry, two: tuple[str, str], state: BundleState, activated: BundleState
) -> None:
    in_state(registry, state, *two)
    registry.activate(ARTICLE, two[0])
    (after,) = registry.list()
    assert (after.bundles[two[0]], after.active) == (activated, two[0])
    assert after.shadow is None


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (BundleState.ACTIVE, "is active: it can become retired, not shadow; choose another"),
        (BundleState.RETIRED, "is retired: it can become active, not shadow; choose another"),
    ],
)
def test_only_a_candidate_becomes_shadow(
    registry: Registry, two: tuple[str, str], state: BundleState, refusal: str
) -> None:
    in_state(registry, state, *two)
    before = registry.list()
    with pytest.raises(VisionError, match=refusal):
        registry.start_shadow(ARTICLE, two[0])
    assert registry.list() == before


def test_a_shadow_needs_an_active_bundle_beside_it(registry: Registry, two: tuple[str, str]) -> None:
    with pytest.raises(VisionError, match="no active bundle that a shadow could be compared with"):
        registry.start_shadow(ARTICLE, two[0])
    assert registry.shadow(ARTICLE) is None


def test_a_shadow_that_ends_is_a_candidate_again(registry: Registry, two: tuple[str, str]) -> None:
    first, second = two
    registry.activate(ARTICLE, first)
    registry.start_shadow(ARTICLE, second, by="Dana", why="finds more knots?")
    assert registry.shadow(ARTICLE) == registry.find(second)
    assert registry.active(ARTICLE) == registry.find(first)
    assert registry.end_shadow(ARTICLE, by="Dana") == second
    (state,) = registry.list()
    assert (state.bundles[second], state.shadow) == (BundleState.CANDIDATE, None)
    with pytest.raises(VisionError, match="has no shadow; begin one: maqta model shadow"):
        registry.end_shadow(ARTICLE)


def test_an_article_has_one_shadow(registry: Registry, bundle_folder: Path, two: tuple[str, str]) -> None:
    first, second = two
    registry.activate(ARTICLE, registry.add(bundle_folder))
    registry.start_shadow(ARTICLE, first)
    registry.start_shadow(ARTICLE, second)
    (state,) = registry.list()
    assert (state.bundles[first], state.bundles[second]) == (BundleState.CANDIDATE, BundleState.SHADOW)


def test_what_the_gate_refuses_is_written_down_and_the_old_one_stays(
    registry: Registry, keeper: Keeper, two: tuple[str, str]
) -> None:
    first, second = two
    registry.activate(ARTICLE, first)
    registry.start_shadow(ARTICLE, second)
    keeper.reason = "no parity report"
    with pytest.raises(VisionError, match=f"stays shadow: no parity report; {first} stays active"):
        registry.activate(ARTICLE, second, by="Dana", why="looks better")
    (state,) = registry.list()
    assert registry.active(ARTICLE) == registry.find(first)
    assert state.bundles == {first: BundleState.ACTIVE, second: BundleState.SHADOW}
    last = state.history[-1]
    assert (last.bundle_id, last.refused, last.by, last.utc) == (second, True, "Dana", NOW.isoformat())
    assert [state.gate_result(bundle_id) for bundle_id in two] == ["passed", "refused: no parity report"]


def test_a_gate_that_was_shut_once_may_open_later(
    registry: Registry, keeper: Keeper, two: tuple[str, str]
) -> None:
    keeper.reason = "verdicts differ"
    with pytest.raises(VisionError, match="the article has no active bundle yet"):
        registry.activate(ARTICLE, two[0])
    keeper.reason = ""
    registry.activate(ARTICLE, two[0])
    (state,) = registry.list()
    assert [state.gate_result(bundle_id) for bundle_id in two] == ["passed", "not asked"]


def test_the_way_back_is_open_whatever_the_gate_says(
    registry: Registry, keeper: Keeper, two: tuple[str, str]
) -> None:
    first, second = two
    registry.activate(ARTICLE, first)
    registry.activate(ARTICLE, second)
    keeper.reason = "shut"
    assert registry.roll_back(ARTICLE) == first
    registry.activate(ARTICLE, second)  # it was active before: as a plant rolls back
    assert keeper.asked == [first, second]


def test_a_registry_written_before_there_were_shadows_is_read(
    registry: Registry, two: tuple[str, str]
) -> None:
    pointer = registry.find(two[0]).parent / STATE_FILE
    old = json.loads(pointer.read_text())
    del old["shadow"]
    for entry in old["history"]:
        del entry["refused"]
    pointer.write_text(json.dumps(old))
    registry.activate(ARTICLE, two[0])
    assert registry.shadow(ARTICLE) is None
