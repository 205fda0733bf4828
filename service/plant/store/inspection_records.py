"""How complete inspection records are, and how long decisions took."""

from collections.abc import Sequence
from statistics import median

from sqlalchemy import ColumnElement, and_, case, exists, extract, func, select

from service.plant.grading.grade import FIRST
from service.plant.kpi.inputs import Records, Timing
from service.plant.kpi.totals import Totals
from service.plant.ledger.terms import DispositionAction
from service.plant.store import quality_alarms
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import DISPOSITIONS
from service.plant.store.tables import DEFECTS, GRADES, MARKS, PICTURES, ROLLS
from service.plant.views.kpis import Window
from service.plant.views.rolls import GradeStatus

S_PER_MIN = 60.0


def inspection_records(tx: Transaction, window: Window, line: str | None, totals: Totals) -> Records:
    """Count the rolls that ended in a window, and time what was decided."""
    early = GRADES.alias("early")
    others = GRADES.alias("others")
    first_id = select(func.min(others.c.id)).where(others.c.roll_id == ROLLS.c.roll_id)
    waited_s = extract("epoch", early.c.graded_utc) - extract("epoch", ROLLS.c.ended_utc)
    row = tx.execute(
        select(
            func.count().label("rolls"),
            func.sum(case((complete(), 1), else_=0)).label("complete"),
            func.count(early.c.grade).label("graded"),
            func.sum(case((early.c.grade == FIRST, 1), else_=0)).label("first_pass"),
            func.sum(case((and_(early.c.grade.is_not(None), waited_s > 0), waited_s), else_=0)).label("s"),
        )
        .select_from(ROLLS)
        .outerjoin(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .outerjoin(early, early.c.id == first_id.correlate(ROLLS).scalar_subquery())
        .where(*ended_in(window, line))
    ).one()
    return Records(
        rolls=row.rolls,
        complete=row.complete or 0,
        graded=row.graded,
        first_pass=row.first_pass or 0,
        release=Timing(cases=row.graded, of=row.rolls, minutes=float(row.s or 0) / S_PER_MIN),
        alarms=_alarm_timing(tx, window, line),
        releases=_release_timing(tx, window, line, row.rolls),
        reviews=_review_timing(tx, window, line, totals.fabric_defects.found + totals.fibre_defects.found),
    )


def ended_in(window: Window, line: str | None) -> tuple[ColumnElement[bool], ...]:
    """Rolls that ended in a window."""
    within = (ROLLS.c.ended_utc >= window.from_utc, ROLLS.c.ended_utc < window.to_utc)
    return within if line is None else (*within, ROLLS.c.line == line)


def complete() -> ColumnElement[bool]:
    """Name, article, start, width, a final grade, and a picture of every sure defect."""
    unseen = (
        exists()
        .where(DEFECTS.c.roll_id == ROLLS.c.roll_id, DEFECTS.c.unsure.is_(False))
        .where(~exists().where(PICTURES.c.sha256 == DEFECTS.c.picture_sha256))
    )
    return and_(
        ROLLS.c.name != "",
        ROLLS.c.article != "",
        ROLLS.c.start_mm.is_not(None),
        ROLLS.c.width_mm > 0,
        GRADES.c.status == GradeStatus.FINAL.value,
        ~unseen,
    )


def _alarm_timing(tx: Transaction, window: Window, line: str | None) -> Timing:
    raised = quality_alarms.raised_between(tx, line, window.from_utc, window.to_utc)
    minutes = [alarm.minutes_to_acknowledge for alarm in raised]
    return _timing([each for each in minutes if each is not None], len(raised))


def _release_timing(tx: Transaction, window: Window, line: str | None, rolls: int) -> Timing:
    """From a roll's end to its first release by a person."""
    query = (
        select(ROLLS.c.ended_utc, func.min(DISPOSITIONS.c.utc).label("released"))
        .join(DISPOSITIONS, DISPOSITIONS.c.roll_id == ROLLS.c.roll_id)
        .where(*ended_in(window, line), DISPOSITIONS.c.action == DispositionAction.RELEASE.value)
        .group_by(ROLLS.c.roll_id, ROLLS.c.ended_utc)
    )
    minutes = [
        (row.released - row.ended_utc).total_seconds() / S_PER_MIN
        for row in tx.execute(query)
        if row.released >= row.ended_utc
    ]
    return _timing(minutes, rolls)


def _review_timing(tx: Transaction, window: Window, line: str | None, found: int) -> Timing:
    query = (
        select(DEFECTS.c.utc, func.min(MARKS.c.utc).label("marked"))
        .join(MARKS, MARKS.c.defect_id == DEFECTS.c.defect_id)
        .where(DEFECTS.c.utc >= window.from_utc, DEFECTS.c.utc < window.to_utc)
        .group_by(DEFECTS.c.defect_id, DEFECTS.c.utc)
    )
    if line is not None:
        query = query.where(DEFECTS.c.line == line)
    return _timing([(row.marked - row.utc).total_seconds() / S_PER_MIN for row in tx.execute(query)], found)


def _timing(minutes: Sequence[float], of: int) -> Timing:
    return Timing(cases=len(minutes), of=of, minutes=median(minutes) if minutes else 0.0)
