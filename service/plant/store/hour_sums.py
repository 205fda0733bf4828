"""Sums of a window: whole hours from the hourly sums, the edges of a window from the rows themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    extract,
    func,
    select,
)

from service.event_terms import ShotFate
from service.plant.grading.grade import DOWNGRADED, FIRST
from service.plant.store.columns import UtcTime
from service.plant.store.database import Transaction
from service.plant.store.hours import HOUR, hour_of
from service.plant.store.ledger_tables import HOUR_COUNTS, HOUR_SUMS, HOURS, ROLL_COUNTS, ROLL_SUMS
from service.plant.store.tables import DEFECTS, GRADES, PICTURES, ROLLS, SHOTS, SPANS
from service.plant.views.kpis import Window
from service.plant.views.rolls import GradeStatus

Sums = dict[str, dict[str, Any]]  # of each line; Any: numbers, a moment and a flag
SUMMED = (*HOUR_COUNTS, *HOUR_SUMS)
ROLL_NAMES = (*ROLL_COUNTS, *ROLL_SUMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollGroup:
    """Sums of a line's rolls of one article and one grade in force; None: not graded."""

    line: str
    article: str
    grade: str | None
    sums: dict[str, Any]  # Any: numbers


def parts_of(window: Window) -> tuple[Window | None, list[Window]]:
    """Cut a window into its whole hours and what is left at its edges."""
    first, last = hour_of(window.from_utc), hour_of(window.to_utc)
    if first < window.from_utc:
        first += HOUR
    if first >= last:
        return None, [window]
    pairs = ((window.from_utc, first), (last, window.to_utc))
    edges = [Window(from_utc=start, to_utc=end) for start, end in pairs if start < end]
    return Window(from_utc=first, to_utc=last), edges


def hour_sums(tx: Transaction, whole: Window | None, lines: Sequence[str]) -> Sums:
    """Sums over whole hours."""
    if whole is None:
        return {}
    query = (
        select(
            HOURS.c.line,
            func.max(HOURS.c.newest_utc).label("newest_utc"),
            func.max(case((HOURS.c.demo, 1), else_=0)).label("demo"),
            *(func.sum(HOURS.c[name]).label(name) for name in SUMMED),
        )
        .where(within(HOURS, HOURS.c.hour_utc, whole, lines))
        .group_by(HOURS.c.line)
    )
    return {row["line"]: dict(row) for row in tx.execute(query).mappings()}


def edge_sums(
    tx: Transaction, edge: Window, lines: Sequence[str], rolls: Sequence[RollGroup] | None = None
) -> Sums:
    """The same sums over less than whole hours, from the rows; `rolls` are its groups, if they are known."""
    found: Sums = {}
    for table, moment, columns in (
        (SPANS, SPANS.c.utc, _of_spans()),
        (DEFECTS, DEFECTS.c.utc, _of_defects()),
        (SHOTS, SHOTS.c.utc, _of_shots()),
    ):
        demo = func.max(case((table.c.demo, 1), else_=0)).label("demo")
        fresh = (func.max(table.c.utc).label("newest_utc"), demo)
        query = select(table.c.line, *fresh, *columns).where(within(table, moment, edge, lines))
        for row in tx.execute(query.group_by(table.c.line)).mappings():
            _merge(found.setdefault(row["line"], {}), dict(row))
    for line, sums in sums_of(roll_groups(tx, edge, lines) if rolls is None else rolls).items():
        _merge(found.setdefault(line, {}), sums)
    return found


def roll_groups(tx: Transaction, window: Window, lines: Sequence[str]) -> list[RollGroup]:
    """Rolls that ended in a window, by article and grade."""
    asked = {"lines": list(lines), "from_utc": window.from_utc, "to_utc": window.to_utc}
    return [
        RollGroup(
            line=row["line"],
            article=row["article"],
            grade=row["grade"],
            sums={name: float(row[name]) if name in ROLL_SUMS else row[name] for name in ROLL_NAMES},
        )
        for row in tx.execute(_groups(), asked).mappings()
    ]


@cache
def _groups() -> Select[Any]:  # Any: numbers and texts
    """The question above; built once, since every batch asks it of its hours."""
    early, others = GRADES.alias("early"), GRADES.alias("others")
    first_id = select(func.min(others.c.id)).where(others.c.roll_id == ROLLS.c.roll_id)
    keys = (ROLLS.c.line, ROLLS.c.article, GRADES.c.grade)
    return (
        select(*keys, *_of_rolls(early))
        .select_from(ROLLS)
        .outerjoin(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .outerjoin(early, early.c.id == first_id.correlate(ROLLS).scalar_subquery())
        .where(
            ROLLS.c.line.in_(bindparam("lines", expanding=True)),
            ROLLS.c.ended_utc >= bindparam("from_utc", type_=UtcTime()),
            ROLLS.c.ended_utc < bindparam("to_utc", type_=UtcTime()),
        )
        .group_by(*keys)
    )


def sums_of(groups: Sequence[RollGroup]) -> Sums:
    """The same, added up by line."""
    found: Sums = {}
    for group in groups:
        into = found.setdefault(group.line, dict.fromkeys(ROLL_NAMES, 0))
        for name, value in group.sums.items():
            into[name] += value
    return found


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


def within(
    table: Table, moment: ColumnElement[datetime], window: Window, lines: Sequence[str]
) -> ColumnElement[bool]:
    """Rows of these lines in a window."""
    return and_(table.c.line.in_(lines), moment >= window.from_utc, moment < window.to_utc)


def _merge(into: dict[str, Any], row: dict[str, Any]) -> None:
    for name, value in row.items():
        if name in ("newest_utc", "demo"):
            into[name] = max(value, into.get(name, value))
        elif name != "line":
            into[name] = value


def _of_rolls(early: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Sums of rolls by their grade in force and the first one they got ("early")."""
    graded = GRADES.c.grade.is_not(None)
    area = case((graded, GRADES.c.area_m2), else_=0.0)
    final = and_(graded, GRADES.c.status == GradeStatus.FINAL.value)
    points_m2 = GRADES.c.inspected_length_m * GRADES.c.width_mm / 1000
    waited_s = extract("epoch", early.c.graded_utc) - extract("epoch", ROLLS.c.ended_utc)
    return (
        func.count().label("rolls_ended"),
        func.sum(case((graded, 1), else_=0)).label("rolls_graded"),
        func.sum(case((final, 1), else_=0)).label("rolls_final"),
        func.sum(area).label("graded_m2"),
        func.sum(case((GRADES.c.grade != FIRST, area), else_=0.0)).label("downgraded_m2"),
        func.sum(case((GRADES.c.grade == DOWNGRADED, area), else_=0.0)).label("second_m2"),
        func.sum(case((graded, GRADES.c.points), else_=0)).label("points"),
        func.sum(case((graded, points_m2), else_=0.0)).label("points_m2"),
        func.sum(case((complete(), 1), else_=0)).label("rolls_complete"),
        func.count(early.c.grade).label("first_graded"),
        func.sum(case((early.c.grade == FIRST, 1), else_=0)).label("first_pass"),
        func.sum(case((and_(early.c.grade.is_not(None), waited_s > 0), waited_s), else_=0)).label(
            "release_s"
        ),
    )


def _of_spans() -> tuple[ColumnElement[Any], ...]:
    length = SPANS.c.to_mm - SPANS.c.from_mm

    def of(inspected: Any, missed: Any) -> Any:  # Any: SQL expressions
        return func.sum(case((SPANS.c.inspected, inspected), else_=missed))

    return (
        of(1, 0).label("spans"),
        of(length, 0.0).label("inspected_mm"),
        of(0.0, length).label("not_inspected_mm"),
        of(length * SPANS.c.width_mm / 1e6, 0.0).label("inspected_m2"),
        func.sum(SPANS.c.frames).label("frames"),
        func.sum(SPANS.c.deadline_misses).label("deadline_misses"),
        of(func.coalesce(SPANS.c.decision_ms_max, 0.0), 0.0).label("decision_ms_sum"),
        of(SPANS.c.fed_kg, 0.0).label("inspected_kg"),
        of(0.0, SPANS.c.fed_kg).label("not_inspected_kg"),
    )


def _of_defects() -> tuple[ColumnElement[Any], ...]:
    return (
        func.count().label("found"),
        func.sum(case((DEFECTS.c.unsure, 1), else_=0)).label("unsure"),
    )


def _of_shots() -> tuple[ColumnElement[Any], ...]:
    fired = SHOTS.c.fate == ShotFate.SCHEDULED.value
    escaped = and_(SHOTS.c.fate.is_not(None), SHOTS.c.fate != ShotFate.SCHEDULED.value)
    return (
        func.count().label("ordered"),
        func.count(SHOTS.c.fate).label("answered"),
        func.sum(case((escaped, 1), else_=0)).label("escaped"),
        func.sum(case((fired, SHOTS.c.ejected_kg), else_=0.0)).label("ejected_kg"),
        func.sum(case((fired, SHOTS.c.good_fibre_kg), else_=0.0)).label("good_fibre_kg"),
    )
