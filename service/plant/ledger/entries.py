"""What can be entered into the ledger. Nothing is changed: a correction is a new entry with who and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter

from service.event_terms import MassFlow
from service.plant.ledger.terms import DispositionAction, Origin, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBooked:
    """A quantity went in or out at a place."""

    kind: Literal["flow"] = "flow"
    place: str  # a line or another place of the plant, e.g. "card-3"; a balance is drawn around it
    flow: MassFlow
    step: Step
    unit_id: str
    value: float
    unit: str  # kg, t, lb, m, yd, m2, …
    lot_id: str = ""  # empty: found through the unit's parents
    regain_pct: float | None = None  # moisture measured with it: water by dry mass
    standard_regain_pct: float | None = None  # the contract's, as it was when this was entered
    cause: str = ""  # of waste, by-product or ejects


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted:
    """What of a unit lies at a place, e.g. in the machine at a change of shift; 0 is a count too."""

    kind: Literal["stock"] = "stock"
    place: str
    step: Step
    unit_id: str
    value: float
    unit: str
    lot_id: str = ""
    regain_pct: float | None = None
    standard_regain_pct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMade:
    """A lot, bale, laydown, run, roll or piece exists, made of its parents."""

    kind: Literal["unit"] = "unit"
    step: Step
    unit_id: str
    name: str
    parents: tuple[str, ...] = ()
    supplier: str = ""
    article: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitClosed:
    """Nothing more comes of this unit: its balance is due."""

    kind: Literal["closed"] = "closed"
    unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMounted:
    """A lot, bale, laydown or run feeds a line from now on: what the line begins is made of it.

    Rolls and lots that name parents of their own keep those.
    """

    kind: Literal["mounted"] = "mounted"
    place: str  # the line
    unit_id: str | None  # None: it was taken off, and nothing is known of what comes


@dataclass(frozen=True, slots=True, kw_only=True)
class StopNoted:
    """A person says why a place stood still."""

    kind: Literal["stop"] = "stop"
    place: str
    from_utc: datetime
    to_utc: datetime
    reason: str  # a code of the plant's list
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOpened:
    """A customer's order: how much of an article, and within which limits."""

    kind: Literal["order"] = "order"
    order_id: str
    article: str
    value: float
    unit: str
    customer: str = ""
    due_utc: datetime | None = None
    profile_id: str = ""  # empty: the plant's grading profile
    first_limit: float | None = None  # points per 100 m2; None: the plant's
    second_limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposed:
    """A person holds, releases or downgrades a roll; the reason is the entry's `why`."""

    kind: Literal["disposition"] = "disposition"
    roll_id: str
    action: DispositionAction
    grade: str | None = None  # downgrade: to which


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileActivated:
    """A grading profile is in force from a moment on."""

    kind: Literal["profile"] = "profile"
    profile_id: str
    version: int
    sha256: str  # of the profile's file
    from_utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The entry that this one corrects should never have been made."""

    kind: Literal["withdrawn"] = "withdrawn"


Body = Annotated[
    FlowBooked
    | StockCounted
    | UnitMade
    | UnitClosed
    | UnitMounted
    | StopNoted
    | OrderOpened
    | Disposed
    | ProfileActivated
    | Withdrawn,
    Discriminator("kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger."""

    entry_id: str  # chosen by who enters: sent twice, kept once
    at_utc: datetime  # when it happened
    entered_utc: datetime
    entered_by: str
    origin: Origin
    body: Body
    why: str = ""
    corrects: str | None = None  # the entry that this one takes the place of
    demo: bool = False


ENTRY_CODEC: TypeAdapter[Entry] = TypeAdapter(Entry)
BODY_CODEC: TypeAdapter[Body] = TypeAdapter(Body)
