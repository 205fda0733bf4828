"""Counts what KPIs are worked out from. Rows belong to a window by the line's UTC stamp."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select

from service.event_terms import LineKind
from service.plant.grading.grade import DOWNGRADED, FIRST
from service.plant.kpi.totals import DefectTotals, RollTotals, ShotTotals, SpanTotals, Totals
from service.plant.store.database import Transaction
from service.plant.store.defects import mark_in_force
from service.plant.store.tables import DEFECTS, GRADES, LINES, LOGS, MARKS, ROLLS, SHOTS, SPANS
from service.plant.views.defects import MarkVerdict
from service.plant.views.kpis import Window
from service.plant.views.rolls import GradeStatus

FABRIC, FIBRE = LineKind.FABRIC.value, LineKind.FIBRE.value


def count(tx: Transaction, window: Window, line: str | None) -> Totals:
    """Count one window, of one line or all that ever delivered."""
    kinds = {row.line: row.line_kind for row in tx.execute(select(LINES.c.line, LINES.c.line_kind))}
    # Lines are always named: then the index over line and time serves, however many years are stored.
    lines = sorted(kinds) if line is None else [line]
    spans = _by_kind(_spans(tx, window, lines), kinds, SpanTotals)
    defects = _by_kind(_defects(tx, window, lines), kinds, DefectTotals)
    newest_utc, demo = _freshness(tx, window, lines)
    return Totals(
        window_from=window.from_utc,
        window_to=window.to_utc,
        line=line,
        fabric=spans[FABRIC],
        fibre=spans[FIBRE],
        fabric_defects=defects[FABRIC],
        fibre_defects=defects[FIBRE],
        rolls=_rolls(tx, window, lines),
        shots=_shots(tx, window, lines),
        newest_utc=newest_utc,
        demo=demo,
    )


def events_held(tx: Transaction, line: str | None) -> float | None:
    """Share of the events that lines are known to have written and that arrived; None without any."""
    query = select(func.sum(LOGS.c.held), func.sum(LOGS.c.highest_seq))
    if line is not None:
        query = query.where(LOGS.c.line == line)
    held, highest = tx.execute(query).one()
    return float(held) / float(highest) if highest else None


def _within(
    table: Table, moment: ColumnElement[datetime], window: Window, lines: Sequence[str]
) -> ColumnElement[bool]:
    return and_(table.c.line.in_(lines), moment >= window.from_utc, moment < window.to_utc)


def _by_kind(sums: dict[str, dict[str, Any]], kinds: dict[str, str | None], record: Any) -> dict[str, Any]:
    """Add up the lines of each kind; Any: one of two records and its numbers."""
    totals: dict[str, dict[str, Any]] = {FABRIC: {}, FIBRE: {}}
    for line, numbers in sums.items():
        into = totals[kinds.get(line) or FABRIC]
        for name, number in numbers.items():
            into[name] = into.get(name, 0) + (number or 0)
    return {kind: record(**numbers) for kind, numbers in totals.items()}


def _grouped(rows: Iterable[Any]) -> dict[str, dict[str, Any]]:  # Any: row mappings
    return {row["line"]: {name: row[name] for name in row if name != "line"} for row in rows}


def _spans(
    tx: Transaction, window: Window, lines: Sequence[str]
) -> dict[str, dict[str, Any]]:  # Any: numbers
    length = SPANS.c.to_mm - SPANS.c.from_mm
    seen = SPANS.c.inspected

    def of(inspected: Any, missed: Any) -> Any:  # Any: SQL expressions
        return func.sum(case((seen, inspected), else_=missed))

    query = (
        select(
            SPANS.c.line,
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
        .where(_within(SPANS, SPANS.c.utc, window, lines))
        .group_by(SPANS.c.line)
    )
    return _grouped(tx.execute(query).mappings())


def _defects(
    tx: Transaction, window: Window, lines: Sequence[str]
) -> dict[str, dict[str, Any]]:  # Any: numbers
    # "Wrong" with a kind says: a defect, but another one. That is no false alarm.
    wrong = and_(MARKS.c.verdict == MarkVerdict.WRONG.value, MARKS.c.kind.is_(None))
    real = and_(MARKS.c.verdict.is_not(None), ~wrong)
    counts = or_(real, and_(MARKS.c.verdict.is_(None), DEFECTS.c.unsure.is_(False)))
    query = (
        select(
            DEFECTS.c.line,
            func.count().label("found"),
            func.sum(case((counts, 1), else_=0)).label("counted"),
            func.count(MARKS.c.verdict).label("marked"),
            func.sum(case((wrong, 1), else_=0)).label("wrong"),
        )
        .select_from(DEFECTS)
        .outerjoin(MARKS, mark_in_force())
        .where(_within(DEFECTS, DEFECTS.c.utc, window, lines))
        .group_by(DEFECTS.c.line)
    )
    return _grouped(tx.execute(query).mappings())


def _rolls(tx: Transaction, window: Window, lines: Sequence[str]) -> RollTotals:
    graded = GRADES.c.grade.is_not(None)
    area = case((graded, GRADES.c.area_m2), else_=0.0)
    query = (
        select(
            func.count().label("ended"),
            func.sum(case((graded, 1), else_=0)).label("graded"),
            func.sum(case((and_(graded, GRADES.c.status == GradeStatus.FINAL.value), 1), else_=0)).label(
                "final"
            ),
            func.sum(area).label("graded_m2"),
            func.sum(case((GRADES.c.grade != FIRST, area), else_=0.0)).label("downgraded_m2"),
            func.sum(case((GRADES.c.grade == DOWNGRADED, area), else_=0.0)).label("second_m2"),
            func.sum(case((graded, GRADES.c.points), else_=0)).label("points"),
            func.sum(case((graded, GRADES.c.inspected_length_m * GRADES.c.width_mm / 1000), else_=0.0)).label(
                "inspected_m2"
            ),
        )
        .select_from(ROLLS)
        .outerjoin(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .where(_within(ROLLS, ROLLS.c.ended_utc, window, lines))
    )
    row = tx.execute(query).mappings().one()
    return RollTotals(**{name: number or 0 for name, number in row.items()})


def _shots(tx: Transaction, window: Window, lines: Sequence[str]) -> ShotTotals:
    fired = SHOTS.c.fate == "scheduled"
    escaped = and_(SHOTS.c.fate.is_not(None), SHOTS.c.fate != "scheduled")
    query = select(
        func.count().label("ordered"),
        func.count(SHOTS.c.fate).label("answered"),
        func.sum(case((escaped, 1), else_=0)).label("escaped"),
        func.sum(case((fired, SHOTS.c.ejected_kg), else_=0.0)).label("ejected_kg"),
        func.sum(case((fired, SHOTS.c.good_fibre_kg), else_=0.0)).label("good_fibre_kg"),
    ).where(_within(SHOTS, SHOTS.c.utc, window, lines))
    row = tx.execute(query).mappings().one()
    return ShotTotals(**{name: number or 0 for name, number in row.items()})


def _freshness(tx: Transaction, window: Window, lines: Sequence[str]) -> tuple[datetime | None, bool]:
    newest: list[datetime] = []
    demo = False
    for table in (SPANS, DEFECTS, SHOTS):
        query = select(func.max(table.c.utc), func.max(case((table.c.demo, 1), else_=0)))
        row = tx.execute(query.where(_within(table, table.c.utc, window, lines))).one()
        if row[0] is not None:
            newest.append(row[0])
        demo = demo or bool(row[1])
    return max(newest, default=None), demo
