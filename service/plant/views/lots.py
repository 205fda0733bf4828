"""Lots of fibre and their masses."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.views.defects import DefectView
from service.plant.views.rolls import Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """A lot of fibre and its masses, estimated from the belt's configured feed."""

    lot_id: str
    line: str
    name: str
    article: str
    supplier: str  # empty: unknown
    placeholder: bool
    started_utc: datetime | None
    ended_utc: datetime | None
    fed_kg: float
    passed_kg: float  # fed = passed + ejected
    ejected_kg: float
    good_fibre_kg: float  # of the ejected, not the contaminant
    not_inspected_kg: float
    coverage: float | None
    contaminants: int
    shots: int  # ordered
    refused: int  # answered with anything but "scheduled": escapes
    unanswered: int
    trash_area_pct: float | None
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDetail:
    """One lot, opened."""

    lot: LotView
    start_mm: float
    defects: tuple[DefectView, ...]  # newest first, at most 500
    uninspected: tuple[Stretch, ...]
