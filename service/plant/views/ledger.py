"""What the ledger shows: balances as stated, units, orders, decisions about rolls, stops and readings."""

from dataclasses import dataclass
from datetime import datetime

from service.event_terms import MeasuredKind, ReadingQuality
from service.plant.ledger.terms import BalanceStatus, Basis, DispositionAction, Origin, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A balance as it was stated."""

    scope: str  # "shift" or "lot"
    subject: str  # the shift's day and name, or the lot's id
    place: str  # empty: the whole plant, from delivery to the last step
    basis: Basis
    from_utc: datetime | None
    to_utc: datetime | None
    input: float | None
    good: float | None
    ejected: float | None
    by_product: float | None
    waste: float | None
    unaccounted: float | None
    limit_pct: float
    status: BalanceStatus
    stated_utc: datetime
    reason: str
    demo: bool
    stock_before: float | None = None  # at the beginning of the window; None: not counted
    stock_after: float | None = None  # at its end


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """A unit of material as it was entered, or as a line told of it."""

    unit_id: str
    step: Step
    name: str
    supplier: str
    article: str
    order_id: str
    closed_utc: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order."""

    order_id: str
    article: str
    customer: str
    quantity: float
    unit: str
    due_utc: datetime | None
    profile_id: str
    first_limit: float | None
    second_limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What a person decided about a roll."""

    roll_id: str
    action: DispositionAction
    grade: str | None
    why: str
    entered_by: str
    utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecord:
    """A stop that a person explained."""

    entry_id: str
    line: str
    from_utc: datetime
    to_utc: datetime
    reason: str
    note: str
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A sensor's value, in kWh, kW, % or °C; a scale's, in kg, where it could not weigh."""

    reading_id: str
    line: str
    utc: datetime
    sensor_id: str
    measured: MeasuredKind
    value: float | None  # None: it gave none
    unit: str
    quality: ReadingQuality
    detail: str
    origin: Origin
    demo: bool
