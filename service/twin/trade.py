"""What a threshold costs: contaminants missed against good fibre carried away, kind by kind, as a curve.

The curve comes from one run whose `unsure` lies low: each finding is then known with its score, and every
threshold above it can be priced without running again. Valves' own misses are the same for all thresholds.
"""

from collections import defaultdict
from dataclasses import dataclass

from service.settings_file import SettingsError
from service.twin.outcome import findings_of
from service.twin.run import Ran
from vision.seams import WebDefect

POINTS = 25  # of a curve, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePoint:
    """One threshold of one kind, per hour of belt."""

    threshold: float
    missed: float  # pieces found as this kind, but below the threshold
    shots: float
    false_shots: float
    good_fibre_kg: float
    cost: float  # of the misses and of the fibre


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """The curve of what is named a kind."""

    kind: str
    now: TradePoint
    best: TradePoint
    curve: tuple[TradePoint, ...]  # by rising threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    score: float
    miss_price: float  # of the pieces that it is of; 0: it is false
    pieces: int
    good_fibre_kg: float


def trades_of(ran: Ran) -> tuple[Trade, ...]:
    """Price every kind that was found, the costliest first.

    Raises:
        SettingsError: cloth has no fibre to lose.
    """
    if ran.geometry.feed.kg_per_m2 == 0:
        raise SettingsError("this line has no feed (web.feed_kg_per_m2): a shot's good fibre has no price")
    by_kind: dict[str, list[_Found]] = defaultdict(list)
    for web, places in findings_of(ran):
        price = sum(ran.scenario.prices.of(ran.pieces[at].kind) for at in places)
        found = _Found(
            score=web.score,
            miss_price=price,
            pieces=len(places),
            good_fibre_kg=_good_fibre_kg(ran, web, places),
        )
        by_kind[web.kind.value].append(found)
    trades = [_trade(ran, kind, found) for kind, found in by_kind.items()]
    return tuple(sorted(trades, key=lambda trade: trade.best.cost - trade.now.cost))


def _trade(ran: Ran, kind: str, found: list[_Found]) -> Trade:
    thresholds = ran.thresholds
    scores = sorted({one.score for one in found})
    step = max(1, len(scores) // POINTS)
    tried = [thresholds.unsure, *scores[::step], ran.score_ceiling]
    curve = tuple(_point(ran, found, at) for at in sorted(set(tried)))
    return Trade(
        kind=kind,
        now=_point(ran, found, thresholds.defective_for(kind)),
        best=min(curve, key=lambda point: point.cost),
        curve=curve,
    )


def _point(ran: Ran, found: list[_Found], threshold: float) -> TradePoint:
    per_hour = 3600 / ran.scenario.seconds
    shot = [one for one in found if one.score >= threshold]
    missed = [one for one in found if one.score < threshold]
    lost_kg = sum(one.good_fibre_kg for one in shot)
    cost = sum(one.miss_price for one in missed) + lost_kg * ran.scenario.prices.fibre_per_kg
    return TradePoint(
        threshold=threshold,
        missed=sum(one.pieces for one in missed) * per_hour,
        shots=len(shot) * per_hour,
        false_shots=sum(one.pieces == 0 for one in shot) * per_hour,
        good_fibre_kg=lost_kg * per_hour,
        cost=cost * per_hour,
    )


def _good_fibre_kg(ran: Ran, web: WebDefect, places: tuple[int, ...]) -> float:
    box, policy = web.box_mm, ran.geometry.policy
    lanes = len(ran.bank.lanes_of(box.x0, box.x1))
    length_mm = box.y1 - box.y0 + 2 * policy.margin_mm + ran.scenario.truth.jet_mm
    area_mm2 = lanes * (ran.bank.lane_mm + 2 * ran.bank.overlap_mm) * length_mm
    foreign_mm2 = sum(ran.pieces[at].area_mm2 for at in places)
    return max(0.0, area_mm2 - foreign_mm2) * ran.geometry.feed.kg_per_m2 * 1e-6
