"""The rolls behind a figure: what each adds to both sides of the fraction."""

from typing import Any

from sqlalchemy import Select, and_, case, extract, func, literal, null, select

from service.plant.grading.grade import DOWNGRADED, FIRST
from service.plant.store.hour_sums import complete
from service.plant.store.inspection_records import ended_in
from service.plant.store.tables import DEFECTS, GRADES, PICTURES, ROLLS
from service.plant.views.kpis import Window

_EARLY = GRADES.alias("early")
_GRADED = GRADES.c.grade.is_not(None)
_AREA = case((_GRADED, GRADES.c.area_m2), else_=0.0)
_GOOD = case((and_(_GRADED, GRADES.c.grade != DOWNGRADED), GRADES.c.area_m2), else_=0.0)
_SEEN = case((_GRADED, GRADES.c.inspected_length_m * GRADES.c.width_mm / 1000), else_=0.0)
_RELEASE_MIN = (extract("epoch", _EARLY.c.graded_utc) - extract("epoch", ROLLS.c.ended_utc)) / 60.0


def _if(condition: Any, value: Any) -> Any:  # Any: SQL expressions
    return case((condition, value), else_=0)


_ONE_IF_GRADED = _if(_EARLY.c.grade.is_not(None), 1)
_NOTHING = null()
SIDES: dict[str, tuple[Any, Any]] = {  # code → numerator, denominator; Any: SQL expressions
    "defect_level.area": (_if(GRADES.c.grade == DOWNGRADED, GRADES.c.area_m2), _AREA),
    "material_loss.area": (_if(and_(_GRADED, GRADES.c.grade != FIRST), GRADES.c.area_m2), _AREA),
    "points_per_100_m2.area": (_if(_GRADED, GRADES.c.points), _SEEN),
    "quality_ratio.area": (_GOOD, _AREA),
    "equipment_productivity.area": (_GOOD, _NOTHING),
    "labour_productivity.area": (_GOOD, _NOTHING),
    "energy_per_unit.area": (_NOTHING, _GOOD),
    "unit_cost.area": (_NOTHING, _GOOD),
    "unit_profit.area": (_NOTHING, _AREA),
    "scrap_ratio.area": (_NOTHING, _AREA),
    "rework_ratio.area": (_NOTHING, _AREA),
    "effectiveness.area": (_NOTHING, _NOTHING),
    "oee.area": (_NOTHING, _NOTHING),
    "payback.money": (_NOTHING, _NOTHING),
    "roi.money": (_NOTHING, _NOTHING),
    "first_pass_yield.rolls": (_if(_EARLY.c.grade == FIRST, 1), _ONE_IF_GRADED),
    "cycle_time.rolls": (
        _if(and_(_EARLY.c.grade.is_not(None), _RELEASE_MIN > 0), _RELEASE_MIN),
        _ONE_IF_GRADED,
    ),
    "decision_speed.release": (_NOTHING, _NOTHING),
    "digitalisation.rolls": (_if(complete(), 1), literal(1)),
}


def query(code: str, window: Window, line: str | None) -> Select[Any]:
    """Rolls that ended in a window, newest first; Any: columns of several types.

    The picture is that of the roll's longest defect that the plant holds one of.
    """
    numerator, denominator = SIDES[code]
    others = GRADES.alias("others")
    first_id = select(func.min(others.c.id)).where(others.c.roll_id == ROLLS.c.roll_id)
    worst = (
        select(PICTURES.c.sha256)
        .join(DEFECTS, DEFECTS.c.picture_sha256 == PICTURES.c.sha256)
        .where(DEFECTS.c.roll_id == ROLLS.c.roll_id)
        .order_by(DEFECTS.c.length_mm.desc(), DEFECTS.c.defect_id)
        .limit(1)
    )
    return (
        select(
            ROLLS.c.roll_id.label("id"),
            ROLLS.c.line,
            ROLLS.c.ended_utc.label("utc"),
            ROLLS.c.name.label("what"),
            numerator.label("numerator"),
            denominator.label("denominator"),
            ROLLS.c.roll_id,
            null().label("lot_id"),
            worst.correlate(ROLLS).scalar_subquery().label("picture_sha256"),
            ROLLS.c.demo,
        )
        .select_from(ROLLS)
        .outerjoin(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .outerjoin(_EARLY, _EARLY.c.id == first_id.correlate(ROLLS).scalar_subquery())
        .where(*ended_in(window, line))
        .order_by(ROLLS.c.ended_utc.desc(), ROLLS.c.roll_id)
    )
