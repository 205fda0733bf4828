"""How complete inspection records are, and how long decisions took."""

from collections.abc import Sequence
from statistics import median

from sqlalchemy import ColumnElement, and_, func, select

from service.plant.kpi.inputs import Records, Timing
from service.plant.kpi.totals import Totals
from service.plant.ledger.terms import DispositionAction
from service.plant.store import quality_alarms
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import DISPOSITIONS
from service.plant.store.tables import DEFECTS, MARKS, ROLLS
from service.plant.views.kpis import Window

S_PER_MIN = 60.0


def inspection_records(tx: Transaction, window: Window, line: str | None, totals: Totals) -> Records:
    """What is known of the records of rolls that ended in a window, and how long decisions took."""
    rolls = totals.rolls
    return Records(
        rolls=rolls.ended,
        complete=rolls.complete,
        graded=rolls.first_graded,
        first_pass=rolls.first_pass,
        release=Timing(cases=rolls.first_graded, of=rolls.ended, minutes=rolls.release_s / S_PER_MIN),
        alarms=_alarm_timing(tx, window, line),
        releases=_release_timing(tx, window, line, rolls.ended),
        reviews=_review_timing(tx, window, line, totals.fabric_defects.found + totals.fibre_defects.found),
    )


def ended_in(window: Window, line: str | None) -> tuple[ColumnElement[bool], ...]:
    """Rolls that ended in a window."""
    within = (ROLLS.c.ended_utc >= window.from_utc, ROLLS.c.ended_utc < window.to_utc)
    return within if line is None else (*within, ROLLS.c.line == line)


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
    first = select(MARKS.c.defect_id, func.min(MARKS.c.utc).label("marked")).group_by(MARKS.c.defect_id)
    marks = first.subquery()
    conditions = [DEFECTS.c.defect_id == marks.c.defect_id]
    conditions += [DEFECTS.c.utc >= window.from_utc, DEFECTS.c.utc < window.to_utc]
    if line is not None:
        conditions.append(DEFECTS.c.line == line)
    # An outer join keeps the few marks in front of the many defects, whatever the planner guesses.
    query = select(DEFECTS.c.utc, marks.c.marked).select_from(marks).outerjoin(DEFECTS, and_(*conditions))
    waits = [row.marked - row.utc for row in tx.execute(query) if row.utc is not None]
    return _timing([wait.total_seconds() / S_PER_MIN for wait in waits], found)


def _timing(minutes: Sequence[float], of: int) -> Timing:
    return Timing(cases=len(minutes), of=of, minutes=median(minutes) if minutes else 0.0)
