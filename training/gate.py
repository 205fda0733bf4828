"""A torch twin of an article's whole graph: the shipped ONNX file, computed by another engine.

onnx2torch, the library for this, had its last release in 2024 and lacks operators of opset 16.
"""

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from training.onnx_ops import OPERATORS, Attributes
from vision.golden import Run
from vision.types import VisionError


def torch_twin(model: bytes) -> Run:
    """Return what scores a tile as the graph does, by torch on one thread (of the whole process).

    Raises:
        VisionError: the graph uses an operator that torch is not taught here.
    """
    torch.set_num_threads(1)  # a pool that shares its cores waits longer than it computes on small tiles
    graph = onnx.load_model_from_string(model).graph
    unknown = sorted({node.op_type for node in graph.node} - OPERATORS.keys())
    if unknown:
        raise VisionError(f"operators {', '.join(unknown)} have no torch twin; add them to onnx_ops.py")
    constants = {
        tensor.name: torch.from_numpy(np.array(numpy_helper.to_array(tensor))) for tensor in graph.initializer
    }
    steps = [(node, _attributes(node)) for node in graph.node]

    def run(tile_pixels: NDArray[np.uint8], cloth_px: tuple[int, int]) -> NDArray[np.float32]:
        shape = (1, *tile_pixels.shape[:2], 1 if tile_pixels.ndim == 2 else tile_pixels.shape[2])
        values: dict[str, torch.Tensor | None] = {
            **constants,
            "": None,
            "pixels": torch.from_numpy(np.array(tile_pixels).reshape(shape)),
            "cloth_px": torch.tensor(cloth_px),
        }
        with torch.no_grad():
            for node, attributes in steps:
                inputs = [values[name] for name in node.input]
                values[node.output[0]] = OPERATORS[node.op_type](inputs, attributes)
        found = values["map"]
        if found is None:
            raise VisionError("the graph computes no map; learn the article again")
        scores: NDArray[np.float32] = found[0].numpy()
        return scores

    return run


def _attributes(node: onnx.NodeProto) -> Attributes:
    found = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}
