import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from vision.bundle import bundle_id_of, load_bundle, save_bundle, sha256_hex
from vision.card import ModelCard, Thresholds
from vision.golden import FAINT_GREY, TILE_ROWS, check_golden, make_golden, processor_name, tolerance_of
from vision.golden_file import Golden, decode_golden, encode_golden
from vision.inference import RUNTIME, Engine
from vision.types import VisionError

Run = Callable[[NDArray[np.uint8], tuple[int, int]], NDArray[np.float32]]


def shifted(golden: Golden, by: float) -> Golden:
    """The same golden tiles with every expected score moved."""
    tiles = tuple(dataclasses.replace(tile, scores=tile.scores + np.float32(by)) for tile in golden.tiles)
    return dataclasses.replace(golden, tiles=tiles)


def test_the_tolerance_of_a_learnt_recipe_is_two_hundredths_of_a_score(card: ModelCard) -> None:
    assert tolerance_of(dataclasses.replace(card, score_floor=-6.0, score_ceiling=24.0)) == pytest.approx(
        0.02
    )


def test_a_golden_file_comes_back_as_it_was(card: ModelCard, golden_tiles: Golden) -> None:
    data = encode_golden(golden_tiles)
    back = decode_golden(data, card, Path("golden.npz"))
    assert (back.processor, back.runtime) == (processor_name(), RUNTIME)
    assert len(back.tiles) == 3
    for tile, was in zip(back.tiles, golden_tiles.tiles, strict=True):
        assert np.array_equal(tile.pixels, was.pixels)
        assert tile.cloth_px == was.cloth_px
        assert np.array_equal(tile.scores, was.scores)
    assert encode_golden(back) == data


def test_golden_tiles_are_a_good_one_and_two_with_a_flaw(golden_tiles: Golden) -> None:
    good, faint, strong = (float(tile.scores.max()) for tile in golden_tiles.tiles)
    assert all(tile.pixels.shape == (TILE_ROWS, 96) for tile in golden_tiles.tiles)
    assert good < faint < FAINT_GREY + 8  # the noise of the tile lies within 8 grey levels
    assert strong > 60.0  # the tiny recipe's `defective`


def test_a_start_says_who_made_the_golden_tiles_and_who_runs_them(
    bundle_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "vision.inference"):
        Engine(load_bundle(bundle_folder), threads=1)
    told = caplog.messages[-1]
    assert "3 golden tiles differ by" in told
    assert told.count(processor_name()) == 2
    assert f"{RUNTIME} on cpu" in told


def test_a_bundle_whose_golden_maps_differ_does_not_start(
    tmp_path: Path, model: bytes, card: ModelCard, golden_tiles: Golden
) -> None:
    other = dataclasses.replace(shifted(golden_tiles, 0.5), processor="Elbrus 8S", runtime="onnxruntime 1.0")
    bundle = load_bundle(save_bundle(tmp_path / "b", model, card, encode_golden(other)))
    with pytest.raises(VisionError) as caught:
        Engine(bundle, threads=1)
    told = str(caught.value)
    limit = f"{0.02 / 30 * 128:.3g}"  # the tiny card reaches from 0 to 128
    for part in (card.bundle_id, "differs by 0.5", f"limit {limit}", "Elbrus 8S", processor_name(), RUNTIME):
        assert part in told
    assert "learn the article on this machine" in told


def test_a_graph_that_was_tampered_with_and_signed_anew_does_not_start(
    tmp_path: Path, model: bytes, card: ModelCard, golden: bytes
) -> None:
    """Hashes and id fit; only the golden tiles know what the graph answered when it was learnt."""
    graph = onnx.load_model_from_string(model)
    (grey,) = (tensor for tensor in graph.graph.initializer if tensor.name == "grey")
    grey.CopyFrom(numpy_helper.from_array(np.array(126.0, np.float32), "grey"))  # it was 128
    other = graph.SerializeToString()
    own = dataclasses.replace(card, bundle_id=bundle_id_of(other), model_sha256=sha256_hex(other))
    with pytest.raises(VisionError, match="golden tile 0 differs by 2 "):
        Engine(load_bundle(save_bundle(tmp_path / "b", other, own, golden)), threads=1)


def test_a_difference_within_the_tolerance_starts(
    tmp_path: Path, model: bytes, card: ModelCard, golden_tiles: Golden
) -> None:
    near = shifted(golden_tiles, 0.9 * tolerance_of(card))
    engine = Engine(load_bundle(save_bundle(tmp_path / "b", model, card, encode_golden(near))), threads=1)
    assert engine.card == card


def constant(score: float) -> Run:
    return lambda pixels, cloth_px: np.full(
        (1, pixels.shape[0] // 4, pixels.shape[1] // 4), score, np.float32
    )


def test_a_verdict_that_changes_stops_the_start_even_within_the_tolerance(card: ModelCard) -> None:
    tile = np.random.default_rng(0).integers(120, 136, (64, 96), np.uint8)
    golden = make_golden(constant(49.98), RUNTIME, card, [tile])
    tight = dataclasses.replace(card, thresholds=Thresholds(unsure=50.0, defective=50.0))
    with pytest.raises(VisionError, match=r"differs by 0\.04.*was clean and is defective"):
        check_golden(golden, constant(50.02), tight, "here")
    doubtful = dataclasses.replace(card, thresholds=Thresholds(unsure=50.0, defective=60.0))
    assert check_golden(golden, constant(50.02), doubtful, "here") == pytest.approx(0.04, abs=2e-3)


def test_a_map_of_no_numbers_stops_the_start(card: ModelCard, golden_tiles: Golden) -> None:
    with pytest.raises(VisionError, match="differs by nan"):
        check_golden(golden_tiles, constant(float("nan")), card, "here")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut", b"no zip at all"])
def test_a_golden_file_that_holds_something_else_is_named(card: ModelCard, data: bytes) -> None:
    with pytest.raises(VisionError, match=r"golden\.npz: holds no golden tiles"):
        decode_golden(data, card, Path("golden.npz"))


def test_golden_maps_of_another_size_are_refused(card: ModelCard, golden_tiles: Golden) -> None:
    data = encode_golden(golden_tiles)
    with pytest.raises(VisionError, match=r"map 0 is float32 \(1, 8, 24\), by the card float32 \(1, 4, 12\)"):
        decode_golden(data, dataclasses.replace(card, output_stride=8), Path("golden.npz"))
