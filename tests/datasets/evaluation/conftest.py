"""A tiny recipe, whose map is how far each 4 x 4 px block's mean lies from grey 128, and four strips for it.

A  defective, spot of grey 28 on its mask      score 100 there
B  defective, nothing on its mask              score 50 elsewhere
C  good, spot of grey 198                      score 70: a false alarm
D  good, spot of grey 148                      score 20
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from vision.bundle import Bundle, bundle_id_of, load_bundle, save_bundle, sha256_hex
from vision.card import CARD_SCHEMA_VERSION, LearntFrom, ModelCard, Thresholds

ROWS, COLUMNS, STRIDE = 96, 128, 4
UNSURE, DEFECTIVE = 40.0, 60.0
MASK_A = (slice(8, 16), slice(16, 24))  # whole map cells
MASK_B = (slice(72, 80), slice(96, 104))


def strip(**spots: int) -> NDArray[np.uint8]:
    """Cloth whose every block has the mean grey 128, with 8 x 8 px spots: `at_8_16=28` paints one."""
    rng = np.random.default_rng(7)
    noise = rng.permuted(np.tile([6, -6], (ROWS * COLUMNS // 16, 8)), axis=1).reshape(-1, COLUMNS // 4, 4, 4)
    pixels = (128 + noise.swapaxes(1, 2).reshape(ROWS, COLUMNS)).astype(np.uint8)
    for place, grey in spots.items():
        row, column = (int(number) for number in place.removeprefix("at_").split("_"))
        pixels[row : row + 8, column : column + 8] = grey
    return pixels


STRIPS = {
    "A": strip(at_8_16=28),
    "B": strip(at_8_16=178),
    "C": strip(at_40_60=198),
    "D": strip(at_40_60=148),
    "learnt": strip(),
}


def model() -> bytes:
    nodes = [
        helper.make_node("Cast", ["pixels"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["as_float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["means"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Sub", ["means", "grey"], ["centred"]),
        helper.make_node("Abs", ["centred"], ["map"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, "rows", "columns", 1]),
            helper.make_tensor_value_info("cloth_px", TensorProto.INT64, [2]),
        ],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, [1, 1, "map_rows", "map_columns"])],
        [numpy_helper.from_array(np.array(128, np.float32), "grey")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def card_of(made: bytes, learnt: Sequence[NDArray[np.uint8]]) -> ModelCard:
    return ModelCard(
        schema_version=CARD_SCHEMA_VERSION,
        bundle_id=bundle_id_of(made),
        article="twill",
        material="fabric",
        created_utc="2026-01-02T03:04:05+00:00",
        mm_per_px=0.5,
        columns=COLUMNS,
        channels=1,
        output_stride=STRIDE,
        halo_rows=8,
        score_floor=0.0,
        score_ceiling=131.07,  # 0.002 a grey level of the 16-bit map
        thresholds=Thresholds(unsure=UNSURE, defective=DEFECTIVE),
        kinds=("unknown",),
        min_area_mm2=4.0,
        learnt_from=LearntFrom(
            pictures=len(learnt),
            good_m2=1.0,
            good_length_m=1.0,
            held_out_scores=(10.0,),
            false_alarm_rate_expected=0.01,
            note="",
            picture_sha256=tuple(sha256_hex(pixels.tobytes()) for pixels in learnt),
        ),
        base_name="none",
        base_sha256="0" * 64,
        demo=False,
        model_sha256=sha256_hex(made),
    )


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., Bundle]:
    """A bundle that says it was learnt from some pictures."""

    def make(*learnt: NDArray[np.uint8]) -> Bundle:
        made = model()
        return load_bundle(save_bundle(tmp_path / "bundle", made, card_of(made, learnt)))

    return make


def save(path: Path, pixels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


def mask_of(place: tuple[slice, slice]) -> NDArray[np.uint8]:
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    mask[place] = 255
    return mask


def as_aitex(root: Path) -> Path:
    save(root / "Defect_images" / "0001_019_07.png", STRIPS["A"])
    save(root / "Defect_images" / "0002_002_07.png", STRIPS["B"])
    save(root / "Mask_images" / "0001_019_07_mask.png", mask_of(MASK_A))
    save(root / "Mask_images" / "0002_002_07_mask.png", mask_of(MASK_B))
    save(root / "NoDefect_images" / "roll" / "0003_000_07.png", STRIPS["C"])
    save(root / "NoDefect_images" / "roll" / "0004_000_07.png", STRIPS["D"])
    save(root / "NoDefect_images" / "roll" / "0005_000_07.png", STRIPS["learnt"])
    return root


def as_mvtec(root: Path) -> Path:
    save(root / "test" / "nep" / "000.png", STRIPS["A"])
    save(root / "test" / "hole" / "000.png", STRIPS["B"])
    save(root / "ground_truth" / "nep" / "000_mask.png", mask_of(MASK_A))
    save(root / "ground_truth" / "hole" / "000_mask.png", mask_of(MASK_B))
    save(root / "test" / "good" / "000.png", STRIPS["C"])
    save(root / "test" / "good" / "001.png", STRIPS["D"])
    save(root / "train" / "good" / "000.png", STRIPS["learnt"])
    return root


def as_classes(root: Path) -> Path:
    save(root / "oil" / "1_a.png", STRIPS["A"])
    save(root / "oil" / "2_a.png", STRIPS["B"])
    save(root / "good" / "3_a.png", STRIPS["C"])
    save(root / "good" / "4_a.png", STRIPS["D"])
    save(root / "good" / "5_a.png", STRIPS["learnt"])
    return root


def as_coco(root: Path) -> Path:
    for name, pixels in STRIPS.items():
        save(root / "images" / f"{name}_0.png", pixels)
    images = [
        {"id": at, "file_name": f"{name}_0.png", "width": COLUMNS, "height": ROWS}
        for at, name in enumerate(STRIPS)
    ]
    boxes = [{"id": 1, "image_id": 0, "category_id": 1, "bbox": [16, 8, 8, 8]}]
    boxes.append({"id": 2, "image_id": 1, "category_id": 2, "bbox": [96, 72, 8, 8]})
    categories = [{"id": 1, "name": "nep"}, {"id": 2, "name": "moth hole"}]
    whole = {"images": images, "annotations": boxes, "categories": categories}
    (root / "set.json").write_text(json.dumps(whole), encoding="utf-8")
    return root


LAYOUTS = {"aitex": as_aitex, "mvtec": as_mvtec, "classes": as_classes, "coco": as_coco}


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[[str], Path]:
    """The four strips, and the learnt one, in one of the layouts."""

    def make(layout: str) -> Path:
        root = tmp_path / "twill"
        root.mkdir()
        return LAYOUTS[layout](root)

    return make


@pytest.fixture
def strips() -> dict[str, NDArray[np.uint8]]:
    return STRIPS
