"""Counts what KPIs are worked out from. Rows belong to a window by the line's UTC stamp."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, case, func, select

from service.event_terms import LineKind
from service.plant.kpi.totals import DefectTotals, RollTotals, ShotTotals, SpanTotals, Totals
from service.plant.memo import NOTHING_HELD, Held
from service.plant.store.database import Transaction
from service.plant.store.hour_sums import Sums, within
from service.plant.store.parts import Counted, count_parts
from service.plant.store.tables import DEFECTS, LINES, LOGS, MARKS
from service.plant.views.defects import MarkVerdict
from service.plant.views.kpis import Window

SPAN_NAMES = tuple(SpanTotals.__dataclass_fields__)
SHOT_NAMES = tuple(ShotTotals.__dataclass_fields__)
ROLL_NAMES = {
    "ended": "rolls_ended",
    "graded": "rolls_graded",
    "final": "rolls_final",
    "graded_m2": "",
    "downgraded_m2": "",
    "second_m2": "",
    "points": "",
    "inspected_m2": "points_m2",
    "complete": "rolls_complete",
    "first_graded": "",
    "first_pass": "",
    "release_s": "",
}
FABRIC, FIBRE = LineKind.FABRIC.value, LineKind.FIBRE.value


def count(
    tx: Transaction, window: Window, line: str | None, held: Held = NOTHING_HELD
) -> tuple[Totals, Counted]:
    """Count one window, of one line or all that ever delivered: its sums, and its parts by line."""
    kinds = {row.line: row.line_kind for row in tx.execute(select(LINES.c.line, LINES.c.line_kind))}
    # Lines are always named: then the index over line and time serves, however many years are stored.
    lines = sorted(kinds) if line is None else [line]
    counted = count_parts(tx, window, lines, held)
    parts = [part.sums for part in counted.parts]
    marks = _marks(tx, window, lines)
    every = counted.of(lines)
    totals = Totals(
        window_from=window.from_utc,
        window_to=window.to_utc,
        line=line,
        **_of_kinds(parts, marks, kinds),
        rolls=RollTotals(**_added(every, ROLL_NAMES)),
        shots=ShotTotals(**_added(every, dict.fromkeys(SHOT_NAMES, ""))),
        newest_utc=max((sums["newest_utc"] for sums in every if sums.get("newest_utc")), default=None),
        demo=any(sums.get("demo") for sums in every),
    )
    return totals, counted


def events_held(tx: Transaction, line: str | None) -> float | None:
    """Share of the events that lines are known to have written and that arrived; None without any."""
    query = select(func.sum(LOGS.c.held), func.sum(LOGS.c.highest_seq))
    if line is not None:
        query = query.where(LOGS.c.line == line)
    held, highest = tx.execute(query).one()
    return float(held) / float(highest) if highest else None


def _of_kinds(parts: Sequence[Sums], marks: Sums, kinds: dict[str, str | None]) -> dict[str, Any]:
    """Spans and defects of each kind of line; Any: two kinds of record."""
    found: dict[str, Any] = {}
    for kind in (FABRIC, FIBRE):
        own = [sums for part in parts for line, sums in part.items() if (kinds.get(line) or FABRIC) == kind]
        judged = _added(
            [sums for line, sums in marks.items() if (kinds.get(line) or FABRIC) == kind],
            dict.fromkeys(("marked", "wrong", "wrong_sure", "right_unsure"), ""),
        )
        defects = _added(own, dict.fromkeys(("found", "unsure"), ""))
        found[kind] = SpanTotals(**_added(own, dict.fromkeys(SPAN_NAMES, "")))
        found[f"{kind}_defects"] = DefectTotals(
            found=int(defects["found"]),
            counted=int(defects["found"] - defects["unsure"] + judged["right_unsure"] - judged["wrong_sure"]),
            marked=int(judged["marked"]),
            wrong=int(judged["wrong"]),
        )
    return found


def _added(every: Sequence[dict[str, Any]], names: dict[str, str]) -> dict[str, Any]:
    """Add up named numbers; `names` says how each is called in the sums, where otherwise. Any: numbers."""
    return {name: sum(sums.get(called or name) or 0 for sums in every) for name, called in names.items()}


def _marks(tx: Transaction, window: Window, lines: Sequence[str]) -> Sums:
    """What people said of the window's defects: the newest mark of each counts."""
    others = MARKS.alias("others")
    newest = select(func.max(others.c.id)).where(others.c.defect_id == MARKS.c.defect_id)
    # "Wrong" with a kind says: a defect, but another one. That is no false alarm.
    wrong = and_(MARKS.c.verdict == MarkVerdict.WRONG.value, MARKS.c.kind.is_(None))
    query = (
        select(
            DEFECTS.c.line,
            func.count().label("marked"),
            func.sum(case((wrong, 1), else_=0)).label("wrong"),
            func.sum(case((and_(wrong, DEFECTS.c.unsure.is_(False)), 1), else_=0)).label("wrong_sure"),
            func.sum(case((and_(~wrong, DEFECTS.c.unsure), 1), else_=0)).label("right_unsure"),
        )
        .select_from(MARKS)
        # An outer join keeps the few marks in front of the many defects, whatever the planner guesses.
        .outerjoin(
            DEFECTS,
            and_(DEFECTS.c.defect_id == MARKS.c.defect_id, within(DEFECTS, DEFECTS.c.utc, window, lines)),
        )
        .where(MARKS.c.id == newest.correlate(MARKS).scalar_subquery())
        .group_by(DEFECTS.c.line)
    )
    return {row["line"]: dict(row) for row in tx.execute(query).mappings() if row["line"] is not None}
