import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.article import blank_statistics
from vision.base import load_base
from vision.bundle import load_bundle
from vision.graph import build_graph
from vision.inference import Engine, _session
from vision.provider import Provider
from vision.types import VisionError


@pytest.fixture(scope="module")
def learnt_model() -> bytes:
    """A graph with convolutions, as learning builds it."""
    return build_graph(blank_statistics(96, 1), load_base())


def test_a_black_cell_scores_128(engine: Engine) -> None:
    tile = np.full((64, 96), 128, np.uint8)
    tile[8:12, 16:20] = 0
    scores = engine.run(tile, (0, 96))
    assert scores.shape == (1, 16, 24)
    assert scores[0, 2, 4] == 128.0
    assert scores.sum() == 128.0


def test_what_lies_outside_the_material_scores_the_floor(engine: Engine) -> None:
    scores = engine.run(np.zeros((64, 96), np.uint8), (16, 80))
    assert (scores[0, :, :4] == 0).all()
    assert (scores[0, :, 4:20] == 128).all()
    assert (scores[0, :, 20:] == 0).all()


def test_a_height_that_is_no_whole_number_of_cells_is_scored(engine: Engine) -> None:
    assert engine.run(np.zeros((66, 96), np.uint8), (0, 96)).shape == (1, 17, 24)


def test_the_wrong_width_is_refused_with_both_widths(engine: Engine) -> None:
    with pytest.raises(VisionError, match=r"100 px wide.*96 px"):
        engine.run(np.zeros((64, 100), np.uint8), (0, 100))


def test_colour_is_refused_by_a_grey_recipe(engine: Engine) -> None:
    with pytest.raises(VisionError, match=r"3 channels .* needs 1"):
        engine.run(np.zeros((64, 96, 3), np.uint8), (0, 96))


def test_a_read_only_picture_and_a_view_give_the_same_scores(
    engine: Engine, cloth: Callable[..., NDArray[np.uint8]]
) -> None:
    pixels = cloth(128)
    pixels.flags.writeable = False
    view = pixels[32:96]
    assert np.array_equal(engine.run(view, (0, 96)), engine.run(view.copy(), (0, 96)))


def test_the_provider_that_was_asked_for_is_the_one_that_runs(engine: Engine) -> None:
    assert engine._open(256).get_providers() == ["CPUExecutionProvider"]


def test_a_card_with_another_stride_than_the_graph_stops_the_warm_up(bundle_folder: Path) -> None:
    bundle = load_bundle(bundle_folder)
    card = dataclasses.replace(bundle.card, output_stride=8)
    with pytest.raises(VisionError, match="the card says float32"):
        Engine(dataclasses.replace(bundle, card=card), threads=1)


def test_a_graph_that_the_runtime_cannot_load_is_a_vision_error(bundle_folder: Path) -> None:
    bundle = load_bundle(bundle_folder)
    with pytest.raises(VisionError, match="can't load the graph"):
        Engine(dataclasses.replace(bundle, model=bundle.model[:200]), threads=1)


def test_a_provider_that_is_not_here_stops_the_start_and_is_named(bundle_folder: Path) -> None:
    bundle = load_bundle(bundle_folder)
    with pytest.raises(
        VisionError, match=r"'openvino' was asked for.*here has .*CPUExecutionProvider.*'cpu'"
    ):
        Engine(bundle, threads=1, provider=Provider.OPENVINO)


def test_a_runtime_that_falls_back_in_silence_stops_the_start(
    learnt_model: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Azure provider is in every build and computes no convolution: the runtime would use the CPU."""
    azure = {Provider.CUDA: "AzureExecutionProvider"}
    monkeypatch.setattr("vision.inference.RUNTIME_NAMES", azure)
    with pytest.raises(VisionError, match=r"AzureExecutionProvider was asked for, .*on CPUExecutionProvider"):
        _session(learnt_model, "b", 1, provider=Provider.CUDA)
