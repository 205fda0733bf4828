"""One bank of filters inside the graph: responses, normalised by what good cloth shows here, and peaks."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from vision.article import BLOCK_PX, STRIDE_PX, ArticleStatistics, BankStatistics, padded_px
from vision.banks import FINE, FINE_CHANNELS, Bank
from vision.graph_planes import floats, material_ends, material_mask
from vision.onnx_writer import GraphWriter

_LOCAL_PX: Final = 196  # the local level is taken over this width
_SAMPLED_ROWS_PX: Final = 16  # every so many rows count for it: that is plenty
_SAMPLED_COLUMNS_PX: Final = 4
_OUTLIER: Final = 3.0  # responses count at most this many times the local level
_GAIN: Final = (0.4, 2.5)  # the picture's own contrast against the learnt one
_LOCAL_GAIN: Final = (0.75, 1.35)  # the local contrast against the picture's own: a seam can't hide itself
_MOST_ASTRAY: Final = 3.0  # times the usual size that a column's own mean is taken off at most
_BLOCK_CELLS: Final = BLOCK_PX // STRIDE_PX
_MOST_ROWS: Final = 4096  # map rows; a tile has a hundred
_BLEND_PX: Final = 32  # columns over which edge statistics pass into column statistics


def bank_response(writer: GraphWriter, statistics: BankStatistics, plane: str) -> str:
    """Filter a plane; the same size comes out, named `<bank>_response`."""
    mode = "reflect" if statistics.bank == FINE else "edge"  # coarse planes may be too small to reflect
    padded = writer.add("Pad", plane, writer.constant([0, 0, 4, 4, 0, 0, 3, 3]), mode=mode)
    return writer.add(
        "Conv", padded, writer.constant(statistics.filters), output=f"{statistics.bank.name}_response"
    )


def bank_normal(
    writer: GraphWriter, article: ArticleStatistics, statistics: BankStatistics, plane: str, response: str
) -> str:
    """Responses in units of the level expected here and now, less the fixed pattern; 0 off the material."""
    bank = statistics.bank
    mask = material_mask(writer, article.columns, bank.column_px)
    level, offset = _levels(writer, article, statistics)
    gain = _local_gain(writer, response, mask, level, bank)
    scale = writer.add("Div", mask, writer.add("Mul", gain, level))
    scaled = writer.add("Mul", response, scale)
    offset = _own_offset(writer, statistics, plane, scale, writer.add("Mul", offset, mask), mask)
    return writer.add("Sub", scaled, offset, output=f"{bank.name}_normal")


def _own_offset(
    writer: GraphWriter, statistics: BankStatistics, plane: str, scale: str, learnt: str, mask: str
) -> str:
    """The column means to take off: those learnt as far as the picture shows them, its own where it differs.

    What a picture's column means hold beyond the learnt ones is noise of a few rows, or another camera
    session. Of the noise usual in good pictures, named `<bank>_astray`, nothing is taken off; of more, the
    share that noise doesn't explain, and no column more than a few times the usual: lines along the web
    stay.
    """
    bank, summed = statistics.bank, statistics.filters.sum(axis=2, keepdims=True)
    # A filter's mean over rows is the filter, summed over its rows, on the plane's mean over rows.
    means = _mean_over_rows(writer, plane)
    means = writer.add("Pad", means, writer.constant([0, 0, 0, 4, 0, 0, 0, 3]), mode="edge")
    own = writer.add("Mul", writer.add("Conv", means, writer.constant(summed)), scale)
    alike = _over_columns(writer, writer.add("Mul", own, learnt))
    size = _over_columns(writer, writer.add("Mul", learnt, learnt))
    share = writer.add("Div", alike, writer.add("Max", size, floats(writer, 1e-9)))
    kept = writer.add("Mul", learnt, writer.add("Clip", share, floats(writer, 0.0), floats(writer, 1.0)))
    beyond = writer.add("Sub", own, kept)
    count = writer.add("Max", _over_columns(writer, mask), floats(writer, 1.0))
    astray = _over_columns(writer, writer.add("Abs", beyond))
    astray = writer.add("Div", astray, count, output=f"{bank.name}_astray")
    usual = writer.constant(statistics.astray[None, :, None, None])
    ratio = writer.add("Div", usual, writer.add("Max", astray, floats(writer, 1e-6)))
    noise = writer.add("Min", writer.add("Mul", ratio, ratio), floats(writer, 1.0))
    strange = writer.add("Sub", floats(writer, 1.0), noise)
    bound = writer.add("Mul", astray, floats(writer, _MOST_ASTRAY))
    held = writer.add("Max", writer.add("Min", beyond, bound), writer.add("Neg", bound))
    return writer.add("Add", kept, writer.add("Mul", held, strange))


def _mean_over_rows(writer: GraphWriter, plane: str) -> str:
    """What ReduceMean gives, which goes through memory column by column."""
    rows = writer.add("Slice", writer.add("Shape", plane), writer.constant([2]), writer.constant([3]))
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    ones = writer.add("ConstantOfShape", writer.add("Concat", writer.constant([1]), rows, axis=0), value=one)
    total = writer.add("MatMul", ones, plane)
    return writer.add("Div", total, writer.add("Cast", rows, to=TensorProto.FLOAT))


def _over_columns(writer: GraphWriter, value: str) -> str:
    return writer.add("ReduceSum", value, writer.constant([3]), keepdims=1)


def bank_scores(writer: GraphWriter, statistics: BankStatistics, normal: str) -> tuple[str, str]:
    """Largest calibrated response in each map cell: of brightness filters, of chroma filters ("" without)."""
    bank, kinds = statistics.bank, len(statistics.filters)
    border = _border(writer, statistics.border)
    scored = []
    for values, part, name in (
        (normal, slice(0, kinds), "bright"),
        (writer.add("Neg", normal), slice(kinds, 2 * kinds), "dark"),
    ):
        peaks = _pooled(writer, values, bank, f"{bank.name}_{name}")
        usual = writer.add("Slice", border, *(writer.constant([at]) for at in (part.start, part.stop, 1)))
        at, spread = statistics.peak_at[part], statistics.peak_spread[part]
        scored.append(_calibrated(writer, peaks, usual, at, spread))
    brightness = FINE_CHANNELS if bank == FINE else kinds
    best = in_map_cells(writer, _largest(writer, scored, 0, brightness, kinds), bank)
    return best, _largest(writer, scored, brightness, kinds, kinds) if kinds > brightness else ""


def in_map_cells(writer: GraphWriter, value: str, bank: Bank) -> str:
    """Repeat a value in a bank's own (pooled) cells so that it fills the map's cells."""
    rows, columns = max(bank.row_px // STRIDE_PX, 1), max(bank.column_px // STRIDE_PX, 1)
    return value if (rows, columns) == (1, 1) else repeated(writer, value, rows, columns)


def mean_in_map_cells(writer: GraphWriter, normal: str, bank: Bank) -> str:
    """Responses averaged or repeated so that they fill the map's cells."""
    pool = _cells_of_map_cell(bank)
    if pool != [1, 1]:
        normal = writer.add("AveragePool", normal, kernel_shape=pool, strides=pool)
    return in_map_cells(writer, normal, bank)


def _cells_of_map_cell(bank: Bank) -> list[int]:
    return [max(STRIDE_PX // bank.row_px, 1), max(STRIDE_PX // bank.column_px, 1)]


def _pooled(writer: GraphWriter, values: str, bank: Bank, name: str) -> str:
    pool = _cells_of_map_cell(bank)
    if pool == [1, 1]:
        return writer.add("Identity", values, output=name)
    return writer.add("MaxPool", values, kernel_shape=pool, strides=pool, output=name)


def _levels(writer: GraphWriter, article: ArticleStatistics, statistics: BankStatistics) -> tuple[str, str]:
    """Learnt level and offset of each column: by camera column, near a found edge by distance from it."""
    kinds, cell_px = len(statistics.filters), statistics.bank.column_px
    first, behind = material_ends(writer)
    wide = padded_px(article.columns) // cell_px
    column, all_columns = writer.constant(np.arange(wide)), writer.constant([wide])
    cell, round_up, one = (writer.constant([value]) for value in (cell_px, cell_px - 1, 1))
    begins = writer.add("Div", writer.add("Add", first, round_up), cell)
    ends = writer.add("Div", behind, cell)
    from_left = writer.add("Sub", column, begins)
    from_right = writer.add("Sub", writer.add("Sub", ends, one), column)
    has_left = writer.add("Greater", first, writer.constant([0]))
    has_right = writer.add("Less", behind, writer.constant([article.columns]))
    both = writer.constant(np.concatenate([statistics.level, statistics.offset])[None, :, None])
    left = np.concatenate([statistics.level_left, statistics.offset_left])
    right = np.concatenate([statistics.level_right, statistics.offset_right])[:, ::-1]
    at_left = writer.add("Sub", all_columns, begins)
    at_right = writer.add("Sub", writer.constant([wide + right.shape[1]]), ends)
    for profile, start, distance, found in (
        (left, at_left, from_left, has_left),
        (right, at_right, from_right, has_right),
    ):
        # A copy of whole rows: to gather column by column takes ten times as long.
        pads = writer.constant([0, 0, 0, wide, 0, 0, 0, wide])
        spread = writer.add("Pad", writer.constant(profile[None, :, None]), pads, mode="edge")
        end = writer.add("Add", start, all_columns)
        special = writer.add("Slice", spread, start, end, writer.constant([3]))
        share = _share_of_edge(writer, profile.shape[1], distance, found, cell_px)
        both = writer.add("Add", both, writer.add("Mul", writer.add("Sub", special, both), share))
    axis = writer.constant([1])
    level = writer.add("Slice", both, writer.constant([0]), writer.constant([kinds]), axis)
    offset = writer.add("Slice", both, writer.constant([kinds]), writer.constant([2 * kinds]), axis)
    return level, offset


def _share_of_edge(writer: GraphWriter, zone: int, distance: str, found: str, cell_px: int) -> str:
    """With which share the profile beside an edge counts at a distance from it."""
    left_over = writer.add("Sub", writer.constant([zone]), distance)
    blend = floats(writer, max(_BLEND_PX / cell_px, 1.0))
    share = writer.add("Div", writer.add("Cast", left_over, to=TensorProto.FLOAT), blend)
    share = writer.add("Clip", share, floats(writer, 0.0), floats(writer, 1.0))
    return writer.add("Mul", share, writer.add("Cast", found, to=TensorProto.FLOAT))


def _local_gain(writer: GraphWriter, response: str, mask: str, level: str, bank: Bank) -> str:
    """The picture's level against the learnt one, column by column, within bounds."""
    rows, columns = max(_SAMPLED_ROWS_PX // bank.row_px, 1), max(_SAMPLED_COLUMNS_PX // bank.column_px, 1)
    width = 2 * (_LOCAL_PX // (bank.column_px * columns) // 2) + 1
    size = writer.add("Abs", _every_row(writer, response, rows))
    share = writer.add("Div", mask, level)
    few_mask = _fewer(writer, mask, columns)
    count = writer.add("Max", _along(writer, few_mask, width), floats(writer, 1e-3))
    rough = writer.add("Div", _along(writer, _column_mean(writer, size, share, columns), width), count)
    ceiling = writer.add("Mul", _again(writer, rough, columns), level)
    ceiling = writer.add("Mul", ceiling, floats(writer, _OUTLIER))
    clipped = _column_mean(writer, writer.add("Min", size, ceiling), share, columns)
    local = writer.add("Div", _along(writer, clipped, width), count)
    total = writer.add("ReduceSum", clipped, writer.constant([3]), keepdims=1)
    cells = writer.add("ReduceSum", few_mask, writer.constant([3]), keepdims=1)
    own = writer.add("Div", total, writer.add("Max", cells, floats(writer, 1.0)))
    own = writer.add("Clip", own, *(floats(writer, bound) for bound in _GAIN))
    low, high = (writer.add("Mul", own, floats(writer, bound)) for bound in _LOCAL_GAIN)
    return _again(writer, writer.add("Max", writer.add("Min", local, high), low), columns)


def _every_row(writer: GraphWriter, value: str, step: int) -> str:
    """Every so many rows of a value: whole rows lie together in memory, columns don't."""
    if step == 1:
        return value
    far = np.iinfo(np.int64).max
    bounds = [writer.constant([at]) for at in (0, far, 2, step)]
    return writer.add("Slice", value, *bounds)


def _column_mean(writer: GraphWriter, size: str, share: str, columns: int) -> str:
    mean = writer.add("Mul", writer.add("ReduceMean", size, axes=[2], keepdims=1), share)
    return _fewer(writer, mean, columns)


def _fewer(writer: GraphWriter, profile: str, columns: int) -> str:
    step = [1, columns]
    return profile if columns == 1 else writer.add("AveragePool", profile, kernel_shape=step, strides=step)


def _again(writer: GraphWriter, profile: str, columns: int) -> str:
    return profile if columns == 1 else repeated(writer, profile, 1, columns)


def _along(writer: GraphWriter, value: str, width: int) -> str:
    side = width // 2
    return writer.add("AveragePool", value, kernel_shape=[1, width], pads=[0, side, 0, side])


def repeated(writer: GraphWriter, value: str, rows: int, columns: int) -> str:
    """Repeat every cell along rows and columns."""
    return writer.add(
        "Resize",
        value,
        "",
        writer.constant(np.array([1, 1, rows, columns], np.float32)),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _border(writer: GraphWriter, border: NDArray[np.float32]) -> str:
    """Usual size of peaks in each map row against the rows inside the frame; (1, 2 K, rows, 1)."""
    rows = writer.add("Slice", writer.add("Shape", "pixels"), writer.constant([1]), writer.constant([2]))
    count, blocks = (
        writer.add("Div", writer.add("Add", rows, writer.constant([px - 1])), writer.constant([px]))
        for px in (STRIDE_PX, BLOCK_PX)
    )
    end = writer.add("Mul", blocks, writer.constant([_BLOCK_CELLS]))
    row = writer.add("Slice", writer.constant(np.arange(_MOST_ROWS)), writer.constant([0]), end)
    to_end = writer.add("Sub", writer.add("Sub", count, writer.constant([1])), row)
    inside = writer.constant(border.shape[1])
    distance = writer.add("Clip", writer.add("Min", row, to_end), writer.constant(0), inside)
    table = np.concatenate([border, np.ones((len(border), 1), np.float32)], axis=1)
    found = writer.add("Gather", writer.constant(table), distance, axis=1)
    return writer.add("Unsqueeze", found, writer.constant([0, 3]))


def _calibrated(
    writer: GraphWriter, peaks: str, usual: str, at: NDArray[np.float32], spread: NDArray[np.float32]
) -> str:
    scale = writer.add("Div", writer.constant((1 / spread)[None, :, None, None].astype(np.float32)), usual)
    shift = (at / spread)[None, :, None, None].astype(np.float32)
    return writer.add("Sub", writer.add("Mul", peaks, scale), writer.constant(shift))


def _largest(writer: GraphWriter, scored: list[str], begin: int, end: int, of: int) -> str:
    highest = writer.add("Max", *scored)
    if (begin, end) != (0, of):
        highest = writer.add("Slice", highest, *(writer.constant([at]) for at in (begin, end, 1)))
    return writer.add("ReduceMax", highest, axes=[1], keepdims=1)
