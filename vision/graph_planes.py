"""The planes that the filters look at: half resolution, flattened light, and the weave's local energy."""

from typing import Final

import numpy as np
from onnx import TensorProto

from vision.article import BLOCK_PX, ArticleStatistics, padded_px
from vision.banks import FINE, TEXTURE, TEXTURE_PLANES, Bank
from vision.onnx_writer import GraphWriter

# Blue, green, red to brightness, red against green, blue against yellow.
_OPPONENT: Final = np.array([[0.114, 0.587, 0.299], [0.0, -0.5, 0.5], [0.5, -0.25, -0.25]])
_DARKEST_GREY: Final = 8.0  # a mean below it isn't divided by: noise would become signal
_LEAST_ENERGY: Final = (
    2e-5  # of a texture's planes: rounding to whole greys, relative to a mean grey near 100
)
_TEXTURE_REACH: Final = 15  # texture cells whose mean is taken off: the lens' focus changes over the width


def floats(writer: GraphWriter, *values: float) -> str:
    """Store float constants: a scalar for one, a vector for several."""
    return writer.constant(np.array(values if len(values) > 1 else values[0], np.float32))


def material_ends(writer: GraphWriter) -> tuple[str, str]:
    """First column of the material and the one behind its last, each as int64 (1,)."""
    parts = [
        writer.add("Slice", "cloth_px", writer.constant([at]), writer.constant([at + 1])) for at in (0, 1)
    ]
    return parts[0], parts[1]


def material_mask(writer: GraphWriter, columns: int, cell_px: int) -> str:
    """1.0 in every column of cells that lies whole on the material; (1, 1, 1, columns)."""
    first, behind = material_ends(writer)
    column = np.arange(padded_px(columns) // cell_px, dtype=np.int64) * cell_px
    begun = writer.add("GreaterOrEqual", writer.constant(column), first)
    whole = writer.add("LessOrEqual", writer.constant(column + cell_px), behind)
    inside = writer.add("Cast", writer.add("And", begun, whole), to=TensorProto.FLOAT)
    return writer.add("Reshape", inside, writer.constant([1, 1, 1, -1]))


def flat_plane(writer: GraphWriter, article: ArticleStatistics) -> str:
    """Half resolution, less and divided by the wide mean of the material around; 0 off the material."""
    mask = material_mask(writer, article.columns, FINE.column_px)
    half = _half(writer, article)
    mean = _wide_mean(writer, half, mask)
    first_plane = [writer.constant([at]) for at in (0, 1, 1)]
    brightness = writer.add("Slice", mean, *first_plane) if article.channels == 3 else mean
    inverse = writer.add("Reciprocal", writer.add("Max", brightness, floats(writer, _DARKEST_GREY)))
    scale = writer.add("Mul", _enlarged(writer, inverse), mask)
    difference = writer.add("Sub", half, _enlarged(writer, mean))
    return writer.add("Mul", difference, scale, output="flat")


def bank_plane(writer: GraphWriter, article: ArticleStatistics, bank: Bank, flat: str) -> str:
    """What a bank's filters look at, in its own cells; named `<bank>_plane`."""
    name = f"{bank.name}_plane"
    if bank == FINE:
        return writer.add("Identity", flat, output=name)
    if article.channels == 3:
        flat = writer.add("Slice", flat, writer.constant([0]), writer.constant([1]), writer.constant([1]))
    if bank == TEXTURE:
        return _texture(writer, article, flat, name)
    step = [bank.row_px // FINE.row_px, bank.column_px // FINE.column_px]
    if step[1] > 1:
        return writer.add("AveragePool", flat, kernel_shape=step, strides=step, output=name)
    # Means over rows alone share their work out better than a pool of one plane.
    wide = padded_px(article.columns) // FINE.column_px
    groups = writer.add("Reshape", flat, writer.constant([1, -1, step[0], wide]))
    means = writer.add("ReduceMean", groups, axes=[2], keepdims=0)
    return writer.add("Unsqueeze", means, writer.constant([1]), output=name)


def _half(writer: GraphWriter, article: ArticleStatistics) -> str:
    planes = writer.add("Transpose", "pixels", perm=[0, 3, 1, 2])
    rows = writer.add("Slice", writer.add("Shape", planes), writer.constant([2]), writer.constant([3]))
    missing = writer.add("Mod", writer.add("Neg", rows), writer.constant([BLOCK_PX]))
    wide = padded_px(article.columns) - article.columns
    pads = writer.add("Concat", writer.constant([0] * 6), missing, writer.constant([wide]), axis=0)
    padded = writer.add("Pad", planes, pads, mode="edge")
    grey = writer.add("Cast", padded, to=TensorProto.FLOAT)
    # A pool shares its work out by channels, and a plane is one: pairs of rows stand as channels meanwhile.
    pairs = writer.add("Reshape", grey, writer.constant([1, -1, 2, padded_px(article.columns)]))
    pooled = writer.add("AveragePool", pairs, kernel_shape=[2, 2], strides=[2, 2])
    half_columns = padded_px(article.columns) // 2
    half = writer.add("Reshape", pooled, writer.constant([1, article.channels, -1, half_columns]))
    if article.channels == 1:
        return half
    return writer.add("Conv", half, writer.constant(_OPPONENT[:, :, None, None]))


def _wide_mean(writer: GraphWriter, half: str, mask: str) -> str:
    """Mean over about 80 px to each side, of material only, at one sixteenth of the half resolution."""
    total = writer.add("Mul", half, mask)
    cells = BLOCK_PX // 2
    total = writer.add("AveragePool", total, kernel_shape=[cells, cells], strides=[cells, cells])
    count = writer.add("AveragePool", mask, kernel_shape=[1, cells], strides=[1, cells])
    for _ in range(2):
        total = writer.add("AveragePool", total, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        count = writer.add("AveragePool", count, kernel_shape=[1, 3], pads=[0, 1, 0, 1])
    return writer.add("Div", total, writer.add("Max", count, floats(writer, 1e-3)))


def _enlarged(writer: GraphWriter, small: str) -> str:
    scales = np.array([1, 1, BLOCK_PX // 2, BLOCK_PX // 2], np.float32)
    return writer.add("Resize", small, "", writer.constant(scales), mode="linear")


def _texture(writer: GraphWriter, article: ArticleStatistics, flat: str, name: str) -> str:
    """Logarithm of the local energy of grey, of its steps across and along, less its mean around."""
    steps = np.zeros((TEXTURE_PLANES, 1, 2, 2), np.float32)
    steps[:, 0, 0, 0] = 1, -1, -1, -1
    steps[1, 0, 0, 1] = steps[2, 0, 1, 0] = steps[3, 0, 1, 1] = 1
    looked = writer.add("Conv", flat, writer.constant(steps), pads=[0, 0, 1, 1], strides=[2, 1])
    cells = [
        TEXTURE.row_px // FINE.row_px // 2,
        TEXTURE.column_px // FINE.column_px,
    ]  # every other row is seen
    energy = writer.add("AveragePool", writer.add("Mul", looked, looked), kernel_shape=cells, strides=cells)
    level = writer.add("Log", writer.add("Add", energy, floats(writer, _LEAST_ENERGY)))
    mask = material_mask(writer, article.columns, TEXTURE.column_px)
    held = writer.add("Mul", level, mask)
    side = _TEXTURE_REACH // 2
    around = writer.add("AveragePool", held, kernel_shape=[_TEXTURE_REACH] * 2, pads=[side] * 4)
    count = writer.add("AveragePool", mask, kernel_shape=[1, _TEXTURE_REACH], pads=[0, side, 0, side])
    mean = writer.add("Div", around, writer.add("Max", count, floats(writer, 1e-3)))
    return writer.add("Mul", writer.add("Sub", level, mean), mask, output=name)
