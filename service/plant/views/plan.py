"""Lots against orders: what fits, what it costs, what stands in the way; suppliers and groups of lots."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOffer:
    """A lot as the plan sees it; None: not measured."""

    lot_id: str
    available_kg: float
    name: str = ""
    supplier: str = ""
    trash_area_pct: float | None = None
    contaminants_per_t: float | None = None
    rd: float | None = None
    plus_b: float | None = None
    colour_refused: str = ""  # why a measured lot has no Rd and +b
    second_share: float | None = None  # expected share of second-grade fabric, 0..1
    second_source: str = ""  # "lot", "supplier", "plant": whose fabric says so
    price_per_kg: float = 0.0
    meant_for: str = ""  # the order that somebody bought or laid it by for; empty: none
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNeed:
    """What an order takes, and within which limits; None: no limit."""

    order_id: str
    needs_kg: float
    trash_area_pct_max: float | None = None  # of the mixture
    contaminants_per_t_max: float | None = None  # of each lot: one bad lot is not thinned out
    rd_min: float | None = None  # of the mixture
    plus_b_max: float | None = None  # of the mixture
    second_share_max: float | None = None  # of the mixture
    price_per_kg_max: float | None = None  # of the mixture
    second_loss_per_kg: float = 0.0  # money lost with each kg that becomes second grade
    most_lots: int | None = None  # in the mixture
    least_part_kg: float = 0.0  # of a lot that is taken at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A part of a lot goes into an order."""

    lot_id: str
    order_id: str
    kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """What an order gets."""

    order_id: str
    kg: float
    lots: int
    trash_area_pct: float | None
    rd: float | None
    plus_b: float | None
    second_share: float | None
    price_per_kg: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A limit that can't be kept, and by how much at least."""

    order_id: str
    limit: str  # code: "quantity", "lots", or the name of a lot's feature, e.g. "trash_area_pct"
    wanted: float
    reached: float
    by: float  # what is lacking, in the limit's unit
    unit: str
    text: str  # the same in words


@dataclass(frozen=True, slots=True, kw_only=True)
class LotAdvice:
    """What to do with a lot."""

    lot_id: str
    advice: str  # code: "use", "hold", "reroute", "spare"
    order_ids: tuple[str, ...]  # where it goes
    fits: tuple[str, ...]  # orders whose limits it keeps by itself
    left_kg: float
    expected_second_share: float | None
    reason: str  # in words, from the tree or the limit that it breaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Lots assigned to orders, or why they can't be."""

    feasible: bool
    cost: float | None
    assigned: tuple[Assigned, ...]
    mixtures: tuple[Mixture, ...]
    lots: tuple[LotAdvice, ...]
    obstacles: tuple[Obstacle, ...]
    rules: tuple[str, ...]  # the tree that explains who goes where, in words
    made_utc: datetime | None
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LotGroup:
    """Lots that are alike."""

    number: int  # 1, 2 …, the largest first
    lot_ids: tuple[str, ...]
    centre: dict[str, float]  # mean of each feature, in its own unit


@dataclass(frozen=True, slots=True, kw_only=True)
class LotGroups:
    """K-means over measured features, and how k was chosen."""

    features: tuple[str, ...]
    k: int
    silhouettes: dict[int, float]  # of every k that was tried
    why: str  # code: "best_silhouette", "no_structure", "few_lots"
    groups: tuple[LotGroup, ...]
    left_out: tuple[str, ...]  # lots with a feature that was not measured
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A supplier by what was measured of its lots; None: not measured."""

    supplier: str  # empty: lots without a supplier
    lots: int
    fed_kg: float
    trash_area_pct: float | None
    contaminants_per_t: float | None
    contaminants_low: float | None  # 95 % interval
    contaminants_high: float | None
    ejected_pct: float | None
    good_fibre_lost_pct: float | None
    fabric_factor: float | None  # contamination in fabric against the mean of all
    fabric_factor_low: float | None
    fabric_factor_high: float | None
    second_share: float | None
    demo: bool
