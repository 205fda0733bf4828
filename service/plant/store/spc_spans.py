"""Spans with the article, supplier and CNN that held for them: what subgroups are cut from."""

import json
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func, select

from service.plant.spc.records import SpanFacts
from service.plant.store.database import Transaction
from service.plant.store.tables import DEFECTS, EVENTS, LINES, LOTS, ROLLS, SPANS

LINE_STARTED = "line_started"


def spans_after(tx: Transaction, line: str, order_no: int, limit: int) -> list[SpanFacts]:
    """Inspected spans of a line behind an order number, oldest first."""
    query = (
        select(SPANS)
        .where(SPANS.c.line == line, SPANS.c.order_no > order_no, SPANS.c.inspected)
        .order_by(SPANS.c.order_no)
        .limit(limit)
    )
    rows = list(tx.execute(query).mappings())
    if not rows:
        return []
    rolls = _materials(tx, ROLLS, "roll_id", rows)
    lots = _materials(tx, LOTS, "lot_id", rows)
    fallback = tx.execute(select(LINES.c.article, LINES.c.bundle_id).where(LINES.c.line == line)).first()
    bundles = bundle_marks(tx, line, rows[-1]["order_no"])
    facts = []
    for row in rows:
        material = rolls.get(row["roll_id"]) or lots.get(row["lot_id"]) or {}
        facts.append(
            SpanFacts(
                article=material.get("article") or (fallback.article if fallback else None) or "",
                supplier=material.get("supplier") or "",
                bundle_id=_at(bundles, row["order_no"]) or (fallback.bundle_id if fallback else None) or "",
                **{name: row[name] for name in _SAME},
            )
        )
    return facts


_SAME = ("order_no", "utc", "from_mm", "to_mm", "width_mm", "frames", "defective", "unsure", "demo")


def sure_defects(tx: Transaction, line: str, after_order: int, to_order: int) -> int:
    """Defects of a stretch of a line's events that were not doubtful."""
    query = select(func.count()).where(
        DEFECTS.c.line == line,
        DEFECTS.c.order_no > after_order,
        DEFECTS.c.order_no <= to_order,
        DEFECTS.c.unsure.is_(False),
    )
    return int(tx.execute(query).scalar_one())


def _materials(tx: Transaction, table: Table, key: str, rows: Sequence[Any]) -> dict[Any, dict[str, Any]]:
    """Rolls or lots of these spans by id; Any: row mappings."""
    ids = {row[key] for row in rows if row[key] is not None}
    if not ids:
        return {}
    found = tx.execute(select(table).where(table.c[key].in_(ids))).mappings()
    return {row[key]: dict(row) for row in found}


def bundle_marks(tx: Transaction, line: str, to_order: int) -> list[tuple[int, str]]:
    """From which order number on which CNN judged: from starts, and from what it found."""
    starts = select(EVENTS.c.order_no, EVENTS.c.raw).where(
        EVENTS.c.line == line, EVENTS.c.kind == LINE_STARTED, EVENTS.c.order_no <= to_order
    )
    marks = [(row.order_no, json.loads(row.raw)["body"]["bundle_id"]) for row in tx.execute(starts)]
    first = func.min(DEFECTS.c.order_no)
    found = (
        select(first.label("order_no"), DEFECTS.c.bundle_id)
        .where(DEFECTS.c.line == line, DEFECTS.c.order_no <= to_order)
        .group_by(DEFECTS.c.bundle_id)
    )
    marks += [(row.order_no, row.bundle_id) for row in tx.execute(found)]
    return sorted(marks)


def _at(marks: list[tuple[int, str]], order_no: int) -> str | None:
    at = bisect_right([order for order, _ in marks], order_no)
    return marks[at - 1][1] if at else None
