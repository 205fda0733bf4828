"""From a figure down to the rows it was counted from, and to their pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    null,
    or_,
    select,
)

from service.event_terms import LineKind, ShotFate
from service.plant.store import drill_rolls, quality_alarms
from service.plant.store.database import Transaction
from service.plant.store.defects import mark_in_force
from service.plant.store.tables import DEFECTS, LINES, LOTS, MARKS, PICTURES, SHOTS, SPANS, STATES
from service.plant.views.defects import MarkVerdict
from service.plant.views.drill import DrillRow, RowKind
from service.plant.views.kpis import Window

M_PER_MM = 1e-3
Side = Any  # Any: an SQL expression of a number
Maker = Callable[["Asked"], Select[Any]]  # Any: columns of several types


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows: a figure's, of a window, of one line or all."""

    code: str
    window: Window
    line: str | None

    def within(self, table: Table) -> list[ColumnElement[bool]]:
        """Rows of a table that belong to the window and the line."""
        found = [table.c.utc >= self.window.from_utc, table.c.utc < self.window.to_utc]
        return found if self.line is None else [*found, table.c.line == self.line]

    def of_kind(self, table: Table, kind: LineKind) -> ColumnElement[bool]:
        """Rows of lines of one kind; a line that never said what it is counts as fabric."""
        own = LINES.c.line_kind == kind.value
        if kind is LineKind.FABRIC:
            own = or_(own, LINES.c.line_kind.is_(None))
        return table.c.line.in_(select(LINES.c.line).where(own))


def rows(
    tx: Transaction, code: str, window: Window, line: str | None, *, offset: int, limit: int
) -> tuple[int, tuple[DrillRow, ...]]:
    """How many rows a figure has, and one page of them, newest first."""
    asked = Asked(code=code, window=window, line=line)
    if code == "decision_speed.alarm":
        return _alarms(tx, asked, offset, limit)
    query, kind = _query(asked)
    total = tx.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    found = tx.execute(query.offset(offset).limit(limit)).mappings()
    return int(total), tuple(DrillRow(kind=kind, **dict(row)) for row in found)


def _query(asked: Asked) -> tuple[Select[Any], RowKind]:  # Any: columns of several types
    if asked.code in drill_rolls.SIDES:
        return drill_rolls.query(asked.code, asked.window, asked.line), RowKind.ROLL
    for makers, kind in ((_DEFECTS, RowKind.DEFECT), (_SPANS, RowKind.SPAN), (_SHOTS, RowKind.SHOT)):
        if asked.code in makers:
            return makers[asked.code](asked), kind
    if asked.code.startswith("availability"):
        return _states(asked), RowKind.STATE
    return _lots(asked), RowKind.LOT


def _columns(
    table: Table, key: Any, what: Any, numerator: Side, denominator: Side, picture: Any
) -> list[Any]:
    """The columns of a row of `table`; Any: SQL expressions."""
    own = [(table.c[name] if name in table.c else null()).label(name) for name in ("roll_id", "lot_id")]
    return [
        key.label("id"),
        table.c.line,
        table.c.utc,
        what.label("what"),
        numerator.label("numerator"),
        denominator.label("denominator"),
        *own,
        picture.label("picture_sha256"),
        table.c.demo,
    ]


def _defects(
    asked: Asked, numerator: Side, denominator: Side, *conditions: ColumnElement[bool]
) -> Select[Any]:  # Any: as above
    return (
        select(
            *_columns(DEFECTS, DEFECTS.c.defect_id, DEFECTS.c.kind, numerator, denominator, PICTURES.c.sha256)
        )
        .select_from(DEFECTS)
        .outerjoin(MARKS, mark_in_force())
        .outerjoin(PICTURES, PICTURES.c.sha256 == DEFECTS.c.picture_sha256)
        .where(*asked.within(DEFECTS), *conditions)
        .order_by(DEFECTS.c.utc.desc(), DEFECTS.c.defect_id)
    )


_WRONG = and_(MARKS.c.verdict == MarkVerdict.WRONG.value, MARKS.c.kind.is_(None))
_MARKED = MARKS.c.verdict.is_not(None)
COUNTS = or_(and_(_MARKED, ~_WRONG), and_(MARKS.c.verdict.is_(None), DEFECTS.c.unsure.is_(False)))
_MINUTES = (extract("epoch", MARKS.c.utc) - extract("epoch", DEFECTS.c.utc)) / 60.0
_LENGTH_M = (SPANS.c.to_mm - SPANS.c.from_mm) * M_PER_MM
_ESCAPED = SHOTS.c.fate != ShotFate.SCHEDULED.value


def _spans(asked: Asked, numerator: Side, denominator: Side, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Spans, newest first; Any: columns of several types."""
    key = SPANS.c.log_id + "/" + cast(SPANS.c.seq, String)
    return (
        select(*_columns(SPANS, key, SPANS.c.reason, numerator, denominator, null()))
        .where(*asked.within(SPANS), *conditions)
        .order_by(SPANS.c.utc.desc(), SPANS.c.log_id, SPANS.c.seq.desc())
    )


def _shots(asked: Asked, numerator: Side, denominator: Side, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Shots, newest first; Any: columns of several types."""
    return (
        select(*_columns(SHOTS, SHOTS.c.command_id, SHOTS.c.detail, numerator, denominator, null()))
        .where(*asked.within(SHOTS), *conditions)
        .order_by(SHOTS.c.utc.desc(), SHOTS.c.command_id)
    )


def _states(asked: Asked) -> Select[Any]:
    """Changes of the lines' states, newest first; Any: columns of several types."""
    key = STATES.c.log_id + "/" + cast(STATES.c.seq, String)
    return (
        select(*_columns(STATES, key, STATES.c.state, null(), null(), null()))
        .where(*asked.within(STATES))
        .order_by(STATES.c.utc.desc(), STATES.c.log_id, STATES.c.seq.desc())
    )


def _lots(asked: Asked) -> Select[Any]:
    """Lots that ran: kilograms ejected and fed in the window; what has no lot is a row without id."""
    fired = SHOTS.c.fate == ShotFate.SCHEDULED.value
    ejected = (
        select(SHOTS.c.lot_id, func.sum(SHOTS.c.ejected_kg).label("kg"))
        .where(*asked.within(SHOTS), fired)
        .group_by(SHOTS.c.lot_id)
        .subquery()
    )
    return (
        select(
            func.coalesce(SPANS.c.lot_id, "").label("id"),
            SPANS.c.line,
            func.max(SPANS.c.utc).label("utc"),
            func.coalesce(func.max(LOTS.c.name), "").label("what"),
            func.coalesce(func.max(ejected.c.kg), 0.0).label("numerator"),
            func.sum(SPANS.c.fed_kg).label("denominator"),
            literal(None).label("roll_id"),
            SPANS.c.lot_id,
            literal(None).label("picture_sha256"),
            (func.max(case((SPANS.c.demo, 1), else_=0)) == 1).label("demo"),
        )
        .outerjoin(LOTS, LOTS.c.lot_id == SPANS.c.lot_id)
        .outerjoin(ejected, ejected.c.lot_id == SPANS.c.lot_id)
        .where(*asked.within(SPANS), asked.of_kind(SPANS, LineKind.FIBRE))
        .group_by(SPANS.c.line, SPANS.c.lot_id)
        .order_by(func.max(SPANS.c.utc).desc(), SPANS.c.lot_id)
    )


def _defect_rate(kind: LineKind) -> Maker:
    return lambda asked: _defects(asked, case((COUNTS, 1), else_=0), null(), asked.of_kind(DEFECTS, kind))


_DEFECTS: dict[str, Maker] = {
    "defect_rate.area": _defect_rate(LineKind.FABRIC),
    "defect_rate.mass": _defect_rate(LineKind.FIBRE),
    "false_alarm_share.marks": lambda asked: _defects(asked, case((_WRONG, 1), else_=0), literal(1), _MARKED),
    "decision_speed.review": lambda asked: _defects(asked, _MINUTES, literal(1), _MARKED),
}
_SPANS: dict[str, Maker] = {
    "coverage.length": lambda asked: _spans(
        asked, case((SPANS.c.inspected, _LENGTH_M), else_=0.0), _LENGTH_M
    ),
    "deadline_miss_rate.frames": lambda asked: _spans(
        asked, SPANS.c.deadline_misses, SPANS.c.frames, SPANS.c.inspected
    ),
    "decision_speed.time": lambda asked: _spans(
        asked, SPANS.c.decision_ms_max, literal(1), SPANS.c.inspected
    ),
}
_SHOTS: dict[str, Maker] = {
    "escape_share.shots": lambda asked: _shots(
        asked, case((_ESCAPED, 1), else_=0), literal(1), SHOTS.c.fate.is_not(None)
    ),
    "ejected_kg.mass": lambda asked: _shots(asked, SHOTS.c.ejected_kg, null(), ~_ESCAPED),
    "good_fibre_share.mass": lambda asked: _shots(
        asked, SHOTS.c.good_fibre_kg, SHOTS.c.ejected_kg, ~_ESCAPED
    ),
}


def _alarms(tx: Transaction, asked: Asked, offset: int, limit: int) -> tuple[int, tuple[DrillRow, ...]]:
    window = asked.window
    raised = quality_alarms.raised_between(tx, asked.line, window.from_utc, window.to_utc)
    known = [alarm for alarm in raised if alarm.minutes_to_acknowledge is not None]
    return len(known), tuple(
        DrillRow(
            kind=RowKind.ALARM,
            id=str(alarm.id),
            line=alarm.line,
            utc=alarm.raised_utc,
            what=alarm.rule,
            numerator=alarm.minutes_to_acknowledge,
            denominator=1,
            roll_id=None,
            lot_id=None,
            picture_sha256=None,
            demo=alarm.demo,
        )
        for alarm in known[::-1][offset : offset + limit]
    )
