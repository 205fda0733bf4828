import dataclasses
import json
from pathlib import Path

import pytest

from vision.bundle import (
    CARD_FILE,
    GOLDEN_FILE,
    MODEL_FILE,
    PARITY_FILE,
    SUMS_FILE,
    bundle_id_of,
    copy_bundle,
    load_bundle,
    save_bundle,
    sha256_hex,
)
from vision.card import CARD_CODEC, ModelCard, Thresholds
from vision.types import VisionError


def resign(folder: Path) -> None:
    """Write matching sums, as someone would who wants a changed file to pass."""
    lines = [
        f"{sha256_hex((folder / name).read_bytes())}  {name}\n"
        for name in (MODEL_FILE, CARD_FILE, GOLDEN_FILE)
    ]
    (folder / SUMS_FILE).write_text("".join(lines))


def test_a_saved_bundle_loads_as_it_was(bundle_folder: Path, model: bytes, card: ModelCard) -> None:
    bundle = load_bundle(bundle_folder)
    assert bundle.card == card
    assert bundle.model == model
    assert bundle.thresholds_version == 0
    assert sorted(path.name for path in bundle_folder.iterdir()) == [
        SUMS_FILE,
        CARD_FILE,
        GOLDEN_FILE,
        MODEL_FILE,
        PARITY_FILE,
    ]


@pytest.mark.parametrize("name", [MODEL_FILE, CARD_FILE, GOLDEN_FILE, SUMS_FILE])
def test_a_missing_file_is_named(bundle_folder: Path, name: str) -> None:
    (bundle_folder / name).unlink()
    with pytest.raises(VisionError, match=name):
        load_bundle(bundle_folder)


@pytest.mark.parametrize("name", [MODEL_FILE, CARD_FILE, GOLDEN_FILE])
def test_one_changed_byte_is_found(bundle_folder: Path, name: str) -> None:
    path = bundle_folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(VisionError, match=rf"{name}.*SHA-256"):
        load_bundle(bundle_folder)


def test_a_truncated_onnx_is_refused_even_with_matching_sums(bundle_folder: Path) -> None:
    path = bundle_folder / MODEL_FILE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(VisionError, match="cut short"):
        load_bundle(bundle_folder)
    resign(bundle_folder)
    with pytest.raises(VisionError, match="don't belong together"):
        load_bundle(bundle_folder)


def test_bytes_that_are_no_onnx_are_refused_even_with_a_matching_card(
    bundle_folder: Path, card: ModelCard
) -> None:
    junk = b"\xff\xfe not a graph"
    (bundle_folder / MODEL_FILE).write_bytes(junk)
    posing = dataclasses.replace(card, bundle_id=bundle_id_of(junk), model_sha256=sha256_hex(junk))
    (bundle_folder / CARD_FILE).write_bytes(CARD_CODEC.dump_json(posing))
    resign(bundle_folder)
    with pytest.raises(VisionError, match="not an ONNX file"):
        load_bundle(bundle_folder)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("schema_version", 99, "schema version is 99"),
        ("columns", "wide", "columns"),
        ("bundle_id", "0123456789abcdef", "don't belong together"),
        ("mm_per_px", 0.0, "mm_per_px: Input should be greater than 0"),
        ("mm_per_px", -0.2, "mm_per_px: Input should be greater than 0"),
        ("mm_per_px", float("nan"), "mm_per_px: Input should be a finite number"),
        ("channels", 7, "channels: Input should be 1 or 3"),
        ("output_stride", 0, "output_stride: Input should be greater than or equal to 1"),
        ("score_ceiling", float("inf"), "score_ceiling: Input should be a finite number"),
        ("kinds", ["ghost"], "kinds.0: .*'ghost' is not a valid DefectKind"),
        ("kinds", [], "kinds: Tuple should have at least 1 item"),
        ("thresholds", {"unsure": 50.0, "defective": 40.0}, "unsure not above defective"),
        ("thresholds", {"unsure": 50.0, "defective": 900.0}, "must lie between 0 and 128"),
    ],
)
def test_a_wrong_card_is_refused(bundle_folder: Path, field: str, value: object, complaint: str) -> None:
    path = bundle_folder / CARD_FILE
    facts = json.loads(path.read_text())
    facts[field] = value
    path.write_text(json.dumps(facts))
    resign(bundle_folder)
    with pytest.raises(VisionError, match=complaint):
        load_bundle(bundle_folder)


def test_a_card_that_is_no_json_is_refused(bundle_folder: Path) -> None:
    (bundle_folder / CARD_FILE).write_text("{ not json")
    resign(bundle_folder)
    with pytest.raises(VisionError, match=CARD_FILE):
        load_bundle(bundle_folder)


def test_a_file_that_the_sums_do_not_list_is_refused(bundle_folder: Path) -> None:
    (bundle_folder / SUMS_FILE).write_text("")
    with pytest.raises(VisionError, match="doesn't list it"):
        load_bundle(bundle_folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(VisionError, match="no such folder"):
        load_bundle(tmp_path / "nowhere")


def test_saving_refuses_a_card_of_another_model(
    tmp_path: Path, model: bytes, card: ModelCard, golden: bytes
) -> None:
    with pytest.raises(VisionError, match="don't belong together"):
        save_bundle(tmp_path / "b", model + b" ", card, golden)
    assert list(tmp_path.iterdir()) == []


def test_saving_never_overwrites_a_bundle(
    bundle_folder: Path, model: bytes, card: ModelCard, golden: bytes
) -> None:
    with pytest.raises(VisionError, match="empty or not there yet"):
        save_bundle(bundle_folder, model, card, golden)
    assert load_bundle(bundle_folder).card == card
    assert [path.name for path in bundle_folder.parent.iterdir()] == [bundle_folder.name]


def test_saving_refuses_thresholds_out_of_bounds(
    tmp_path: Path, model: bytes, card: ModelCard, golden: bytes
) -> None:
    wrong = dataclasses.replace(card, thresholds=Thresholds(unsure=-1.0, defective=60.0))
    with pytest.raises(VisionError, match="thresholds of Test twill"):
        save_bundle(tmp_path / "b", model, wrong, golden)


def test_a_copy_that_fails_leaves_the_older_bundle_as_it_was(
    bundle_folder: Path, tmp_path: Path, model: bytes, card: ModelCard, golden: bytes
) -> None:
    damaged = save_bundle(tmp_path / "damaged", model, card, golden)
    (damaged / MODEL_FILE).write_bytes(model[:100])
    with pytest.raises(VisionError, match="cut short"):
        copy_bundle(damaged, bundle_folder)
    assert load_bundle(bundle_folder).card == card
    assert not list(tmp_path.glob(".*"))
