"""What each valve's jet truly carried away: the reject bin and the good bin, by place and area.

A jet is a stretch of its lane. A piece falls into the reject bin when at least half of it lies under jets.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.twin.material import Piece

HIT_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Jet:
    """One opening of a valve, as the stretch of belt it blew at."""

    lane: int
    from_mm: float
    to_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """The valves: equal lanes over the width."""

    width_mm: float
    lanes: int
    overlap_mm: float  # a jet reaches so far beyond its lane, at each side

    @property
    def lane_mm(self) -> float:
        """Width of a lane."""
        return self.width_mm / self.lanes

    def reach(self, lane: int) -> tuple[float, float]:
        """What a valve's jet covers across the belt."""
        return (
            max(0.0, lane * self.lane_mm - self.overlap_mm),
            min(self.width_mm, (lane + 1) * self.lane_mm + self.overlap_mm),
        )

    def lanes_of(self, x0: float, x1: float) -> range:
        """Lanes that a piece lies in."""
        first = max(0, int(x0 / self.lane_mm))
        return range(first, min(self.lanes - 1, int(max(x1 - 1e-9, x0) / self.lane_mm)) + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sorted:
    """What truly went where."""

    hit_share: NDArray[np.float64]  # (pieces,) of each piece under jets
    ejected: NDArray[np.bool_]  # (pieces,) fell into the reject bin
    pieces_of_jet: tuple[tuple[int, ...], ...]  # each jet's pieces, touched at all
    jet_mm2: NDArray[np.float64]  # (jets,) belt that each jet blew at, counted once where jets overlap


def sort_out(
    pieces: Sequence[Piece], offsets_mm: NDArray[np.float64], jets: Sequence[Jet], bank: Bank
) -> Sorted:
    """Lay jets over pieces; `offsets_mm` is how far each piece slipped on its way to the valves."""
    by_lane: dict[int, list[int]] = defaultdict(list)
    for number, jet in enumerate(jets):
        by_lane[jet.lane].append(number)
    for numbers in by_lane.values():
        numbers.sort(key=lambda number: jets[number].from_mm)
    starts = {lane: np.array([jets[n].from_mm for n in numbers]) for lane, numbers in by_lane.items()}
    longest = max((jet.to_mm - jet.from_mm for jet in jets), default=0.0)
    hit = np.zeros(len(pieces))
    touched: list[list[int]] = [[] for _ in jets]
    for at, (piece, offset) in enumerate(zip(pieces, offsets_mm, strict=True)):
        y0, y1 = piece.box.y0 + offset, piece.box.y1 + offset
        cells = np.zeros((16, 16), np.bool_)  # of the piece's box: fine enough for "half of it"
        for lane, numbers in by_lane.items():
            left, right = bank.reach(lane)
            if left >= piece.box.x1 or right <= piece.box.x0:
                continue
            first = int(np.searchsorted(starts[lane], y0 - longest))
            for number in numbers[first:]:
                jet = jets[number]
                if jet.from_mm >= y1:
                    break
                if jet.to_mm > y0:
                    cells[
                        _inside(y0, y1, jet.from_mm, jet.to_mm),
                        _inside(piece.box.x0, piece.box.x1, left, right),
                    ] = True
                    touched[number].append(at)
        hit[at] = cells.mean()
    return Sorted(
        hit_share=hit,
        ejected=hit >= HIT_SHARE,
        pieces_of_jet=tuple(tuple(sorted(numbers)) for numbers in touched),
        jet_mm2=_areas(jets, by_lane, bank),
    )


def _inside(low: float, high: float, start: float, end: float) -> slice:
    """Which of 16 equal parts of [low, high] have their middle within [start, end]."""
    middles = low + (np.arange(16) + 0.5) / 16 * (high - low)
    inside = np.flatnonzero((middles >= start) & (middles <= end))
    return slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)


def _areas(jets: Sequence[Jet], by_lane: dict[int, list[int]], bank: Bank) -> NDArray[np.float64]:
    """Area of each jet over its own lane and the overlaps; what an earlier jet of the lane took is gone."""
    areas = np.zeros(len(jets))
    for lane, numbers in by_lane.items():
        left, right = bank.reach(lane)
        taken_mm = -np.inf
        for number in numbers:
            jet = jets[number]
            areas[number] = max(0.0, jet.to_mm - max(jet.from_mm, taken_mm)) * (right - left)
            taken_mm = max(taken_mm, jet.to_mm)
    return areas
