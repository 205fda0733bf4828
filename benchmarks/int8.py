"""Does INT8 pay? Static quantisation of a recipe's head, calibrated on good strips, against fp32.

    python benchmarks/int8.py [--columns 4096] [--rounds 15]

Learns a rendered cloth with the base that ships and with untrained heads of growing weight in its place,
quantises (QDQ, per channel) the whole head, or its dense 3 x 3 convolutions alone, and runs all graphs in
turn on two threads. Filters, normalising and score arithmetic stay fp32. Differences are of the score, on
flawed strips; those of untrained heads mean little. The base that ships also goes through the parity gate.
JSON last.
"""

import argparse
import io
import json
import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import nn

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.style import random_style
from vision.article import HEAD_CHANNELS
from vision.base import Base, load_base
from vision.edges import find_edges
from vision.fit import Strip, fit, make_strip
from vision.golden import Run
from vision.graph import build_graph
from vision.inference import map_of
from vision.learn import learn_from_arrays
from vision.onnx_writer import OPSET
from vision.parity import describe
from vision.parity_check import OtherPath, check_parity

ROWS, MM_PER_PX, STRIPS, SEED = 256, 0.1, 6, 5
WHOLE_HEAD = ("Conv", "Relu", "Add", "Resize")
DENSE_ONLY = ("Conv", "Relu")


@dataclass(frozen=True)
class HeadShape:
    """An untrained head: separable blocks on map cells, dense 3 x 3 convolutions at half their resolution."""

    width: int
    separable: int
    dense_width: int = 0
    dense: int = 0

    @property
    def name(self) -> str:
        """Separable blocks by width, dense convolutions by width."""
        return f"{self.separable} x {self.width} separable, {self.dense} x {self.dense_width} dense"

    @property
    def gflop_mpx(self) -> float:
        """Multiplications and additions, in 1e9 per megapixel of the picture."""
        quarter = HEAD_CHANNELS * 4 * self.width + self.separable * self.width * (9 + self.width) + self.width
        eighth = (
            9 * self.dense_width * (self.width + self.dense * self.dense_width)
            + self.width * self.dense_width
        )
        return 2e-3 * (quarter / 16 + eighth / 64)


SHAPES = (
    HeadShape(48, 6),
    HeadShape(32, 4, 48, 2),
    HeadShape(48, 4, 48, 3),
    HeadShape(32, 2, 64, 4),
    HeadShape(32, 2, 96, 4),
    HeadShape(32, 2, 128, 4),
)


class Separable(nn.Module):
    """As in the base that ships."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            width, width, 3, padding=dilation, dilation=dilation, groups=width, bias=False
        )
        self.pointwise = nn.Conv2d(width, width, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give features of the same shape."""
        change: torch.Tensor = torch.relu(self.pointwise(self.depthwise(features)))
        return features + change


class UntrainedHead(nn.Module):
    """A head of a given weight; what it answers means nothing."""

    def __init__(self, shape: HeadShape) -> None:
        super().__init__()
        self.stem = nn.Conv2d(HEAD_CHANNELS, shape.width, 2, 2)
        self.blocks = nn.Sequential(*(Separable(shape.width, 2 ** (at % 4)) for at in range(shape.separable)))
        wide = shape.dense_width
        self.down = nn.Conv2d(shape.width, wide, 3, 2, 1) if wide else None
        self.dense = nn.ModuleList([nn.Conv2d(wide, wide, 3, 1, 1) for _ in range(shape.dense)])
        self.up = nn.Conv2d(wide, shape.width, 1) if wide else None
        self.logit = nn.Conv2d(shape.width, 1, 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Give one number per map cell."""
        features = self.blocks(torch.relu(self.stem(channels.clamp(-12, 12) / 3)))
        if self.down is not None and self.up is not None:
            small = torch.relu(self.down(features))
            for layer in self.dense:
                small = torch.relu(layer(small))
            features = features + nn.functional.interpolate(self.up(small), scale_factor=2.0, mode="nearest")
        logits: torch.Tensor = self.logit(features)
        return logits


def base_of(shape: HeadShape, shipped: Base) -> Base:
    """The shipped base's card with another head."""
    torch.manual_seed(SEED)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            UntrainedHead(shape).eval(), (torch.zeros(1, HEAD_CHANNELS, 32, 48),), file, dynamo=False,
            input_names=["channels"], output_names=["logit"], opset_version=OPSET,
            dynamic_axes={"channels": {2: "rows", 3: "columns"}, "logit": {2: "map_rows", 3: "map_columns"}},
        )  # fmt: skip
    return replace(shipped, model=onnx.load_model_from_string(file.getvalue()))


class GoodStrips(CalibrationDataReader):  # type: ignore[misc]  # the runtime ships no types
    """What the quantiser looks at."""

    def __init__(self, strips: list[Strip]) -> None:
        self._feeds: Iterator[dict[str, NDArray[np.generic]]] = iter(
            [
                {"pixels": s.pixels[None, :, :, None], "cloth_px": np.array(s.cloth_px, np.int64)}
                for s in strips
            ]
        )

    def get_next(self) -> dict[str, NDArray[np.generic]] | None:
        """The next strip, or None."""
        return next(self._feeds, None)


def is_in_head(node: onnx.NodeProto) -> bool:
    """Whether a node came from the base."""
    return any(name.startswith("base/") for name in node.input)


def is_dense(node: onnx.NodeProto) -> bool:
    """Whether a node belongs to the dense convolutions of an untrained head."""
    names = [*node.input, *node.output]
    return any(
        part in name for name in names for part in ("base//dense", "base/dense", "base/down", "base//down")
    )


def quantised(
    model: bytes, strips: list[Strip], kinds: tuple[str, ...], wanted: Callable[[onnx.NodeProto], bool]
) -> bytes:
    """The graph with the wanted nodes between quantise and dequantise."""
    proto = onnx.load_model_from_string(model)
    for number, node in enumerate(proto.graph.node):
        node.name = node.name or f"node{number}"
    names = [node.name for node in proto.graph.node if node.op_type in kinds and wanted(node)]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(proto, source)
        quantize_static(
            source, target, GoodStrips(strips), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_quantize=names,
            op_types_to_quantize=list(kinds),
        )  # fmt: skip
        return target.read_bytes()


def speeds(graphs: dict[str, bytes], strips: list[Strip], rounds: int) -> dict[str, float]:
    """Median Mpx/s of each graph, one strip of each in turn."""
    runs = {name: map_of(model) for name, model in graphs.items()}
    took_s: dict[str, list[float]] = {name: [] for name in graphs}
    for number in range(rounds + 2):
        strip = strips[number % len(strips)]
        for name, run in runs.items():
            began_s = time.perf_counter()
            run(strip.pixels, strip.cloth_px)
            took_s[name].append(time.perf_counter() - began_s)
    return {name: strips[0].pixels.size / 1e6 / float(np.median(each[2:])) for name, each in took_s.items()}


def largest_difference(one: Run, other: Run, flawed: list[NDArray[np.uint8]]) -> float:
    """Of a score."""
    edges = [find_edges(pixels) for pixels in flawed]
    return max(
        float(np.abs(one(pixels, cloth) - other(pixels, cloth)).max())
        for pixels, cloth in zip(flawed, edges, strict=True)
    )


def scene(columns: int, rate_per_m2: float) -> ClothScene:
    """A random cloth, with or without flaws."""
    style = random_style(np.random.default_rng([SEED, 1]), mm_per_px=MM_PER_PX)
    return ClothScene(
        style, columns=columns, mm_per_px=MM_PER_PX, seed=SEED, defect_rate_per_m2=rate_per_m2,
        panel_rows=3 * STRIPS * ROWS,
    )  # fmt: skip


def gate_of_shipped(good: list[NDArray[np.uint8]], strips: list[Strip]) -> dict[str, object]:
    """Take the shipped base's INT8 twin through the parity gate."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = learn_from_arrays(
            good, article="int8", mm_per_px=MM_PER_PX, material="fabric", out_dir=Path(folder) / "bundle",
            demo=True, created_utc=datetime.now(UTC), progress=lambda _: None,
        )  # fmt: skip
        model = quantised((bundle / "model.onnx").read_bytes(), strips, WHOLE_HEAD, is_in_head)
        report = check_parity(bundle, good, [OtherPath(name="int8", run=map_of(model), is_exact=False)])
    print("\n".join(describe(report)))
    path = report.paths[-1]
    return {
        "difference": round(path.largest_difference, 3), "within_unsure": path.changed_within_unsure,
        "beyond": path.changed_beyond, "tiles": report.tiles, "near": report.near,
    }  # fmt: skip


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)  # the quantiser's advice
    good = [scene(chosen.columns, 0.0).render(at * ROWS, ROWS) for at in range(STRIPS)]
    flawed = [scene(chosen.columns, 600.0).render(at * ROWS, ROWS) for at in range(STRIPS, STRIPS + 3)]
    rng = np.random.default_rng(SEED)
    strips = [
        make_strip(pixels, find_edges(pixels), group=at, patches=6000, rng=rng)
        for at, pixels in enumerate(good)
    ]
    shipped, rows = load_base(), []
    for shape in (None, *SHAPES):
        base = shipped if shape is None else base_of(shape, shipped)
        fp32 = build_graph(fit(strips, base), base)
        graphs = {"fp32": fp32, "head": quantised(fp32, strips, WHOLE_HEAD, is_in_head)}
        if shape is not None and shape.dense:
            graphs["dense"] = quantised(fp32, strips, DENSE_ONLY, is_dense)
        fast = speeds(graphs, strips, chosen.rounds)
        reference = map_of(fp32)
        row = {
            "head": "shipped" if shape is None else shape.name,
            "gflop_mpx": None if shape is None else round(shape.gflop_mpx, 2),
            **{f"{name}_mpx_s": round(value, 1) for name, value in fast.items()},
            **{
                f"{name}_difference": round(largest_difference(reference, map_of(model), flawed), 3)
                for name, model in graphs.items() if name != "fp32"
            },
        }  # fmt: skip
        print(row, flush=True)
        rows.append(row)
    print(json.dumps({"int8": rows, "parity_of_shipped": gate_of_shipped(good, strips)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
