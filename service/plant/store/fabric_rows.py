"""What fabric shows of the fibre it is made of: foreign matter and grades by roll."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select

from service.plant.grading.grade import DOWNGRADED
from service.plant.store.database import Transaction
from service.plant.store.tables import DEFECTS, GRADES, ROLLS, SPANS
from vision.taxonomy import DEFINITIONS, DefectKind, Material

FOREIGN = tuple(
    kind.value
    for kind, definition in DEFINITIONS.items()
    if kind is DefectKind.FOREIGN_FIBRE or definition.material is Material.FIBRE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FabricRoll:
    """A roll that ended: inspected and graded area, foreign matter in it."""

    roll_id: str
    inspected_m2: float
    foreign: int
    graded_m2: float
    second_m2: float
    demo: bool


def fabric_rolls(tx: Transaction, since: datetime) -> list[FabricRoll]:
    """Rolls that ended since a moment, by id."""
    ids = select(ROLLS.c.roll_id).where(ROLLS.c.ended_utc >= since)
    area = func.sum((SPANS.c.to_mm - SPANS.c.from_mm) * SPANS.c.width_mm) / 1e6
    spans = (
        select(SPANS.c.roll_id, area.label("m2"))
        .where(SPANS.c.roll_id.in_(ids), SPANS.c.inspected)
        .group_by(SPANS.c.roll_id)
        .subquery()
    )
    foreign = (
        select(DEFECTS.c.roll_id, func.count().label("number"))
        .where(DEFECTS.c.roll_id.in_(ids), DEFECTS.c.unsure.is_(False), DEFECTS.c.kind.in_(FOREIGN))
        .group_by(DEFECTS.c.roll_id)
        .subquery()
    )
    second = case((GRADES.c.grade == DOWNGRADED, GRADES.c.area_m2), else_=0.0)
    query = (
        select(
            ROLLS.c.roll_id,
            ROLLS.c.demo,
            spans.c.m2,
            func.coalesce(foreign.c.number, 0).label("foreign"),
            func.coalesce(GRADES.c.area_m2, 0.0).label("graded"),
            func.coalesce(second, 0.0).label("second"),
        )
        .join(spans, spans.c.roll_id == ROLLS.c.roll_id)
        .outerjoin(foreign, foreign.c.roll_id == ROLLS.c.roll_id)
        .outerjoin(
            GRADES,
            and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest, GRADES.c.grade.is_not(None)),
        )
        .order_by(ROLLS.c.roll_id)
    )
    return [
        FabricRoll(
            roll_id=row.roll_id, inspected_m2=row.m2, foreign=row.foreign, graded_m2=row.graded,
            second_m2=row.second, demo=row.demo,
        )
        for row in tx.execute(query)
    ]  # fmt: skip
