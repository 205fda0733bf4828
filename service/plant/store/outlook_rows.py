"""Rolls and lots as forecasts and advice see them, what poor quality came from, and advice that was given."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, literal_column, select, update

from service.event_terms import ShotFate
from service.plant.grading.grade import DOWNGRADED, FIRST
from service.plant.outlook.advice import Fact, Recommendation
from service.plant.outlook.copq import Downgraded, Ejected
from service.plant.outlook.series import Piece
from service.plant.store.database import Transaction
from service.plant.store.people import Owner
from service.plant.store.quality_tables import ADVICE
from service.plant.store.tables import DEFECTS, GRADES, LOTS, ROLLS, SHOTS, SPANS
from service.plant.views.advice import Advice
from service.plant.views.kpis import Window

DEFECT_LEVEL, MATERIAL_LOSS = "defect_level.area", "material_loss.mass"


def pieces(tx: Transaction, window: Window) -> list[Piece]:
    """Graded rolls and lots that ended in a window, in time."""
    found = [*_rolls(tx, window), *_lots(tx, window)]
    return sorted(found, key=lambda piece: (piece.utc, piece.id))


def downgraded(tx: Transaction, window: Window, line: str | None) -> list[Downgraded]:
    """Cloth below grade A by article and grade, with the counted defects of those rolls by kind.

    Each defect counts as one: points of single defects are not stored.
    """
    where = (*_ended(ROLLS, window, line), GRADES.c.grade.is_not(None), GRADES.c.grade != FIRST)
    graded = and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest)
    areas = tx.execute(
        select(ROLLS.c.article, GRADES.c.grade, func.sum(GRADES.c.area_m2).label("m2"))
        .join(GRADES, graded)
        .where(*where)
        .group_by(ROLLS.c.article, GRADES.c.grade)
    ).all()
    kinds = tx.execute(
        select(ROLLS.c.article, GRADES.c.grade, DEFECTS.c.kind, func.count().label("number"))
        .join(GRADES, graded)
        .join(DEFECTS, DEFECTS.c.roll_id == ROLLS.c.roll_id)
        .where(*where, DEFECTS.c.unsure.is_(False))
        .group_by(ROLLS.c.article, GRADES.c.grade, DEFECTS.c.kind)
    ).all()
    return [
        Downgraded(
            article=area.article,
            grade=area.grade,
            m2=area.m2,
            counts_by_kind={
                row.kind: row.number
                for row in kinds
                if (row.article, row.grade) == (area.article, area.grade)
            },
        )
        for area in areas
    ]


def ejected(tx: Transaction, window: Window, line: str | None) -> list[Ejected]:
    """Fibre taken out by the sorter by article, with the findings by kind."""
    own = [SHOTS.c.line == line] if line is not None else []
    article = func.coalesce(LOTS.c.article, literal_column("''"))  # PostgreSQL groups by no bound value
    shots = tx.execute(
        select(
            article.label("article"),
            func.sum(SHOTS.c.ejected_kg).label("kg"),
            func.sum(SHOTS.c.good_fibre_kg).label("good_kg"),
        )
        .outerjoin(LOTS, LOTS.c.lot_id == SHOTS.c.lot_id)
        .where(
            SHOTS.c.utc >= window.from_utc,
            SHOTS.c.utc < window.to_utc,
            SHOTS.c.fate == ShotFate.SCHEDULED.value,
            SHOTS.c.ejected_kg > 0,
            *own,
        )
        .group_by(article)
    ).all()
    finds = tx.execute(
        select(LOTS.c.article, DEFECTS.c.kind, func.count().label("number"))
        .join(LOTS, LOTS.c.lot_id == DEFECTS.c.lot_id)
        .where(DEFECTS.c.utc >= window.from_utc, DEFECTS.c.utc < window.to_utc, DEFECTS.c.unsure.is_(False))
        .group_by(LOTS.c.article, DEFECTS.c.kind)
    ).all()
    return [
        Ejected(
            article=row.article,
            kg=row.kg,
            good_fibre_kg=row.good_kg,
            counts_by_kind={find.kind: find.number for find in finds if find.article == row.article},
        )
        for row in shots
    ]


SAME = (
    *("id", "kind", "line", "measured_by", "before_value", "expected_value", "quantity_per_week"),
    *("expected_per_week", "currency", "made_utc", "status", "decided_by", "decided_utc", "note"),
    *("after_value", "gained_per_week", "scored_utc", "demo"),
)


def add_advice(tx: Transaction, owner: Owner, found: Recommendation, currency: str, utc: datetime) -> None:
    """Keep a recommendation."""
    tx.execute(
        insert(ADVICE).values(
            enterprise=owner.enterprise,
            site=owner.site,
            line=found.line,
            demo=found.demo,
            kind=found.kind,
            subject=found.group,
            evidence=json.dumps([[fact.what, fact.value, fact.unit, fact.pieces] for fact in found.evidence]),
            measured_by=found.measure,
            before_value=found.before_value,
            expected_value=found.expected_value,
            quantity_per_week=found.quantity_per_week,
            expected_per_week=found.expected_per_week,
            currency=currency,
            made_utc=utc,
            status="proposed",
            note="",
        )
    )


def advice(tx: Transaction, *, only: Sequence[str] = ()) -> tuple[Advice, ...]:
    """Advice, the dearest first within its status; `only` names statuses."""
    query = select(ADVICE)
    if only:
        query = query.where(ADVICE.c.status.in_(only))
    rows = tx.execute(query.order_by(ADVICE.c.expected_per_week.desc(), ADVICE.c.id)).mappings()
    return tuple(_advice(row) for row in rows)


def one_advice(tx: Transaction, advice_id: int) -> Advice | None:
    """One recommendation."""
    row = tx.execute(select(ADVICE).where(ADVICE.c.id == advice_id)).mappings().first()
    return _advice(row) if row else None


def decide(tx: Transaction, advice_id: int, status: str, user: str, utc: datetime, note: str) -> None:
    """Somebody took it up or declined it."""
    values = {"status": status, "decided_by": user, "decided_utc": utc, "note": note}
    tx.execute(update(ADVICE).where(ADVICE.c.id == advice_id).values(**values))


def score(tx: Transaction, advice_id: int, after_value: float, gained: float, utc: datetime) -> None:
    """What it brought."""
    values = {"status": "scored", "after_value": after_value, "gained_per_week": gained, "scored_utc": utc}
    tx.execute(update(ADVICE).where(ADVICE.c.id == advice_id).values(**values))


def _rolls(tx: Transaction, window: Window) -> list[Piece]:
    bad = case((GRADES.c.grade == DOWNGRADED, GRADES.c.area_m2), else_=0.0)
    query = (
        select(ROLLS, GRADES.c.area_m2, bad.label("bad"))
        .join(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest))
        .where(*_ended(ROLLS, window, None), GRADES.c.grade.is_not(None))
    )
    return [
        Piece(
            measure=DEFECT_LEVEL,
            id=row["roll_id"],
            line=row["line"],
            article=row["article"],
            supplier="",
            utc=row["ended_utc"],
            bad=row["bad"],
            whole=row["area_m2"],
            demo=row["demo"],
        )
        for row in tx.execute(query).mappings()
    ]


def _lots(tx: Transaction, window: Window) -> list[Piece]:
    ended = _ended(LOTS, window, None)
    ids = select(LOTS.c.lot_id).where(*ended)
    fed = (
        select(SPANS.c.lot_id, func.sum(SPANS.c.fed_kg).label("kg"))
        .where(SPANS.c.lot_id.in_(ids))
        .group_by(SPANS.c.lot_id)
        .subquery()
    )
    taken = (
        select(SHOTS.c.lot_id, func.sum(SHOTS.c.ejected_kg).label("kg"))
        .where(SHOTS.c.lot_id.in_(ids), SHOTS.c.fate == ShotFate.SCHEDULED.value)
        .group_by(SHOTS.c.lot_id)
        .subquery()
    )
    query = (
        select(LOTS, fed.c.kg.label("fed"), func.coalesce(taken.c.kg, 0.0).label("taken"))
        .join(fed, fed.c.lot_id == LOTS.c.lot_id)
        .outerjoin(taken, taken.c.lot_id == LOTS.c.lot_id)
        .where(*ended)
    )
    return [
        Piece(
            measure=MATERIAL_LOSS,
            id=row["lot_id"],
            line=row["line"],
            article=row["article"],
            supplier=row["supplier"],
            utc=row["ended_utc"],
            bad=row["taken"],
            whole=row["fed"],
            demo=row["demo"],
        )
        for row in tx.execute(query).mappings()
    ]


def _ended(table: Any, window: Window, line: str | None) -> tuple[ColumnElement[bool], ...]:
    """Rolls or lots that ended in a window; Any: a table."""
    within = (table.c.ended_utc >= window.from_utc, table.c.ended_utc < window.to_utc)
    return within if line is None else (*within, table.c.line == line)


def _advice(row: Any) -> Advice:  # Any: row mapping
    subject, _, article = row["subject"].partition("|")
    return Advice(
        subject=subject,
        article=article,
        evidence=tuple(
            Fact(what=what, value=value, unit=unit, pieces=number)
            for what, value, unit, number in json.loads(row["evidence"])
        ),
        **{name: row[name] for name in SAME},
    )
