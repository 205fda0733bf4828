"""A real, tiny bundle: its map is how far each 4 x 4 px block's mean lies from grey 128."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from vision.bundle import bundle_id_of, load_bundle, save_bundle, sha256_hex
from vision.calibration import Calibration
from vision.card import CARD_SCHEMA_VERSION, LearntFrom, ModelCard, Thresholds
from vision.golden import make_golden
from vision.golden_file import Golden, encode_golden
from vision.inference import RUNTIME, Engine, map_of
from vision.inspector import Inspector
from vision.parity import ParityReport, PathFigures, write_parity

STRIDE = 4
COLUMNS = 96
MM_PER_PX = 0.5
UNSURE, DEFECTIVE = 40.0, 60.0


def _tiny_constants() -> dict[str, NDArray[np.generic]]:
    return {
        "grey": np.array(128, np.float32),
        "to_rows_columns": np.array([0, 3, 1, 2], np.int64),
        "half_cell": np.array(STRIDE / 2, np.float32),
        "zero": np.array(0, np.int64),
        "one": np.array(1, np.int64),
        "stride": np.array(STRIDE, np.float32),
        "stride_int": np.array(STRIDE, np.int64),
        "last_axis": np.array(3, np.int64),
        "floor": np.array(0, np.float32),
    }


def _tiny_nodes() -> list[NodeProto]:
    return [
        helper.make_node("Cast", ["pixels"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["as_float", "grey"], ["centred"]),
        helper.make_node("Transpose", ["centred"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("ReduceMean", ["planes"], ["plane"], axes=[1], keepdims=1),
        helper.make_node(
            "AveragePool",
            ["plane"],
            ["pooled"],
            kernel_shape=[STRIDE, STRIDE],
            strides=[STRIDE, STRIDE],
            ceil_mode=1,
            count_include_pad=0,
        ),
        helper.make_node("Abs", ["pooled"], ["scores"]),
        helper.make_node("Shape", ["scores"], ["shape"]),
        helper.make_node("Gather", ["shape", "last_axis"], ["cells"]),
        helper.make_node("Range", ["zero", "cells", "one"], ["cell"]),
        helper.make_node("Cast", ["cell"], ["cell_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["cell_float", "stride"], ["cell_px"]),
        helper.make_node("Add", ["cell_px", "half_cell"], ["centre_px"]),
        helper.make_node("Cast", ["cloth_px"], ["cloth"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["cloth", "zero"], ["left"]),
        helper.make_node("Gather", ["cloth", "one"], ["right"]),
        helper.make_node("GreaterOrEqual", ["centre_px", "left"], ["right_of_left"]),
        helper.make_node("Less", ["centre_px", "right"], ["left_of_right"]),
        helper.make_node("And", ["right_of_left", "left_of_right"], ["inside"]),
        helper.make_node("Where", ["inside", "scores", "floor"], ["map"]),
    ]


def tiny_model(channels: int = 1) -> bytes:
    """Map |mean of 4 x 4 px - 128|, 0 outside the cloth; the last cells may be partial."""
    nodes = _tiny_nodes()
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, "rows", "columns", channels]),
            helper.make_tensor_value_info("cloth_px", TensorProto.INT64, [2]),
        ],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, [1, 1, "map_rows", "map_columns"])],
        [numpy_helper.from_array(value, name) for name, value in _tiny_constants().items() if name in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def tiny_card(model: bytes, **changes: object) -> ModelCard:
    facts: dict[str, object] = {
        "schema_version": CARD_SCHEMA_VERSION,
        "bundle_id": bundle_id_of(model),
        "article": "Test twill",
        "material": "fabric",
        "created_utc": "2026-01-02T03:04:05+00:00",
        "mm_per_px": MM_PER_PX,
        "columns": COLUMNS,
        "channels": 1,
        "output_stride": STRIDE,
        "halo_rows": 8,
        "score_floor": 0.0,
        "score_ceiling": 128.0,
        "thresholds": Thresholds(unsure=UNSURE, defective=DEFECTIVE),
        "kinds": ("unknown",),
        "min_area_mm2": 1.0,  # a quarter of one 4 x 4 px cell at 0.5 mm/px
        "learnt_from": LearntFrom(
            pictures=1,
            good_m2=1.0,
            good_length_m=1.0,
            held_out_scores=(10.0,),
            false_alarm_rate_expected=0.01,
            note="",
        ),
        "base_name": "none",
        "base_sha256": "0" * 64,
        "demo": True,
        "model_sha256": sha256_hex(model),
    }
    return ModelCard(**(facts | changes))  # type: ignore[arg-type]  # a test builds cards from changes


def tiny_golden(model: bytes, card: ModelCard) -> Golden:
    rng = np.random.default_rng(3)
    shape = (64, card.columns) if card.channels == 1 else (64, card.columns, 3)
    return make_golden(map_of(model, threads=1), RUNTIME, card, [rng.integers(122, 135, shape, np.uint8)])


def passed_report(card: ModelCard) -> ParityReport:
    """What the gate says of a bundle that came through; nothing was computed."""
    same = PathFigures(
        name="shipped", largest_difference=0.0, limit=0.02, changed_within_unsure=0, changed_beyond=0
    )
    return ParityReport(
        model_sha256=card.model_sha256,
        created_utc="2026-01-02T03:04:05+00:00",
        reference="a test",
        processor="none",
        tiles=200,
        near=50,
        unsure=card.thresholds.unsure,
        defective=card.thresholds.defective,
        paths=(same,),
    )


@pytest.fixture(scope="session")
def report(card: ModelCard) -> ParityReport:
    return passed_report(card)


@pytest.fixture(scope="session")
def model() -> bytes:
    return tiny_model()


@pytest.fixture(scope="session")
def card(model: bytes) -> ModelCard:
    return tiny_card(model)


@pytest.fixture(scope="session")
def golden_tiles(model: bytes, card: ModelCard) -> Golden:
    return tiny_golden(model, card)


@pytest.fixture(scope="session")
def golden(golden_tiles: Golden) -> bytes:
    return encode_golden(golden_tiles)


@pytest.fixture
def bundle_folder(tmp_path: Path, model: bytes, card: ModelCard, golden: bytes) -> Path:
    folder = save_bundle(tmp_path / "bundle", model, card, golden)
    write_parity(folder, passed_report(card))
    return folder


@pytest.fixture
def engine(bundle_folder: Path) -> Engine:
    return Engine(load_bundle(bundle_folder), threads=1)


@pytest.fixture
def cloth() -> Callable[..., NDArray[np.uint8]]:
    """Even cloth of grey 128 with a little noise; `spot` is (rows, columns) painted black."""

    def make(
        rows: int = 64, *, spot: tuple[slice, slice] | None = None, value: int = 0, columns: int = COLUMNS
    ) -> NDArray[np.uint8]:
        noise = np.random.default_rng(7).integers(-6, 7, (rows, columns))
        pixels = (128 + noise).astype(np.uint8)
        if spot is not None:
            pixels[spot] = value
        return pixels

    return make


@pytest.fixture
def inspector(engine: Engine) -> Inspector:
    calibration = Calibration(camera_id="cam", mm_per_px=MM_PER_PX)
    return Inspector(engine, calibration, find_material=lambda pixels: (0, pixels.shape[1]))
