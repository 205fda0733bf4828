"""What units are made of: as entered, or, for a line's rolls and lots, what fed the line when they began."""

from collections.abc import Sequence

from sqlalchemy import ScalarSelect, Table, exists, select

from service.plant.store.database import Transaction
from service.plant.store.intake import chunks
from service.plant.store.ledger_tables import MOUNTS, PARENTS
from service.plant.store.tables import LOTS, ROLLS

MADE_BY_LINES = ((ROLLS, "roll_id"), (LOTS, "lot_id"))


def parents_of(tx: Transaction, unit_ids: Sequence[str]) -> dict[str, set[str]]:
    """The direct parents of units."""
    found: dict[str, set[str]] = {unit_id: set() for unit_id in unit_ids}
    for part in chunks(unit_ids):
        for row in tx.execute(select(PARENTS).where(PARENTS.c.unit_id.in_(part))):
            found[row.unit_id].add(row.parent_id)
    bare = sorted(unit_id for unit_id, parents in found.items() if not parents)
    for part in chunks(bare):
        for table, key in MADE_BY_LINES:
            fed_by = _fed_by(table)
            query = select(table.c[key], fed_by).where(table.c[key].in_(part), fed_by.is_not(None))
            for unit_id, parent in tx.execute(query):
                found[unit_id].add(parent)
    return found


def children_of(tx: Transaction, unit_ids: Sequence[str]) -> set[str]:
    """The direct children of units."""
    found: set[str] = set()
    for part in chunks(unit_ids):
        found |= set(tx.execute(select(PARENTS.c.unit_id).where(PARENTS.c.parent_id.in_(part))).scalars())
        lines = select(MOUNTS.c.line).where(MOUNTS.c.unit_id.in_(part), MOUNTS.c.superseded_by.is_(None))
        for table, key in MADE_BY_LINES:
            is_entered = exists().where(PARENTS.c.unit_id == table.c[key])
            query = select(table.c[key]).where(table.c.line.in_(lines), _fed_by(table).in_(part), ~is_entered)
            found |= set(tx.execute(query).scalars())
    return found


def _fed_by(table: Table) -> ScalarSelect[str | None]:
    """What fed the line when a roll or lot began; null: nothing known, or the beginning isn't."""
    return (
        select(MOUNTS.c.unit_id)
        .where(
            MOUNTS.c.line == table.c.line,
            MOUNTS.c.utc <= table.c.started_utc,
            MOUNTS.c.superseded_by.is_(None),
        )
        .order_by(MOUNTS.c.utc.desc(), MOUNTS.c.number.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
