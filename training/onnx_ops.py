"""The ONNX operators that recipes are written in, done by torch."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Final

import numpy as np
import torch
from onnx import TensorProto, numpy_helper
from torch.nn import functional as F  # noqa: N812 - torch's own way to name it

from vision.types import VisionError

Values = Sequence[torch.Tensor | None]
Attributes = dict[str, Any]  # Any: ONNX attributes are numbers, texts, lists and tensors
Operator = Callable[[Values, Attributes], torch.Tensor]
_TYPES: Final = {
    TensorProto.FLOAT: torch.float32,
    TensorProto.INT64: torch.int64,
    TensorProto.UINT8: torch.uint8,
    TensorProto.BOOL: torch.bool,
}
_PAD_MODES: Final = {"edge": "replicate", "reflect": "reflect", "constant": "constant"}


def _given(values: Values) -> list[torch.Tensor]:
    return [value for value in values if value is not None]


def _plain(function: Callable[..., torch.Tensor]) -> Operator:
    """An operator without attributes whose inputs torch takes as they are."""
    return lambda values, _: function(*_given(values))


def _folded(function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Operator:
    return lambda values, _: reduce(function, _given(values))


def _numbers(value: torch.Tensor | None) -> list[int]:
    return [] if value is None else [int(number) for number in value.flatten()]


def _unsqueezed(values: Values, _: Attributes) -> torch.Tensor:
    value, axes = _given(values)
    for axis in sorted(_numbers(axes)):
        value = value.unsqueeze(axis)
    return value


def _divide(values: Values, _: Attributes) -> torch.Tensor:
    one, other = _given(values)
    return one / other if one.is_floating_point() else torch.div(one, other, rounding_mode="trunc")


def _clip(values: Values, _: Attributes) -> torch.Tensor:
    value, low, high = (*values, None, None)[:3]
    return torch.clamp(_given([value])[0], low, high)


def _cast(values: Values, attributes: Attributes) -> torch.Tensor:
    return _given(values)[0].to(_TYPES[attributes["to"]])


def _slice(values: Values, _: Attributes) -> torch.Tensor:
    data, starts, ends, axes, steps = (*values, None, None)[:5]
    value = _given([data])[0]
    begins, behind = _numbers(starts), _numbers(ends)
    places = _numbers(axes) or list(range(len(begins)))
    every = _numbers(steps) or [1] * len(begins)
    cut = [slice(None)] * value.ndim
    for axis, begin, end, step in zip(places, begins, behind, every, strict=True):
        cut[axis] = slice(begin, min(end, value.shape[axis]), step)
    return value[tuple(cut)]


def _gather(values: Values, attributes: Attributes) -> torch.Tensor:
    data, index = _given(values)
    return data[(slice(None),) * (attributes.get("axis", 0) % data.ndim) + (index,)]


def _reshape(values: Values, _: Attributes) -> torch.Tensor:
    data, shape = _given(values)
    sizes = [size or data.shape[at] for at, size in enumerate(_numbers(shape))]
    return data.reshape(sizes)


def _pad(values: Values, attributes: Attributes) -> torch.Tensor:
    data, pads = _given(values)[:2]
    amounts, half = _numbers(pads), data.ndim
    if any(amounts[at] or amounts[at + half] for at in range(half - 2)):
        raise VisionError(
            f"operator Pad: pads {amounts} reach beyond rows and columns; torch has no such pad"
        )
    sides = [amounts[half - 1], amounts[-1], amounts[half - 2], amounts[-2]]
    padded = F.pad(data.to(torch.float32), sides, mode=_PAD_MODES[attributes.get("mode", "constant")])
    return padded.to(data.dtype)


def _window(attributes: Attributes) -> dict[str, Any]:
    pads = attributes.get("pads", [0, 0, 0, 0])
    if pads[:2] != pads[2:]:
        raise VisionError(f"pads {pads} differ from side to side; torch pads both sides alike")
    return {"stride": attributes.get("strides", [1, 1]), "padding": pads[:2]}


def _convolve(values: Values, attributes: Attributes) -> torch.Tensor:
    data, weight = _given(values[:2])
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    convolved: torch.Tensor = F.conv2d(
        F.pad(data, (left, right, top, bottom)),
        weight,
        (*values, None)[2],
        stride=attributes.get("strides", [1, 1]),
        dilation=attributes.get("dilations", [1, 1]),
        groups=attributes.get("group", 1),
    )
    return convolved


def _mean_pool(values: Values, attributes: Attributes) -> torch.Tensor:
    return F.avg_pool2d(
        _given(values)[0],
        attributes["kernel_shape"],
        ceil_mode=bool(attributes.get("ceil_mode", 0)),
        count_include_pad=bool(attributes.get("count_include_pad", 0)),
        **_window(attributes),
    )


def _max_pool(values: Values, attributes: Attributes) -> torch.Tensor:
    pooled: torch.Tensor = F.max_pool2d(_given(values)[0], attributes["kernel_shape"], **_window(attributes))
    return pooled


def _resize(values: Values, attributes: Attributes) -> torch.Tensor:
    """Linear between pixel centres, or nearest from the pixel's first corner, by whole factors."""
    data, scales = _given(values)[0], _given(values[2:3])[0]
    size = [int(side * float(scale)) for side, scale in zip(data.shape[2:], scales[2:], strict=True)]
    way = attributes["mode"], attributes.get("coordinate_transformation_mode", "half_pixel")
    if way == ("linear", "half_pixel"):
        return F.interpolate(data, size, mode="bilinear", align_corners=False)
    if way == ("nearest", "asymmetric") and attributes.get("nearest_mode") == "floor":
        return F.interpolate(data, size, mode="nearest")
    raise VisionError(f"operator Resize: {way} has no twin in torch; write the graph with another mode")


def _reduced(function: Callable[..., torch.Tensor]) -> Operator:
    def operator(values: Values, attributes: Attributes) -> torch.Tensor:
        data, axes = (*values, None)[:2]
        over = attributes.get("axes") or _numbers(axes)
        return function(_given([data])[0], dim=over, keepdim=bool(attributes.get("keepdims", 1)))

    return operator


def _constant(_: Values, attributes: Attributes) -> torch.Tensor:
    return torch.from_numpy(np.array(numpy_helper.to_array(attributes["value"])))


OPERATORS: Final[dict[str, Operator]] = {
    "Abs": _plain(torch.abs),
    "Add": _plain(torch.add),
    "And": _plain(torch.logical_and),
    "ArgMax": lambda values, attributes: torch.argmax(
        _given(values)[0], attributes["axis"], keepdim=bool(attributes.get("keepdims", 1))
    ),
    "AveragePool": _mean_pool,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda values, attributes: torch.cat(_given(values), dim=attributes["axis"]),
    "Constant": _constant,
    "ConstantOfShape": lambda values, attributes: torch.full(
        _numbers(_given(values)[0]), numpy_helper.to_array(attributes["value"]).item()
    ),
    "Conv": _convolve,
    "Div": _divide,
    "Exp": _plain(torch.exp),
    "Gather": _gather,
    "Greater": _plain(torch.gt),
    "GreaterOrEqual": _plain(torch.ge),
    "Identity": _plain(torch.clone),
    "Less": _plain(torch.lt),
    "LessOrEqual": _plain(torch.le),
    "Log": _plain(torch.log),
    "MatMul": _plain(torch.matmul),
    "Max": _folded(torch.maximum),
    "MaxPool": _max_pool,
    "Min": _folded(torch.minimum),
    "Mod": _plain(torch.remainder),
    "Mul": _plain(torch.mul),
    "Neg": _plain(torch.neg),
    "Pad": _pad,
    "Reciprocal": _plain(torch.reciprocal),
    "ReduceMax": _reduced(torch.amax),
    "ReduceMean": _reduced(torch.mean),
    "ReduceSum": _reduced(torch.sum),
    "Relu": _plain(torch.relu),
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": lambda values, _: torch.tensor(_given(values)[0].shape),
    "Sigmoid": _plain(torch.sigmoid),
    "Slice": _slice,
    "Sub": _plain(torch.sub),
    "Transpose": lambda values, attributes: _given(values)[0].permute(attributes["perm"]),
    "Unsqueeze": _unsqueezed,
    "Where": _plain(torch.where),
}
