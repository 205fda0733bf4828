"""Small questions to the ledger's rows: what is known, on hold, in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from service.plant.ledger.terms import DispositionAction, Step
from service.plant.store.database import Transaction
from service.plant.store.intake import chunks
from service.plant.store.ledger_tables import ACTIVATIONS, DISPOSITIONS, ORDERS, STOPS, UNITS
from service.plant.store.many import among
from service.plant.store.tables import GRADES, LOTS, ROLLS, STATES
from service.plant.views.ledger import Disposition, OrderRecord, StopRecord, UnitRecord


def unit(tx: Transaction, unit_id: str) -> UnitRecord | None:
    """One unit; rolls and lots that only lines know of are units, too."""
    row = tx.execute(select(UNITS).where(UNITS.c.unit_id == unit_id)).mappings().first()
    if row is not None:
        names = ("unit_id", "name", "supplier", "article", "order_id", "closed_utc")
        return UnitRecord(step=Step(row["step"]), **{name: row[name] for name in names})
    for table, key, step in ((ROLLS, ROLLS.c.roll_id, Step.ROLL), (LOTS, LOTS.c.lot_id, Step.RUN)):
        told = tx.execute(select(table).where(key == unit_id)).mappings().first()
        if told is not None:
            return UnitRecord(
                unit_id=unit_id,
                step=step,
                name=told["name"],
                supplier=told.get("supplier", ""),
                article=told["article"],
                order_id="",
                closed_utc=told["ended_utc"],
            )
    return None


def step_of(tx: Transaction, unit_id: str) -> Step | None:
    """What a unit is; None: it is not known."""
    found = unit(tx, unit_id)
    return found.step if found else None


def lots_among(tx: Transaction, unit_ids: Sequence[str]) -> set[str]:
    """Which of these units are lots of the ledger."""
    found: set[str] = set()
    for part in chunks(unit_ids):
        query = select(UNITS.c.unit_id).where(UNITS.c.unit_id.in_(part), UNITS.c.step == Step.LOT.value)
        found |= set(tx.execute(query).scalars())
    return found


def unit_entry(tx: Transaction, unit_id: str) -> str | None:
    """The entry that made a unit."""
    return tx.execute(select(UNITS.c.entry_id).where(UNITS.c.unit_id == unit_id)).scalar()


def order_entry(tx: Transaction, order_id: str) -> str | None:
    """The entry that opened an order."""
    return tx.execute(select(ORDERS.c.entry_id).where(ORDERS.c.order_id == order_id)).scalar()


def orders(tx: Transaction) -> tuple[OrderRecord, ...]:
    """All orders, by id."""
    names = tuple(OrderRecord.__dataclass_fields__)
    rows = tx.execute(select(ORDERS).order_by(ORDERS.c.order_id)).mappings()
    return tuple(OrderRecord(**{name: row[name] for name in names}) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people entered that bears on the grades of some rolls."""

    orders: Mapping[str, OrderRecord]  # roll → the order it was entered for
    dispositions: Mapping[str, tuple[Disposition, ...]]  # roll → oldest first
    activations: Sequence[tuple[datetime, tuple[str, int, str]]]  # from when on which profile, in order

    def activation_at(self, moment: datetime | None) -> tuple[str, int, str] | None:
        """Id, version and hash of the profile in force at a moment (None: the newest); None: the shipped."""
        fitting = [named for since, named in self.activations if moment is None or since <= moment]
        return fitting[-1] if fitting else None


def decided(tx: Transaction, roll_ids: Sequence[str]) -> Decided:
    """Orders and decisions of rolls, and every grading profile that was put into force."""
    query = select(UNITS.c.unit_id, ORDERS).join(UNITS, UNITS.c.order_id == ORDERS.c.order_id)
    names = tuple(OrderRecord.__dataclass_fields__)
    ordered = tx.execute(query.where(among(tx, UNITS.c.unit_id, roll_ids))).mappings()
    orders = {row["unit_id"]: OrderRecord(**{name: row[name] for name in names}) for row in ordered}
    told: dict[str, list[Disposition]] = {}
    listed = select(DISPOSITIONS).where(among(tx, DISPOSITIONS.c.roll_id, roll_ids))
    for row in tx.execute(listed.order_by(DISPOSITIONS.c.number)).mappings():
        told.setdefault(row["roll_id"], []).append(_disposition(row))
    columns = (ACTIVATIONS.c.from_utc, ACTIVATIONS.c.profile_id, ACTIVATIONS.c.version, ACTIVATIONS.c.sha256)
    rows = tx.execute(select(*columns).order_by(ACTIVATIONS.c.from_utc, ACTIVATIONS.c.number))
    return Decided(
        orders=orders,
        dispositions={roll_id: tuple(found) for roll_id, found in told.items()},
        activations=[(row.from_utc, (row.profile_id, row.version, row.sha256)) for row in rows],
    )


def is_roll(tx: Transaction, roll_id: str) -> bool:
    """Whether a roll is known."""
    return step_of(tx, roll_id) is Step.ROLL


def dispositions(tx: Transaction, roll_id: str) -> tuple[Disposition, ...]:
    """What people decided about a roll, oldest first."""
    query = select(DISPOSITIONS).where(DISPOSITIONS.c.roll_id == roll_id).order_by(DISPOSITIONS.c.number)
    return tuple(_disposition(row) for row in tx.execute(query).mappings())


def _disposition(row: RowMapping) -> Disposition:
    return Disposition(
        roll_id=row["roll_id"],
        action=DispositionAction(row["action"]),
        grade=row["grade"],
        why=row["why"],
        entered_by=row["entered_by"],
        utc=row["utc"],
    )


def is_on_hold(tx: Transaction, roll_id: str) -> bool:
    """Whether a roll is held now."""
    actions = [found.action for found in dispositions(tx, roll_id)]
    holding = [action for action in actions if action is not DispositionAction.DOWNGRADE]
    return bool(holding) and holding[-1] is DispositionAction.HOLD


def on_hold(tx: Transaction) -> tuple[Disposition, ...]:
    """The hold of every roll that is held now, newest first."""
    ids = sorted(set(tx.execute(select(DISPOSITIONS.c.roll_id)).scalars()))
    held = [
        next(found for found in reversed(dispositions(tx, roll_id)) if found.action is DispositionAction.HOLD)
        for roll_id in ids
        if is_on_hold(tx, roll_id)
    ]
    return tuple(sorted(held, key=lambda found: found.utc, reverse=True))


def grade_in_force(tx: Transaction, roll_id: str) -> str | None:
    """The grade of a roll: a person's downgrade stands above the one that was worked out."""
    graded = tx.execute(select(GRADES.c.grade).where(GRADES.c.roll_id == roll_id, GRADES.c.latest)).scalar()
    told = [found.grade for found in dispositions(tx, roll_id) if found.grade is not None]
    return max([grade for grade in (graded, *told) if grade is not None], key=_rank, default=None)


def known_hash(tx: Transaction, profile_id: str, version: int) -> str | None:
    """The hash under which a version of a profile was first activated."""
    query = (
        select(ACTIVATIONS.c.sha256)
        .where(ACTIVATIONS.c.profile_id == profile_id, ACTIVATIONS.c.version == version)
        .order_by(ACTIVATIONS.c.number)
        .limit(1)
    )
    return tx.execute(query).scalar()


def stops_of(
    tx: Transaction, lines: Sequence[str], from_utc: datetime, to_utc: datetime
) -> dict[str, list[StopRecord]]:
    """Explained stops of each line that touch a stretch of time."""
    query = (
        select(STOPS)
        .where(STOPS.c.line.in_(lines), STOPS.c.from_utc < to_utc, STOPS.c.to_utc > from_utc)
        .where(STOPS.c.superseded_by.is_(None))
        .order_by(STOPS.c.from_utc)
    )
    names = tuple(StopRecord.__dataclass_fields__)
    found: dict[str, list[StopRecord]] = {line: [] for line in lines}
    for row in tx.execute(query).mappings():
        found[row["line"]].append(StopRecord(**{name: row[name] for name in names}))
    return found


def states(
    tx: Transaction, line: str, from_utc: datetime, to_utc: datetime
) -> Sequence[tuple[datetime, str]]:
    """Changes of a line's state in a stretch of time, and the last one before it."""
    query = select(STATES.c.utc, STATES.c.state).where(STATES.c.line == line)
    before = tx.execute(
        query.where(STATES.c.utc < from_utc).order_by(STATES.c.order_no.desc()).limit(1)
    ).first()
    within = query.where(STATES.c.utc >= from_utc, STATES.c.utc < to_utc).order_by(STATES.c.order_no)
    rows = ([before] if before else []) + list(tx.execute(within))
    return [(row.utc, row.state) for row in rows]


def _rank(grade: str) -> int:
    order = ("A", "B", "second")
    return order.index(grade) if grade in order else -1
