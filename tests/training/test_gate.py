from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from training.gate import torch_twin
from vision.bundle import load_bundle
from vision.inference import map_of
from vision.learn import learn_from_arrays
from vision.parity_check import OtherPath, check_parity
from vision.types import VisionError

COLUMNS = 160


def cloth(seed: int, colour: bool) -> NDArray[np.uint8]:
    """A weave with a white table beside it on the left: edges, levels and fixed pattern all take part."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((64, COLUMNS))
    weave = np.sin(2 * np.pi * (x + y * 0.5) / 7) * np.cos(2 * np.pi * y / 7)
    grey = 110 + 18 * weave + rng.normal(0, 4, (64, COLUMNS))
    pixels = np.repeat(grey[:, :, None], 3, axis=2) * [1.0, 0.9, 0.7] if colour else grey
    pixels[:, :24] = 255
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module", params=["grey", "colour"])
def learnt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learn_from_arrays(
        [cloth(seed, request.param == "colour") for seed in range(3)],
        article="twill",
        mm_per_px=0.2,
        material="fabric",
        out_dir=tmp_path_factory.mktemp("learnt") / "bundle",
        demo=True,
        created_utc=datetime(2026, 3, 1, tzinfo=UTC),
        progress=lambda text: None,
    )


def test_torch_computes_the_whole_graph_of_an_article_as_the_runtime_does(learnt: Path) -> None:
    bundle = load_bundle(learnt)
    twin, runtime = torch_twin(bundle.model), map_of(bundle.model, threads=1)
    colour = bundle.card.channels == 3
    for rows in (32, 70):  # whole blocks, and padded ones with half a map cell
        tile = np.concatenate([cloth(9, colour), cloth(10, colour)])[:rows]
        for cloth_px in ((0, COLUMNS), (24, COLUMNS), (25, 140)):
            by_torch, by_runtime = twin(tile, cloth_px), runtime(tile, cloth_px)
            assert by_torch.shape == by_runtime.shape == (1, -(-rows // 4), COLUMNS // 4)
            assert np.abs(by_torch - by_runtime).max() < 1e-3


@pytest.mark.parametrize("learnt", ["grey"], indirect=True)
def test_torch_takes_part_in_the_parity_gate(learnt: Path) -> None:
    torch = OtherPath(name="torch", run=torch_twin(load_bundle(learnt).model), is_exact=True)
    report = check_parity(learnt, [cloth(seed, False) for seed in range(3)], [torch], threads=1)
    assert report.passed, report.why_not()
    assert report.paths[2].largest_difference < 1e-3


def test_an_operator_that_torch_is_not_taught_is_named(learnt: Path) -> None:
    graph = onnx.load_model_from_string(load_bundle(learnt).model)
    graph.graph.node[0].op_type = "Einsum"
    with pytest.raises(VisionError, match="operators Einsum have no torch twin"):
        torch_twin(graph.SerializeToString())
