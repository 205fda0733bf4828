"""Entries → rows: flows, units, stops, orders, dispositions, profiles in force. Can be made again."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from service.plant.ledger.entries import (
    Disposed,
    Entry,
    FlowBooked,
    OrderOpened,
    ProfileActivated,
    StockCounted,
    StopNoted,
    UnitClosed,
    UnitMade,
    UnitMounted,
    Withdrawn,
)
from service.plant.ledger.moisture import at_standard_regain
from service.plant.ledger.terms import Basis
from service.plant.ledger.units import convert
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import (
    ACTIVATIONS,
    DISPOSITIONS,
    FLOWS,
    MOUNTS,
    ORDERS,
    PARENTS,
    STOCKS,
    STOPS,
    UNITS,
)
from service.plant.store.many import Row
from service.plant.store.people import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Writes what an entry says into the rows that are counted."""

    owner: Owner

    def post(self, tx: Transaction, number: int, entry: Entry) -> None:
        """Write one entry; what it corrects no longer counts."""
        if entry.corrects is not None:
            self._supersede(tx, entry)
        match entry.body:
            case FlowBooked():
                tx.execute(insert(FLOWS).values(**self.flow_row(entry, entry.body)))
            case StockCounted():
                tx.execute(insert(STOCKS).values(**stock_row(entry, entry.body)))
            case UnitMade():
                self._unit(tx, entry, entry.body)
            case UnitClosed():
                closed = update(UNITS).where(UNITS.c.unit_id == entry.body.unit_id)
                tx.execute(closed.values(closed_utc=entry.at_utc))
            case UnitMounted():
                tx.execute(insert(MOUNTS).values(**_mount_row(number, entry, entry.body)))
            case StopNoted():
                tx.execute(insert(STOPS).values(**_stop_row(entry, entry.body)))
            case OrderOpened():
                tx.execute(insert(ORDERS).values(**_order_row(entry, entry.body)))
            case Disposed():
                tx.execute(insert(DISPOSITIONS).values(**_disposition_row(number, entry, entry.body)))
            case ProfileActivated():
                tx.execute(insert(ACTIVATIONS).values(**_activation_row(number, entry, entry.body)))
            case Withdrawn():
                pass  # that something is superseded is all it says

    def flow_row(self, entry: Entry, body: FlowBooked) -> Row:
        """The row of a flow: its quantity in the basis's unit, mass at standard regain where it is known."""
        basis, quantity, conversion = _comparable(body)
        return {
            "entry_id": entry.entry_id,
            "enterprise": self.owner.enterprise,
            "site": self.owner.site,
            "area": "",
            "line": body.place,
            "demo": entry.demo,
            "utc": entry.at_utc,
            "flow": body.flow.value,
            "step": body.step.value,
            "unit_id": body.unit_id,
            "lot_id": body.lot_id,
            "basis": basis.value,
            "quantity": quantity,
            "given_value": body.value,
            "given_unit": body.unit,
            "conversion": conversion,
            "cause": body.cause,
            "origin": entry.origin.value,
            "superseded_by": None,
        }

    def _unit(self, tx: Transaction, entry: Entry, body: UnitMade) -> None:
        held = tx.execute(select(UNITS.c.closed_utc).where(UNITS.c.unit_id == body.unit_id)).first()
        tx.execute(delete(UNITS).where(UNITS.c.unit_id == body.unit_id))
        tx.execute(delete(PARENTS).where(PARENTS.c.unit_id == body.unit_id))
        names = ("unit_id", "name", "supplier", "article", "order_id")
        values = {name: getattr(body, name) for name in names} | {"step": body.step.value}
        more = {"made_utc": entry.at_utc, "entry_id": entry.entry_id, "demo": entry.demo}
        tx.execute(insert(UNITS).values(**values, **more, closed_utc=held.closed_utc if held else None))
        pairs = [{"unit_id": body.unit_id, "parent_id": parent} for parent in sorted(set(body.parents))]
        if pairs:
            tx.execute(insert(PARENTS), pairs)

    def _supersede(self, tx: Transaction, entry: Entry) -> None:
        for table in (FLOWS, STOPS, STOCKS, MOUNTS):
            old = update(table).where(table.c.entry_id == entry.corrects)
            tx.execute(old.values(superseded_by=entry.entry_id))
        for table in (UNITS, ORDERS, DISPOSITIONS, ACTIVATIONS):
            tx.execute(delete(table).where(table.c.entry_id == entry.corrects))


def _comparable(body: FlowBooked | StockCounted) -> tuple[Basis, float, str]:
    """Basis, quantity in its unit (mass at standard regain where it is known), and how it came about."""
    basis, quantity, conversion = convert(body.value, body.unit)
    if basis is not Basis.MASS or body.regain_pct is None or body.standard_regain_pct is None:
        return basis, quantity, conversion
    dry = at_standard_regain(quantity, body.regain_pct, body.standard_regain_pct)
    step = (
        f"{quantity:.6g} kg x (100 + {body.standard_regain_pct:g}) / (100 + {body.regain_pct:g}) "
        f"= {dry:.6g} kg at standard regain"
    )
    return basis, dry, "; ".join(part for part in (conversion, step) if part)


def stock_row(entry: Entry, body: StockCounted) -> Row:
    """The row of a count of stock, comparable with those of flows."""
    basis, quantity, conversion = _comparable(body)
    return {
        "entry_id": entry.entry_id,
        "line": body.place,
        "step": body.step.value,
        "unit_id": body.unit_id,
        "lot_id": body.lot_id,
        "basis": basis.value,
        "utc": entry.at_utc,
        "quantity": quantity,
        "conversion": conversion,
        "superseded_by": None,
        "demo": entry.demo,
    }


def _mount_row(number: int, entry: Entry, body: UnitMounted) -> Row:
    return {
        "number": number,
        "entry_id": entry.entry_id,
        "line": body.place,
        "unit_id": body.unit_id,
        "utc": entry.at_utc,
        "superseded_by": None,
    }


def _stop_row(entry: Entry, body: StopNoted) -> Row:
    return {
        "entry_id": entry.entry_id,
        "line": body.place,
        "from_utc": body.from_utc,
        "to_utc": body.to_utc,
        "reason": body.reason,
        "note": body.note,
        "entered_by": entry.entered_by,
        "superseded_by": None,
    }


def _order_row(entry: Entry, body: OrderOpened) -> Row:
    names = ("order_id", "article", "customer", "unit", "due_utc", "profile_id", "first_limit")
    values: Row = {name: getattr(body, name) for name in (*names, "second_limit")}
    return values | {"quantity": body.value, "entry_id": entry.entry_id}


def _disposition_row(number: int, entry: Entry, body: Disposed) -> Row:
    return {
        "entry_id": entry.entry_id,
        "roll_id": body.roll_id,
        "action": body.action.value,
        "grade": body.grade,
        "why": entry.why,
        "entered_by": entry.entered_by,
        "utc": entry.at_utc,
        "number": number,
    }


def _activation_row(number: int, entry: Entry, body: ProfileActivated) -> Row:
    return {
        "entry_id": entry.entry_id,
        "profile_id": body.profile_id,
        "version": body.version,
        "sha256": body.sha256,
        "from_utc": body.from_utc,
        "number": number,
    }
