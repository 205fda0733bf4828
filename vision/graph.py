"""An article's whole inspection as one ONNX graph: uint8 pixels in, score map out.

pixels → half resolution → (brightness, two chroma planes) → less and divided by the wide local mean
→ matched filters → divided by the local level, held near what was learnt → less the sensor's fixed pattern
→ (a) largest calibrated response, (b) the base CNN's logit → fused, clipped, floor outside the material.
"""

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from vision.article import (
    BLOCK_PX,
    HEAD_CHANNELS,
    LONG_CHANNELS,
    LONG_WEFT,
    SCORE_CEILING,
    SCORE_FLOOR,
    STRIDE_PX,
    ArticleStatistics,
    padded_half,
)
from vision.base import Base
from vision.edges import EDGE_GUARD_PX
from vision.onnx_writer import GraphWriter, float_value

MATCHED_HALO_ROWS: Final = 12  # half an 8 px filter at half resolution, and the map cell around it
# Blue, green, red to brightness, red against green, blue against yellow.
_OPPONENT: Final = np.array([[0.114, 0.587, 0.299], [0.0, -0.5, 0.5], [0.5, -0.25, -0.25]])
_DARKEST_GREY: Final = 8.0  # a mean below it isn't divided by: noise would become signal
_LOCAL_COLUMNS: Final = 49  # at quarter resolution: the local level is taken over 196 px
_OUTLIER: Final = 3.0  # responses count at most this many times the local level
_GAIN: Final = (0.4, 2.5)  # the picture's own contrast against the learnt one
_LOCAL_GAIN: Final = (0.75, 1.35)  # the local contrast against the picture's own: a seam can't hide itself
_BLEND: Final = 16  # half-resolution columns over which edge statistics pass into column statistics
_LONG_STEP: Final = 8  # half-resolution pixels averaged at once along a line
_LONG_STEPS: Final = 9  # of these: 144 px of the picture
_MATCHED_RANGE: Final = (-6.0, 20.0)
TAPS: Final = ("flat", "response", "normal", "peaks_bright", "peaks_dark", "logit", "map")


def build_graph(article: ArticleStatistics, base: Base | None, outputs: tuple[str, ...] = ("map",)) -> bytes:
    """Return the ONNX file that computes the named taps; a bundle's file has the map alone."""
    writer = GraphWriter()
    mask = _material_mask(writer, article)
    flat = _flat(writer, article, mask)
    response = _response(writer, article, flat)
    level, offset = _levels(writer, article)
    normal = _normal(writer, response, mask, level, offset)
    matched, colour = _matched(writer, article, normal)
    fused = matched if base is None else _fused(writer, article, base, normal, matched)
    if colour:
        fused = writer.add("Max", fused, colour)
    _finish(writer, article, fused)
    pixels = helper.make_tensor_value_info(
        "pixels", TensorProto.UINT8, [1, "rows", article.columns, article.channels]
    )
    cloth = helper.make_tensor_value_info("cloth_px", TensorProto.INT64, [2])
    shaped = [float_value(name, [1, f"{name}_k", f"{name}_rows", f"{name}_columns"]) for name in outputs]
    model = writer.model([pixels, cloth], shaped)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _floats(writer: GraphWriter, *values: float) -> str:
    return writer.constant(np.array(values if len(values) > 1 else values[0], np.float32))


def _ends(writer: GraphWriter) -> tuple[str, str]:
    """First column of the material and the one behind its last, each as int64 (1,)."""
    parts = [
        writer.add("Slice", "cloth_px", writer.constant([at]), writer.constant([at + 1])) for at in (0, 1)
    ]
    return parts[0], parts[1]


def _material_mask(writer: GraphWriter, article: ArticleStatistics) -> str:
    """1.0 in every half-resolution column that lies whole on the material; (1, 1, 1, columns)."""
    first, behind = _ends(writer)
    column = np.arange(padded_half(article.columns), dtype=np.int64) * 2
    begun = writer.add("GreaterOrEqual", writer.constant(column), first)
    whole = writer.add("LessOrEqual", writer.constant(column + 2), behind)
    inside = writer.add("Cast", writer.add("And", begun, whole), to=TensorProto.FLOAT)
    return writer.add("Reshape", inside, writer.constant([1, 1, 1, -1]))


def _flat(writer: GraphWriter, article: ArticleStatistics, mask: str) -> str:
    """Half resolution, less and divided by the wide mean of the material around."""
    half = _half(writer, article)
    mean = _wide_mean(writer, half, mask)
    first_plane = [writer.constant([at]) for at in (0, 1, 1)]
    brightness = writer.add("Slice", mean, *first_plane) if article.channels == 3 else mean
    inverse = writer.add("Reciprocal", writer.add("Max", brightness, _floats(writer, _DARKEST_GREY)))
    scale = writer.add("Mul", _enlarged(writer, inverse), mask)
    difference = writer.add("Sub", half, _enlarged(writer, mean))
    return writer.add("Mul", difference, scale, output="flat")


def _half(writer: GraphWriter, article: ArticleStatistics) -> str:
    planes = writer.add("Transpose", "pixels", perm=[0, 3, 1, 2])
    rows = writer.add("Slice", writer.add("Shape", planes), writer.constant([2]), writer.constant([3]))
    missing = writer.add("Mod", writer.add("Neg", rows), writer.constant([BLOCK_PX]))
    wide = padded_half(article.columns) * 2 - article.columns
    pads = writer.add("Concat", writer.constant([0] * 6), missing, writer.constant([wide]), axis=0)
    padded = writer.add("Pad", planes, pads, mode="edge")
    grey = writer.add("Cast", padded, to=TensorProto.FLOAT)
    half = writer.add("AveragePool", grey, kernel_shape=[2, 2], strides=[2, 2])
    if article.channels == 1:
        return half
    return writer.add("Conv", half, writer.constant(_OPPONENT[:, :, None, None]))


def _wide_mean(writer: GraphWriter, half: str, mask: str) -> str:
    """Mean over about 80 px to each side, of material only, at one sixteenth of the half resolution."""
    total = writer.add("Mul", half, mask)
    count = mask
    cells = BLOCK_PX // 2
    total = writer.add("AveragePool", total, kernel_shape=[cells, cells], strides=[cells, cells])
    count = writer.add("AveragePool", count, kernel_shape=[1, cells], strides=[1, cells])
    for _ in range(2):
        total = writer.add("AveragePool", total, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        count = writer.add("AveragePool", count, kernel_shape=[1, 3], pads=[0, 1, 0, 1])
    return writer.add("Div", total, writer.add("Max", count, _floats(writer, 1e-3)))


def _enlarged(writer: GraphWriter, small: str) -> str:
    scales = np.array([1, 1, BLOCK_PX // 2, BLOCK_PX // 2], np.float32)
    return writer.add("Resize", small, "", writer.constant(scales), mode="linear")


def _response(writer: GraphWriter, article: ArticleStatistics, flat: str) -> str:
    padded = writer.add("Pad", flat, writer.constant([0, 0, 4, 4, 0, 0, 3, 3]), mode="reflect")
    return writer.add("Conv", padded, writer.constant(article.filters), output="response")


def _levels(writer: GraphWriter, article: ArticleStatistics) -> tuple[str, str]:
    """Learnt level and offset of each column: by camera column, near a found edge by distance from it."""
    kinds = len(article.filters)
    first, behind = _ends(writer)
    column = writer.constant(np.arange(padded_half(article.columns), dtype=np.int64))
    two, one = writer.constant([2]), writer.constant([1])
    from_left = writer.add("Sub", column, writer.add("Div", writer.add("Add", first, one), two))
    from_right = writer.add("Sub", writer.add("Sub", writer.add("Div", behind, two), one), column)
    has_left = writer.add("Greater", first, writer.constant([0]))
    has_right = writer.add("Less", behind, writer.constant([article.columns]))
    left, left_share = _beside_edge(
        writer, np.concatenate([article.level_left, article.offset_left]), from_left, has_left
    )
    right, right_share = _beside_edge(
        writer, np.concatenate([article.level_right, article.offset_right]), from_right, has_right
    )
    whole = writer.constant(np.concatenate([article.level, article.offset]))
    near_left = _mixed(writer, whole, left, left_share)
    both = _mixed(writer, near_left, right, right_share)
    both = writer.add("Reshape", both, writer.constant([1, 2 * kinds, 1, -1]))
    axis = writer.constant([1])
    level = writer.add("Slice", both, writer.constant([0]), writer.constant([kinds]), axis)
    offset = writer.add("Slice", both, writer.constant([kinds]), writer.constant([2 * kinds]), axis)
    return level, offset


def _beside_edge(
    writer: GraphWriter, profile: NDArray[np.float32], distance: str, found: str
) -> tuple[str, str]:
    """The profile looked up by distance from the edge, and the share with which it counts."""
    zone = profile.shape[1]
    index = writer.add("Clip", distance, writer.constant(0), writer.constant(zone - 1))
    values = writer.add("Gather", writer.constant(profile), index, axis=1)
    left_over = writer.add("Sub", writer.constant([zone]), distance)
    share = writer.add("Div", writer.add("Cast", left_over, to=TensorProto.FLOAT), _floats(writer, _BLEND))
    share = writer.add("Clip", share, _floats(writer, 0.0), _floats(writer, 1.0))
    return values, writer.add("Mul", share, writer.add("Cast", found, to=TensorProto.FLOAT))


def _mixed(writer: GraphWriter, whole: str, special: str, share: str) -> str:
    return writer.add("Add", whole, writer.add("Mul", writer.add("Sub", special, whole), share))


def _normal(writer: GraphWriter, response: str, mask: str, level: str, offset: str) -> str:
    """Responses in units of the level expected here and now, less the fixed pattern; 0 off the material."""
    gain = _local_gain(writer, response, mask, level)
    wide = _repeated(writer, gain, 2)
    scale = writer.add("Div", mask, writer.add("Mul", wide, level))
    scaled = writer.add("Mul", response, scale)
    return writer.add("Sub", scaled, writer.add("Mul", offset, mask), output="normal")


def _local_gain(writer: GraphWriter, response: str, mask: str, level: str) -> str:
    """The picture's level against the learnt one, column by column at quarter resolution, within bounds."""
    sampled = _every(writer, response, 4, 2)
    size = writer.add("Abs", sampled)
    few_mask, few_level = _every(writer, mask, 1, 2), _every(writer, level, 1, 2)
    share = writer.add("Div", few_mask, few_level)
    count = writer.add("Max", _along(writer, few_mask), _floats(writer, 1e-3))
    rough = writer.add("Div", _along(writer, _column_mean(writer, size, share)), count)
    ceiling = writer.add("Mul", writer.add("Mul", rough, few_level), _floats(writer, _OUTLIER))
    clipped = _column_mean(writer, writer.add("Min", size, ceiling), share)
    local = writer.add("Div", _along(writer, clipped), count)
    total = writer.add("ReduceSum", clipped, writer.constant([3]), keepdims=1)
    cells = writer.add("ReduceSum", few_mask, writer.constant([3]), keepdims=1)
    own = writer.add("Div", total, writer.add("Max", cells, _floats(writer, 1.0)))
    own = writer.add("Clip", own, *(_floats(writer, bound) for bound in _GAIN))
    low, high = (writer.add("Mul", own, _floats(writer, bound)) for bound in _LOCAL_GAIN)
    return writer.add("Max", writer.add("Min", local, high), low)


def _every(writer: GraphWriter, value: str, rows: int, columns: int) -> str:
    far = np.iinfo(np.int64).max
    begin, end = writer.constant([0, 0]), writer.constant([far, far])
    return writer.add("Slice", value, begin, end, writer.constant([2, 3]), writer.constant([rows, columns]))


def _column_mean(writer: GraphWriter, size: str, share: str) -> str:
    return writer.add("Mul", writer.add("ReduceMean", size, axes=[2], keepdims=1), share)


def _along(writer: GraphWriter, value: str) -> str:
    side = _LOCAL_COLUMNS // 2
    return writer.add("AveragePool", value, kernel_shape=[1, _LOCAL_COLUMNS], pads=[0, side, 0, side])


def _matched(writer: GraphWriter, article: ArticleStatistics, normal: str) -> tuple[str, str]:
    """Largest calibrated response of the brightness filters, and of the chroma filters ("" without any)."""
    kinds = len(article.filters)
    every = kinds + LONG_CHANNELS
    negative = writer.add("Neg", normal)
    lines = _long_means(writer, normal)
    longs = lines, writer.add("Neg", lines)
    scored = []
    for values, long, part, name in (
        (normal, longs[0], slice(0, every), "peaks_bright"),
        (negative, longs[1], slice(every, 2 * every), "peaks_dark"),
    ):
        short = writer.add("MaxPool", values, kernel_shape=[2, 2], strides=[2, 2])
        peaks = writer.add("Concat", short, long, axis=1, output=name)
        scored.append(_calibrated(writer, peaks, article.peak_at[part], article.peak_spread[part]))
    brightness = writer.add(
        "Max", _largest(writer, scored, 0, HEAD_CHANNELS), _largest(writer, scored, kinds, every)
    )
    return brightness, _largest(writer, scored, HEAD_CHANNELS, kinds) if kinds > HEAD_CHANNELS else ""


def _long_means(writer: GraphWriter, normal: str) -> str:
    """Weft line responses averaged along the weft: a missing pick is faint at each place, but long.

    Not along the warp: there the sensor's fixed pattern of another session would add up as well.
    """
    weft = writer.add("Gather", normal, writer.constant(list(LONG_WEFT)), axis=1)
    step = [1, _LONG_STEP]
    weft = writer.add("AveragePool", weft, kernel_shape=step, strides=step)
    side = [0, _LONG_STEPS // 2]
    weft = writer.add("AveragePool", weft, kernel_shape=[1, _LONG_STEPS], pads=side * 2, count_include_pad=1)
    weft = writer.add("MaxPool", weft, kernel_shape=[2, 1], strides=[2, 1])
    return _repeated(writer, weft, _LONG_STEP // 2)


def _repeated(writer: GraphWriter, value: str, columns: int) -> str:
    scales = writer.constant(np.array([1, 1, 1, columns], np.float32))
    return writer.add(
        "Resize",
        value,
        "",
        scales,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _calibrated(
    writer: GraphWriter,
    peaks: str,
    at: NDArray[np.float32],
    spread: NDArray[np.float32],
) -> str:
    scale = (1 / spread)[None, :, None, None].astype(np.float32)
    shift = (at / spread)[None, :, None, None].astype(np.float32)
    return writer.add("Sub", writer.add("Mul", peaks, writer.constant(scale)), writer.constant(shift))


def _largest(writer: GraphWriter, scored: list[str], begin: int, end: int) -> str:
    bounds = [writer.constant([at]) for at in (begin, end, 1)]
    tops = [
        writer.add("ReduceMax", writer.add("Slice", scores, *bounds), axes=[1], keepdims=1)
        for scores in scored
    ]
    return writer.add("Max", *tops)


def _fused(writer: GraphWriter, article: ArticleStatistics, base: Base, normal: str, matched: str) -> str:
    seen = normal
    if len(article.filters) > HEAD_CHANNELS:
        bounds = [writer.constant([at]) for at in (0, HEAD_CHANNELS, 1)]
        seen = writer.add("Slice", normal, *bounds)
    logit = writer.add("Identity", writer.append(base.model, seen, "base/"), output="logit")
    head = writer.add("Sub", logit, _floats(writer, article.head_at))
    head = writer.add("Mul", head, _floats(writer, base.card.head_weight / article.head_spread))
    held = writer.add("Clip", matched, *(_floats(writer, bound) for bound in _MATCHED_RANGE))
    return writer.add("Add", head, writer.add("Mul", held, _floats(writer, 1 - base.card.head_weight)))


def _finish(writer: GraphWriter, article: ArticleStatistics, score: str) -> None:
    """Clip to the card's range, put the floor where nothing is judged, cut off the padding."""
    allowed = writer.add("Sub", score, _edge_allowance(writer, article))
    clipped = writer.add("Clip", allowed, _floats(writer, SCORE_FLOOR), _floats(writer, SCORE_CEILING))
    judged = _judged_mask(writer, article)
    placed = writer.add("Where", judged, clipped, _floats(writer, SCORE_FLOOR))
    size = writer.add("Slice", writer.add("Shape", "pixels"), writer.constant([1]), writer.constant([3]))
    cells = writer.add(
        "Div", writer.add("Add", size, writer.constant([STRIDE_PX - 1])), writer.constant([STRIDE_PX])
    )
    writer.add("Slice", placed, writer.constant([0, 0]), cells, writer.constant([2, 3]), output="map")


def _edge_allowance(writer: GraphWriter, article: ArticleStatistics) -> str:
    """What good selvages reach above the rest of the cloth, by distance from the edge; (1, 1, 1, columns)."""
    first, behind = _ends(writer)
    four, one = writer.constant([STRIDE_PX]), writer.constant([1])
    cell = writer.constant(np.arange(padded_half(article.columns) // 2, dtype=np.int64))
    from_left = writer.add("Sub", cell, writer.add("Div", first, four))
    from_right = writer.add("Sub", writer.add("Sub", writer.add("Div", behind, four), one), cell)
    has_left = writer.add("Greater", first, writer.constant([0]))
    has_right = writer.add("Less", behind, writer.constant([article.columns]))
    parts = []
    for profile, distance, found in (
        (article.allowance_left, from_left, has_left),
        (article.allowance_right, from_right, has_right),
    ):
        padded = np.append(profile, np.float32(0))  # beyond the zone nothing is taken off
        index = writer.add("Clip", distance, writer.constant(0), writer.constant(profile.size))
        values = writer.add("Gather", writer.constant(padded), index)
        parts.append(writer.add("Mul", values, writer.add("Cast", found, to=TensorProto.FLOAT)))
    return writer.add("Reshape", writer.add("Max", *parts), writer.constant([1, 1, 1, -1]))


def _judged_mask(writer: GraphWriter, article: ArticleStatistics) -> str:
    """True in map columns that `vision.edges.judged_columns` counts as judged."""
    first, behind = _ends(writer)
    wide = padded_half(article.columns) * 2
    guard, none = writer.constant([EDGE_GUARD_PX]), writer.constant([0])
    inner = writer.add("Where", writer.add("Greater", first, none), writer.add("Add", first, guard), none)
    at_border = writer.add("GreaterOrEqual", behind, writer.constant([article.columns]))
    outer = writer.add("Where", at_border, writer.constant([wide]), writer.add("Sub", behind, guard))
    cell = np.arange(0, wide, STRIDE_PX, dtype=np.int64)
    begun = writer.add("GreaterOrEqual", writer.constant(cell), inner)
    ended = writer.add("LessOrEqual", writer.constant(cell + STRIDE_PX), outer)
    return writer.add("Reshape", writer.add("And", begun, ended), writer.constant([1, 1, 1, -1]))
