"""Writes an ONNX graph node by node, so that building a recipe needs no training framework."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

OPSET = 17
IR_VERSION = 8  # read by every runtime since ONNX Runtime 1.10


class GraphWriter:
    """Collects nodes and constants; every method that makes a value returns its name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._names: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def constant(self, values: NDArray[Any] | Sequence[int] | int | float) -> str:
        """Store a constant; Python floats become float32 and integers int64."""
        array = np.asarray(values)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        # Equal constants share a name: only then does the runtime see that two nodes compute the same.
        key = (array.dtype.str, array.shape, array.tobytes())
        if key in self._names:
            return self._names[key]
        name = self._names[key] = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    # Attribute values are whatever ONNX allows: numbers, texts or lists of them.
    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Append a node with one output and return the output's name."""
        name = output or f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def append(self, model: onnx.ModelProto, sources: Sequence[str], prefix: str) -> tuple[str, ...]:
        """Append a whole model, its inputs fed in order by `sources`; return the names of its outputs."""
        graph = model.graph
        names = {value.name: source for value, source in zip(graph.input, sources, strict=True)} | {"": ""}
        for tensor in graph.initializer:
            copy = onnx.TensorProto()
            copy.CopyFrom(tensor)
            copy.name = names[tensor.name] = prefix + tensor.name
            self._constants.append(copy)
        for node in graph.node:
            names.update({value: prefix + value for value in node.output})
            fresh = onnx.NodeProto()
            fresh.CopyFrom(node)
            fresh.name = prefix + node.name if node.name else ""
            fresh.input[:] = [names[value] for value in node.input]
            fresh.output[:] = [names[value] for value in node.output]
            self._nodes.append(fresh)
        return tuple(names[value.name] for value in graph.output)

    def model(
        self, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        """Make the model that computes only the outputs asked for."""
        nodes = self._needed([value.name for value in outputs])
        used = {name for node in nodes for name in node.input}
        constants = [tensor for tensor in self._constants if tensor.name in used]
        graph = helper.make_graph(nodes, "maqta", list(inputs), list(outputs), constants)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, producer_name="maqta", opset_imports=opsets)
        model.ir_version = IR_VERSION
        return model

    def _needed(self, outputs: Sequence[str]) -> list[onnx.NodeProto]:
        wanted = set(outputs)
        kept = []
        for node in reversed(self._nodes):
            if wanted.intersection(node.output):
                kept.append(node)
                wanted.update(node.input)
        return kept[::-1]


def labelled(model: bytes, **labels: str) -> bytes:
    """The same model with entries in its metadata, so that what it was learnt for is part of its hash."""
    proto = onnx.load_model_from_string(model)
    helper.set_model_props(proto, labels)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data
