"""A detector's maps as inspections: what `datasets/evaluation/protocol.py` asks of ours, asked of a peer.

Its thresholds come from held-out good strips by the rule that sets a recipe's: with so little cloth, one good
strip in twenty above `defective`. Edges of the cloth are found for it, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datasets.evaluation.protocol import highest_of
from peers.tiles import cut_square_tiles, join_square_maps
from vision.card import ModelCard
from vision.edges import find_edges, judged_columns
from vision.extremes import block_cells, block_maxima
from vision.postprocess import find_defects
from vision.scoremap import score_picture
from vision.thresholds import FALSE_ALARMS_PER_100M, fit_tail, promise_of, strictest_rate, thresholds_of
from vision.types import Frame, Inspection, MmBox, StageTimes
from vision.verdict import judge

HEADROOM = 10.0  # the 16-bit map ends at so many times the highest held-out score: 6500 steps for good cloth
USUAL = 10.0  # the median good strip's highest score; a recipe's thresholds are some units apart
Maps = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # tiles to their maps
Grey = NDArray[np.uint8]


class PeerInspector:
    """Stands where an `Inspector` does in the protocol."""

    def __init__(self, maps: Maps, card: ModelCard) -> None:
        self.card = card
        self._maps = maps

    def inspect(self, frame: Frame, *, want_map: bool = False) -> Inspection:
        """Judge one grey frame as the inspector would, from the peer's map."""
        rows, columns = frame.pixels.shape
        scores = np.minimum(
            scores_of(frame.pixels, self._maps, self.card.output_stride), self.card.score_ceiling
        )
        scale = {"rows": rows, "columns": columns}
        findings = find_defects(scores[None], self.card, mm_per_px=self.card.mm_per_px, **scale)
        highest = float(scores.max())
        return Inspection(
            camera_id=frame.camera_id,
            frame_seq=frame.seq,
            captured_ns=frame.captured_ns,
            verdict=judge(highest, findings.defects, self.card.thresholds),
            score=highest,
            defects=findings.defects,
            reason="",
            bundle_id=self.card.bundle_id,
            inspected_mm=MmBox(x0=0.0, y0=0.0, x1=0.0, y1=0.0),
            times=StageTimes(),
            score_map=score_picture(scores[None], self.card, **scale) if want_map else None,
        )


def scores_of(pixels: Grey, maps: Maps, stride: int) -> NDArray[np.float32]:
    """Score map cells (map rows, map columns) of a grey strip; 0 beside the cloth."""
    rows, columns = pixels.shape
    picture = join_square_maps(maps(cut_square_tiles(pixels)), rows, columns).copy()
    first, behind = judged_columns(find_edges(pixels), columns)
    picture[:, :first] = picture[:, behind:] = 0.0
    return np.asarray(highest_of(picture, stride), np.float32)


def rescaled(maps: Maps, held_out: Sequence[NDArray[np.float32]]) -> tuple[Maps, list[NDArray[np.float32]]]:
    """Bring a method's own scale, whatever it is, to that of a recipe's thresholds: maps and scores."""
    factor = USUAL / float(np.median([scores.max() for scores in held_out]))
    return (lambda tiles: maps(tiles) * factor), [scores * factor for scores in held_out]


def peer_card(
    ours: ModelCard, name: str, good: Sequence[Grey], held_out: Sequence[NDArray[np.float32]]
) -> ModelCard:
    """Put a peer's thresholds into a card; from good strips, and their scores by models without them."""
    stride, strips = ours.output_stride, len(good)
    cloths = [
        (at // stride, behind // stride)
        for at, behind in (judged_columns(find_edges(pixels), pixels.shape[1]) for pixels in good)
    ]
    cells = block_cells(sum(behind - first for first, behind in cloths))
    blocks = np.concatenate([
        block_maxima(scores[None], first, behind, cells)[:, 0]
        for scores, (first, behind) in zip(held_out, cloths, strict=True)
    ])  # fmt: skip
    picture_m = good[0].shape[0] * ours.mm_per_px / 1e3
    length_m = strips * picture_m
    promise = promise_of(
        fit_tail(blocks, np.empty(0, np.float32), length_m, pictures=strips),
        strictest_per_100m=strictest_rate(length_m, picture_m),
        learnt_m=length_m,
        held_out_m=length_m,
        asked=FALSE_ALARMS_PER_100M,
    )
    ceiling = HEADROOM * float(blocks.max())
    return replace(
        ours,
        bundle_id=name,
        score_floor=0.0,
        score_ceiling=ceiling,
        thresholds=thresholds_of(promise, 0.0, ceiling),
        promise=promise,
    )
