"""Pieces, jets and findings to counts: what was ejected, what escaped and why, what a shot cost."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from service.event_terms import ShotFate
from service.twin.bins import Sorted, sort_out
from service.twin.intervals import Estimate, rate, ratio, share
from service.twin.material import Piece
from service.twin.reject_bin import stuck_lanes
from service.twin.run import Missed, Ran
from vision.seams import WebDefect

REACH_MM = 3.0  # a finding this near to a piece is of it
SIZES_MM = (0.0, 2.0, 5.0, 10.0, 20.0, math.inf)
CONTRASTS_GREY = (0.0, 5.0, 10.0, 20.0, 40.0, math.inf)
WHITE = "pp_white"
COLOURED = ("pp_colour", "jute")  # what spoils cloth and differs from lint in hue, plant trash apart
COLOURED_FROM_MM = 2.0
WIDE_MM2 = 4.0
SURE = 2.0  # standard deviations of place that a least shot must allow for at each side
BLOCK_MM = 1000.0  # belt that one draw of a bootstrap takes


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceFate:
    """What became of one piece."""

    piece: Piece
    ejected: bool
    why: str  # "" when ejected; else not_inspected, not_found, below_threshold, shot_refused, shot_missed
    score: float | None  # highest of its findings; None: not found
    named: str  # kind of that finding; empty: not found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Figures of one run, each with its interval."""

    recall: Estimate
    recall_coloured: Estimate  # coloured polypropylene and jute, from 2 mm on
    recall_coloured_wide: Estimate  # of them, those that cover at least 4 mm2: no thinner than two pixels
    recall_white: Estimate
    by_kind: dict[str, Estimate]
    by_size_mm: dict[str, Estimate]
    by_contrast_grey: dict[str, Estimate]
    named_right: Estimate  # of the pieces found, by their own kind
    named_wrong: Estimate  # by another kind than their own; the rest is left unnamed
    missed_by_cause: dict[str, int]
    stuck_lanes: tuple[int, ...]  # what the reject bin's scale says
    pieces: int
    shots: int
    false_shots: int
    false_shots_per_min: Estimate
    fed_kg: float
    ejected_kg: float
    good_fibre_kg: float  # of the ejected
    good_fibre_pct_of_feed: Estimate
    fibre_over_least: Estimate  # fibre that true shots took, over the valve's geometric minimum
    fates: tuple[PieceFate, ...]


def outcome_of(ran: Ran) -> Outcome:
    """Count one run."""
    offsets = _slips(ran)
    result = sort_out(ran.pieces, offsets, ran.jets, ran.bank)
    fates = tuple(_fate(ran, piece, bool(result.ejected[at])) for at, piece in enumerate(ran.pieces))
    kg_mm2 = ran.geometry.feed.kg_per_m2 * 1e-6
    foreign = [sum(ran.pieces[at].area_mm2 for at in touched) for touched in result.pieces_of_jet]
    good = np.maximum(result.jet_mm2 - np.array(foreign), 0.0) if ran.jets else np.zeros(0)
    false = sum(not touched for touched in result.pieces_of_jet)
    blocks = _blocks(ran, good)
    found = [fate for fate in fates if fate.score is not None]
    return Outcome(
        recall=_recall(fates, lambda piece: True),
        recall_coloured=_recall(fates, _is_coloured),
        recall_coloured_wide=_recall(fates, lambda p: _is_coloured(p) and p.area_mm2 >= WIDE_MM2),
        recall_white=_recall(fates, lambda piece: piece.kind == WHITE),
        by_kind={
            kind: _recall(fates, lambda p, kind=kind: p.kind == kind)  # type: ignore[misc]  # bound now
            for kind in sorted({piece.kind for piece in ran.pieces})
        },
        by_size_mm=_binned(fates, SIZES_MM, lambda piece: piece.long_mm),
        by_contrast_grey=_binned(fates, CONTRASTS_GREY, lambda piece: piece.contrast_grey),
        named_right=share(sum(fate.named == fate.piece.kind for fate in found), len(found)),
        named_wrong=share(
            sum(fate.named not in (fate.piece.kind, "foreign_matter") for fate in found), len(found)
        ),
        missed_by_cause=dict(sorted(Counter(fate.why for fate in fates if fate.why).items())),
        stuck_lanes=stuck_lanes(ran, result.jet_mm2),
        pieces=len(fates),
        shots=len(ran.jets),
        false_shots=false,
        false_shots_per_min=rate(false, ran.scenario.seconds / 60),
        fed_kg=ran.geometry.feed.kg(ran.belt_mm),
        ejected_kg=float(result.jet_mm2.sum()) * kg_mm2,
        good_fibre_kg=float(good.sum()) * kg_mm2,
        good_fibre_pct_of_feed=ratio(
            [100 * value * kg_mm2 for value in blocks], [ran.geometry.feed.kg(BLOCK_MM)] * len(blocks)
        ),
        fibre_over_least=_over_least(ran, result),
        fates=fates,
    )


def place_spread_mm(ran: Ran) -> float:
    """Standard deviation of where a piece is when its jet blows: slip on the way, and the valve's moment."""
    truth, sorter = ran.scenario.truth, ran.line.sorter
    slip = truth.slip_pct / 100 * sorter.distance_mm
    return math.hypot(slip, truth.latency_spread_ms / 1e3 * ran.line.web.speed_mm_s)


def findings_of(ran: Ran) -> list[tuple[WebDefect, tuple[int, ...]]]:
    """Each finding with the true pieces that it is of; none: it is false."""
    return [
        (web, tuple(at for at, piece in enumerate(ran.pieces) if _is_of(web, piece))) for web in ran.found
    ]


def _slips(ran: Ran) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    spread = ran.scenario.truth.slip_pct / 100 * ran.line.sorter.distance_mm
    return spread * np.random.default_rng([ran.scenario.seed, 37]).standard_normal(len(ran.pieces))


def _fate(ran: Ran, piece: Piece, ejected: bool) -> PieceFate:
    own = [web for web in ran.found if _is_of(web, piece)]
    best = max(own, key=lambda web: web.score, default=None)
    return PieceFate(
        piece=piece,
        ejected=ejected,
        why="" if ejected else _why(ran, piece, own),
        score=None if best is None else best.score,
        named="" if best is None else best.kind.value,
    )


def _why(ran: Ran, piece: Piece, own: Sequence[WebDefect]) -> str:
    shots = [
        a
        for a in ran.answers
        if a.from_mm < piece.box.y1 and a.to_mm > piece.box.y0 and _in_lane(ran, a.lane, piece)
    ]
    if any(shot.fate is ShotFate.SCHEDULED for shot in shots):
        return "shot_missed"
    if shots:
        return "shot_refused"
    if any(_covers(gap, piece) for gap in ran.missed if gap.why != "late"):
        return "not_inspected"
    return "below_threshold" if own else "not_found"


def _in_lane(ran: Ran, lane: int, piece: Piece) -> bool:
    return lane in ran.bank.lanes_of(piece.box.x0, piece.box.x1)


def _is_coloured(piece: Piece) -> bool:
    return piece.kind in COLOURED and piece.long_mm >= COLOURED_FROM_MM


def _covers(gap: Missed, piece: Piece) -> bool:
    return gap.from_mm < piece.box.y1 and gap.to_mm > piece.box.y0


def _is_of(web: WebDefect, piece: Piece) -> bool:
    one, other = web.box_mm, piece.box
    return (
        one.x0 <= other.x1 + REACH_MM
        and other.x0 <= one.x1 + REACH_MM
        and one.y0 <= other.y1 + REACH_MM
        and other.y0 <= one.y1 + REACH_MM
    )


def _recall(fates: Sequence[PieceFate], wanted: Callable[[Piece], bool]) -> Estimate:
    chosen = [fate for fate in fates if wanted(fate.piece)]
    return share(sum(fate.ejected for fate in chosen), len(chosen))


def _binned(
    fates: Sequence[PieceFate], edges: Sequence[float], value: Callable[[Piece], float]
) -> dict[str, Estimate]:
    return {
        f"{low:g} to {high:g}": _recall(fates, lambda p, a=low, b=high: a <= value(p) < b)  # type: ignore[misc]  # bound now
        for low, high in zip(edges, edges[1:], strict=False)
    }


def _blocks(ran: Ran, good_mm2: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    count = max(1, int(ran.belt_mm // BLOCK_MM))
    sums = [0.0] * count
    for jet, area in zip(ran.jets, good_mm2, strict=True):
        sums[min(count - 1, max(0, int(jet.from_mm // BLOCK_MM)))] += float(area)
    return sums


def _over_least(ran: Ran, result: Sorted) -> Estimate:
    """True shots over the least that surely hits their pieces: lane × (extent + jet + spread of place)."""
    around = 2 * SURE * place_spread_mm(ran) + ran.scenario.truth.jet_mm
    taken, least = [], []
    for area, touched in zip(result.jet_mm2, result.pieces_of_jet, strict=True):
        if not touched or area == 0:
            continue
        own = [ran.pieces[at].box for at in touched]
        extent = max(box.y1 for box in own) - min(box.y0 for box in own)
        taken.append(float(area))
        least.append((extent + around) * (ran.bank.lane_mm + 2 * ran.bank.overlap_mm))
    return ratio(taken, least)
