"""The ledger: entries, balances, families of material, orders, holds, profiles, and the proof of it all."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from service.plant.grading.desk import GradingDesk, Regraded
from service.plant.grading.profile import Profile
from service.plant.grading.shelf import Shelf
from service.plant.ledger.audit import Auditor, Report
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import (
    Disposed,
    Entry,
    FlowBooked,
    OrderOpened,
    StockCounted,
    StopNoted,
    UnitClosed,
    UnitMade,
    UnitMounted,
)
from service.plant.ledger.genealogy import Family
from service.plant.ledger.terms import DispositionAction, Origin
from service.plant.views.ledger import Disposition, OrderRecord, Statement
from service.plant.views.paging import Page
from service.plant.views.people import Role
from service.web.api.access import Manager, Technician, ThePlant, Viewer, Web, require_role
from service.web.api.ledger_bodies import ActivationBody, EnteredBody, EntryBody
from service.web.api.problems import ProblemError
from service.web.api.rolls import PageNumber, PageSize

router = APIRouter(tags=["ledger"])


YEARS = range(1970, 2200)


def _moment(name: str, value: datetime | None) -> datetime | None:
    if value is None or (value.tzinfo is not None and value.year in YEARS):
        return value
    raise ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{name} {value} needs a time zone and a year from {YEARS[0]} to {YEARS[-1]}, e.g. "
        f"2026-01-31T06:00:00Z",
    )


def _from_utc(from_utc: datetime | None = None) -> datetime | None:
    return _moment("from_utc", from_utc)


def _to_utc(to_utc: datetime | None = None) -> datetime | None:
    return _moment("to_utc", to_utc)


def _at_utc(at_utc: datetime | None = None) -> datetime | None:
    return _moment("at_utc", at_utc)


FromUtc = Annotated[datetime | None, Depends(_from_utc)]
ToUtc = Annotated[datetime | None, Depends(_to_utc)]
AtUtc = Annotated[datetime | None, Depends(_at_utc)]


def role_for(body: EnteredBody, corrects: str | None) -> Role:
    """The least role that may enter this: a technician weighs and holds, an engineer decides and corrects."""
    if isinstance(body, OrderOpened):
        return Role.MANAGER
    holds = isinstance(body, Disposed) and body.action is DispositionAction.HOLD
    of_a_day = FlowBooked | StockCounted | UnitMade | UnitClosed | UnitMounted | StopNoted
    daily = holds or isinstance(body, of_a_day)
    return Role.TECHNICIAN if daily and corrects is None else Role.ENGINEER


@router.post("/ledger/entries", status_code=HTTPStatus.CREATED)
def post_entry(body: EntryBody, person: Technician, web: Web) -> Entry:
    """Enter, or correct by entering anew with `corrects` and `why`; sent twice with one id, kept once."""
    require_role(person, role_for(body.body, body.corrects))
    draft = Draft(
        body=body.body,
        at_utc=body.at_utc or web.now(),
        entered_by=person.login,
        origin=Origin.TYPED,
        entry_id=body.entry_id,
        why=body.why,
        corrects=body.corrects,
        demo=web.settings.demo,
    )
    return web.plant.ledger.enter([draft])[0]


@router.get("/ledger/entries")
def get_entries(
    person: Viewer,
    plant: ThePlant,
    page: PageNumber = 1,
    page_size: PageSize = 100,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    from_utc: FromUtc = None,
    to_utc: ToUtc = None,
) -> Page[Entry]:
    """Entries, newest first, corrected ones too."""
    return plant.ledger.entries(page, page_size, kind=kind, from_utc=from_utc, to_utc=to_utc)


@router.get("/ledger/entries/{entry_id}")
def get_entry(entry_id: str, person: Viewer, plant: ThePlant) -> Entry:
    """One entry."""
    return plant.ledger.entry(entry_id)


@router.get("/ledger/balances")
def get_balances(person: Viewer, web: Web, at_utc: AtUtc = None) -> list[Statement]:
    """Input = good + ejected + by-product + waste + unaccounted, of every place in the shift of a moment."""
    return list(web.plant.ledger.shift_balances(at_utc or web.now()))


@router.get("/ledger/lots/{lot_id}/balances")
def get_lot_balances(lot_id: str, person: Viewer, plant: ThePlant) -> list[Statement]:
    """The same of a lot, at each place and from end to end (place empty)."""
    return list(plant.ledger.lot_balances(lot_id))


@router.get("/ledger/shifts/{day}/{shift}/statements")
def get_shift_statements(day: str, shift: str, person: Viewer, plant: ThePlant) -> list[Statement]:
    """Everything that was ever stated of a shift, oldest first."""
    return list(plant.ledger.statements("shift", f"{day}/{shift}"))


@router.get("/ledger/lots/{lot_id}/statements")
def get_lot_statements(lot_id: str, person: Viewer, plant: ThePlant) -> list[Statement]:
    """Everything that was ever stated of a closed lot, oldest first."""
    return list(plant.ledger.statements("lot", lot_id))


@router.get("/ledger/units/{unit_id}")
def get_unit(unit_id: str, person: Viewer, plant: ThePlant) -> Family:
    """A lot, bale, laydown, run, roll or piece: what it is made of and what was made of it."""
    return plant.ledger.family(unit_id)


@router.get("/ledger/orders")
def get_orders(person: Viewer, plant: ThePlant) -> list[OrderRecord]:
    """Orders with their limits."""
    return list(plant.ledger.orders())


@router.get("/ledger/holds")
def get_holds(person: Viewer, plant: ThePlant) -> list[Disposition]:
    """Rolls on hold, with who, when and why."""
    return list(plant.ledger.on_hold())


@router.get("/rolls/{roll_id}/dispositions")
def get_dispositions(roll_id: str, person: Viewer, plant: ThePlant) -> list[Disposition]:
    """What people decided about a roll, oldest first."""
    return list(plant.ledger.dispositions(roll_id))


@router.get("/grading/profiles")
def get_profiles(person: Viewer, plant: ThePlant) -> list[Profile]:
    """Every grading profile of the plant, by id and version."""
    return [shelved.profile for shelved in _desk(plant).profiles()]


@router.post("/grading/activations", status_code=HTTPStatus.CREATED)
def post_activation(body: ActivationBody, person: Manager, web: Web) -> Regraded:
    """Put a profile into force; rolls that ended since are graded again, and both grades stay."""
    from_utc = body.from_utc or web.now()
    return _desk(web.plant).activate(
        body.profile_id, body.version, from_utc=from_utc, user=person.login, why=body.why
    )


@router.get("/audit/verification")
def get_verification(person: Manager, plant: ThePlant) -> Report:
    """Whether every sealed row is as it was when it was written. Takes time with the size of the store."""
    ledger = plant.ledger
    heads = ledger.settings.heads_dir
    return Auditor(database=ledger.database, poster=ledger.poster).verify(heads)


def _desk(plant: ThePlant) -> GradingDesk:
    return GradingDesk(ledger=plant.ledger, shelf=Shelf.of(plant.settings.data_dir))
