"""An article's whole inspection as one ONNX graph: uint8 pixels in, score map out.

pixels → half resolution → (brightness, two chroma planes) → less and divided by the wide local mean
→ banks of matched filters at several scales, and on the weave's local energy → divided by the local level,
held near what was learnt → less the sensor's fixed pattern → (a) largest calibrated response, (b) the base
CNN's logit → fused, clipped, floor outside the material; kinds beside it.
"""

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from vision.article import SCORE_CEILING, SCORE_FLOOR, STRIDE_PX, ArticleStatistics, padded_px
from vision.banks import BANKS, FINE_CHANNELS
from vision.base import Base
from vision.edges import EDGE_GUARD_PX
from vision.graph_banks import bank_normal, bank_response, bank_scores, mean_in_map_cells, repeated
from vision.graph_planes import bank_plane, flat_plane, floats, material_ends
from vision.onnx_writer import GraphWriter
from vision.templates import FILTER_PX

_AROUND_CELLS: Final = 7  # map cells to a side: 28 px
# Half a filter of the tallest cells, and the map cells around it.
MATCHED_HALO_ROWS: Final = (
    max(bank.row_px for bank in BANKS) * FILTER_PX // 2 + (1 + _AROUND_CELLS // 2) * STRIDE_PX
)
NAMED_FROM: Final = 0.5  # probability from which a kind is named; below it a finding stays unknown
_KIND_CELLS: Final = 2  # map cells to a side that the base names together
_MATCHED_RANGE: Final = (-6.0, 20.0)
_LOGIT_RANGE: Final = (-60.0, 60.0)  # exp() of it is a number


def build_graph(article: ArticleStatistics, base: Base | None, outputs: tuple[str, ...] = ("map",)) -> bytes:
    """Return the ONNX file that computes the named taps.

    Taps: map and kind (of a bundle); logit, context; of each bank <bank>_plane, _response, _normal; of
    each scored bank <bank>_bright and _dark.
    """
    writer = GraphWriter()
    flat = flat_plane(writer, article)
    normals, scores, colour = [], [], ""
    for statistics in article.banks:
        plane = bank_plane(writer, article, statistics.bank, flat)
        normal = bank_normal(writer, article, statistics, plane, bank_response(writer, statistics, plane))
        normals.append(normal)
        if statistics.bank.is_scored:
            score, chroma = bank_scores(writer, statistics, normal)
            scores.append(score)
            colour = colour or chroma
    coarse = [mean_in_map_cells(writer, *pair) for pair in zip(normals[1:], BANKS[1:], strict=True)]
    context = writer.add("Concat", *coarse, axis=1, output="context")
    score = writer.add("Max", *scores)
    if base is not None:
        logit, kinds = _seen_by_base(writer, article, base, normals[0], context)
        score = _fused(writer, article, base, logit, score)
        _name_kinds(writer, article, len(base.card.kinds), kinds)
    if colour:
        score = writer.add("Max", score, colour)
    _finish(writer, article, _with_surroundings(writer, score))
    return _model(writer, article, outputs)


def _model(writer: GraphWriter, article: ArticleStatistics, outputs: tuple[str, ...]) -> bytes:
    pixels = helper.make_tensor_value_info(
        "pixels", TensorProto.UINT8, [1, "rows", article.columns, article.channels]
    )
    cloth = helper.make_tensor_value_info("cloth_px", TensorProto.INT64, [2])
    shaped = [
        helper.make_tensor_value_info(
            name,
            TensorProto.UINT8 if name == "kind" else TensorProto.FLOAT,
            [1, f"{name}_k", f"{name}_rows", f"{name}_columns"],
        )
        for name in outputs
    ]
    model = writer.model([pixels, cloth], shaped)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _seen_by_base(
    writer: GraphWriter, article: ArticleStatistics, base: Base, fine: str, context: str
) -> tuple[str, str]:
    """Logit of a flaw and logits of its kind."""
    if article.channels == 3:
        bounds = [writer.constant([at]) for at in (0, FINE_CHANNELS, 1)]
        fine = writer.add("Slice", fine, *bounds)
    logit, kinds = writer.append(base.model, (fine, context), "base/")
    return writer.add("Identity", logit, output="logit"), kinds


def _fused(writer: GraphWriter, article: ArticleStatistics, base: Base, logit: str, matched: str) -> str:
    head = writer.add("Sub", logit, floats(writer, article.head_at))
    head = writer.add("Mul", head, floats(writer, base.card.head_weight / article.head_spread))
    held = writer.add("Clip", matched, *(floats(writer, bound) for bound in _MATCHED_RANGE))
    return writer.add("Add", head, writer.add("Mul", held, floats(writer, 1 - base.card.head_weight)))


def _with_surroundings(writer: GraphWriter, score: str) -> str:
    """Half the score of a cell, half the mean of the cells around: flaws have an extent, noise hasn't."""
    window, side = [_AROUND_CELLS] * 2, [_AROUND_CELLS // 2] * 4
    around = writer.add("AveragePool", score, kernel_shape=window, pads=side)
    half = floats(writer, 0.5)
    return writer.add("Mul", writer.add("Add", score, around), half)


def _name_kinds(writer: GraphWriter, article: ArticleStatistics, count: int, kinds: str) -> None:
    """Number of the kind likelier than `NAMED_FROM` in each map cell, 0 where none is; output `kind`."""
    flat = writer.add("Reshape", kinds, writer.constant([count, -1]))
    held = writer.add("Clip", flat, *(floats(writer, bound) for bound in _LOGIT_RANGE))
    likely = writer.add("Exp", held)
    # Sums over kinds as products of matrices: reductions over the first axis take several times as long.
    least = writer.add("MatMul", writer.constant(np.full((1, count), NAMED_FROM)), likely)
    sure = writer.add("Cast", writer.add("Greater", likely, least), to=TensorProto.FLOAT)
    number = writer.add("MatMul", writer.constant(np.arange(1.0, count + 1)[None]), sure)
    wide = padded_px(article.columns) // STRIDE_PX // _KIND_CELLS
    placed = writer.add("Reshape", number, writer.constant([1, 1, -1, wide]))
    named = writer.add("Cast", placed, to=TensorProto.UINT8)
    writer.add("Slice", repeated(writer, named, _KIND_CELLS, _KIND_CELLS), *_map_size(writer), output="kind")


def _finish(writer: GraphWriter, article: ArticleStatistics, score: str) -> None:
    """Clip to the card's range, put the floor where nothing is judged, cut off the padding."""
    allowed = writer.add("Sub", score, _edge_allowance(writer, article))
    clipped = writer.add("Clip", allowed, floats(writer, SCORE_FLOOR), floats(writer, SCORE_CEILING))
    judged = _judged_mask(writer, article)
    placed = writer.add("Where", judged, clipped, floats(writer, SCORE_FLOOR))
    writer.add("Slice", placed, *_map_size(writer), output="map")


def _map_size(writer: GraphWriter) -> tuple[str, str, str]:
    """Where to cut the padding off: first cells, cells behind the last ones, axes."""
    size = writer.add("Slice", writer.add("Shape", "pixels"), writer.constant([1]), writer.constant([3]))
    rounded = writer.add("Add", size, writer.constant([STRIDE_PX - 1]))
    cells = writer.add("Div", rounded, writer.constant([STRIDE_PX]))
    return writer.constant([0, 0]), cells, writer.constant([2, 3])


def _edge_allowance(writer: GraphWriter, article: ArticleStatistics) -> str:
    """What good selvages reach above the rest of the cloth, by distance from the edge; (1, 1, 1, columns)."""
    first, behind = material_ends(writer)
    four, one = writer.constant([STRIDE_PX]), writer.constant([1])
    cell = writer.constant(np.arange(padded_px(article.columns) // STRIDE_PX, dtype=np.int64))
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
    first, behind = material_ends(writer)
    wide = padded_px(article.columns)
    guard, none = writer.constant([EDGE_GUARD_PX]), writer.constant([0])
    inner = writer.add("Where", writer.add("Greater", first, none), writer.add("Add", first, guard), none)
    at_border = writer.add("GreaterOrEqual", behind, writer.constant([article.columns]))
    outer = writer.add("Where", at_border, writer.constant([wide]), writer.add("Sub", behind, guard))
    cell = np.arange(0, wide, STRIDE_PX, dtype=np.int64)
    begun = writer.add("GreaterOrEqual", writer.constant(cell), inner)
    ended = writer.add("LessOrEqual", writer.constant(cell + STRIDE_PX), outer)
    return writer.add("Reshape", writer.add("And", begun, ended), writer.constant([1, 1, 1, -1]))
