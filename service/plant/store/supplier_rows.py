"""Rolls and lots of a window as supplier figures need them, and who delivered a lot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, and_, case, func, select

from service.event_terms import ShotFate
from service.plant.grading.grade import DOWNGRADED
from service.plant.store.database import Transaction
from service.plant.store.defects import mark_in_force
from service.plant.store.drill import COUNTS
from service.plant.store.intake import chunks
from service.plant.store.ledger_tables import UNITS
from service.plant.store.mill_tables import COMPLAINTS
from service.plant.store.tables import DEFECTS, GRADES, LOTS, MARKS, ROLLS, SHOTS, SPANS
from service.plant.views.kpis import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class RollFact:
    """A graded roll that ended in the window."""

    roll_id: str
    name: str
    line: str
    utc: datetime
    area_m2: float
    second_m2: float
    points: int
    inspected_m2: float
    claims: int
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFact:
    """What a line ran of a lot in the window."""

    lot_id: str  # the line's own id
    name: str
    line: str
    supplier: str  # as the line was told; empty: it was not
    utc: datetime
    fed_kg: float
    inspected_kg: float
    ejected_kg: float
    found: int  # foreign matter, sure or marked right
    trash_pct_m2: float  # trash % x inspected m2, over spans that measured it
    trash_m2: float
    demo: bool


def rolls(tx: Transaction, window: Window, line: str | None) -> list[RollFact]:
    """Graded rolls that ended in a window, with complaints about them whenever those came."""
    claims = select(func.count()).where(COMPLAINTS.c.roll_id == ROLLS.c.roll_id).scalar_subquery()
    query = (
        select(
            ROLLS.c.roll_id,
            ROLLS.c.name,
            ROLLS.c.line,
            ROLLS.c.ended_utc.label("utc"),
            ROLLS.c.demo,
            GRADES.c.area_m2,
            case((GRADES.c.grade == DOWNGRADED, GRADES.c.area_m2), else_=0.0).label("second_m2"),
            GRADES.c.points,
            (GRADES.c.inspected_length_m * GRADES.c.width_mm / 1000.0).label("inspected_m2"),
            claims.label("claims"),
        )
        .join(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .where(
            ROLLS.c.ended_utc >= window.from_utc,
            ROLLS.c.ended_utc < window.to_utc,
            GRADES.c.grade.is_not(None),
        )
        .order_by(ROLLS.c.ended_utc.desc(), ROLLS.c.roll_id)
    )
    if line is not None:
        query = query.where(ROLLS.c.line == line)
    return [RollFact(**dict(row)) for row in tx.execute(query).mappings()]


def lots(tx: Transaction, window: Window, line: str | None) -> list[LotFact]:
    """What lines ran of each lot in a window."""
    spans, taken, seen = _ran(window), _taken(window), _seen(window)
    query = (
        select(
            *(LOTS.c[name] for name in ("lot_id", "name", "line", "supplier")),
            *(
                spans.c[name]
                for name in ("utc", "fed_kg", "inspected_kg", "trash_pct_m2", "trash_m2", "demo")
            ),
            func.coalesce(taken.c.kg, 0.0).label("ejected_kg"),
            func.coalesce(seen.c.number, 0).label("found"),
        )
        .select_from(LOTS)
        .join(spans, spans.c.lot_id == LOTS.c.lot_id)
        .outerjoin(taken, taken.c.lot_id == LOTS.c.lot_id)
        .outerjoin(seen, seen.c.lot_id == LOTS.c.lot_id)
        .order_by(spans.c.utc.desc(), LOTS.c.lot_id)
    )
    if line is not None:
        query = query.where(LOTS.c.line == line)
    return [LotFact(**(dict(row) | {"demo": bool(row["demo"])})) for row in tx.execute(query).mappings()]


def _ran(window: Window) -> Subquery:
    area = (SPANS.c.to_mm - SPANS.c.from_mm) * SPANS.c.width_mm / 1e6
    measured = and_(SPANS.c.inspected, SPANS.c.trash_area_pct.is_not(None))
    return (
        select(
            SPANS.c.lot_id,
            func.sum(SPANS.c.fed_kg).label("fed_kg"),
            func.sum(case((SPANS.c.inspected, SPANS.c.fed_kg), else_=0.0)).label("inspected_kg"),
            func.sum(case((measured, area * SPANS.c.trash_area_pct), else_=0.0)).label("trash_pct_m2"),
            func.sum(case((measured, area), else_=0.0)).label("trash_m2"),
            func.max(SPANS.c.utc).label("utc"),
            func.max(case((SPANS.c.demo, 1), else_=0)).label("demo"),
        )
        .where(SPANS.c.lot_id.is_not(None), SPANS.c.utc >= window.from_utc, SPANS.c.utc < window.to_utc)
        .group_by(SPANS.c.lot_id)
        .subquery()
    )


def _taken(window: Window) -> Subquery:
    return (
        select(SHOTS.c.lot_id, func.sum(SHOTS.c.ejected_kg).label("kg"))
        .where(
            SHOTS.c.utc >= window.from_utc,
            SHOTS.c.utc < window.to_utc,
            SHOTS.c.fate == ShotFate.SCHEDULED.value,
        )
        .group_by(SHOTS.c.lot_id)
        .subquery()
    )


def _seen(window: Window) -> Subquery:
    return (
        select(DEFECTS.c.lot_id, func.sum(case((COUNTS, 1), else_=0)).label("number"))
        .select_from(DEFECTS)
        .outerjoin(MARKS, mark_in_force())
        .where(DEFECTS.c.utc >= window.from_utc, DEFECTS.c.utc < window.to_utc)
        .group_by(DEFECTS.c.lot_id)
        .subquery()
    )


def units_called(tx: Transaction, names: Sequence[str]) -> dict[str, str]:
    """The ledger's unit of each id or name; unknown ones are left out, an id goes before a name."""
    found: dict[str, str] = {}
    for part in chunks(sorted(set(names))):
        for column in (UNITS.c.name, UNITS.c.unit_id):
            query = select(column.label("called"), UNITS.c.unit_id).where(column.in_(part))
            found |= {row.called: row.unit_id for row in tx.execute(query)}
    return found


def suppliers_of(tx: Transaction, lot_ids: Sequence[str]) -> dict[str, str]:
    """The supplier of each lot of the ledger; lots without one are left out."""
    found: dict[str, str] = {}
    for part in chunks(sorted(set(lot_ids))):
        query = select(UNITS.c.unit_id, UNITS.c.supplier).where(
            UNITS.c.unit_id.in_(part), UNITS.c.supplier != ""
        )
        found |= {row.unit_id: row.supplier for row in tx.execute(query)}
    return found
