"""What spans, shots and defects of a lot add up to."""

from dataclasses import dataclass

from sqlalchemy import and_, case, func, select

from service.plant.store.database import Transaction
from service.plant.store.tables import DEFECTS, SHOTS, SPANS


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSums:
    """What spans, shots and defects say of a lot."""

    inspected_kg: float
    not_inspected_kg: float
    trash_area_pct: float | None  # mean over inspected area
    ejected_kg: float
    good_fibre_kg: float
    shots: int
    refused: int
    unanswered: int
    contaminants: int


def lot_sums(tx: Transaction, lot_id: str) -> LotSums:
    """Add up a lot."""
    area = (SPANS.c.to_mm - SPANS.c.from_mm) * SPANS.c.width_mm
    measured = and_(SPANS.c.inspected, SPANS.c.trash_area_pct.is_not(None))
    spans = tx.execute(
        select(
            func.sum(case((SPANS.c.inspected, SPANS.c.fed_kg), else_=0.0)),
            func.sum(case((SPANS.c.inspected, 0.0), else_=SPANS.c.fed_kg)),
            func.sum(case((measured, area * SPANS.c.trash_area_pct), else_=0.0)),
            func.sum(case((measured, area), else_=0.0)),
        ).where(SPANS.c.lot_id == lot_id)
    ).one()
    fired = SHOTS.c.fate == "scheduled"
    shots = tx.execute(
        select(
            func.sum(case((fired, SHOTS.c.ejected_kg), else_=0.0)),
            func.sum(case((fired, SHOTS.c.good_fibre_kg), else_=0.0)),
            func.count(),
            func.sum(case((and_(SHOTS.c.fate.is_not(None), SHOTS.c.fate != "scheduled"), 1), else_=0)),
            func.sum(case((SHOTS.c.fate.is_(None), 1), else_=0)),
        ).where(SHOTS.c.lot_id == lot_id)
    ).one()
    sure = select(func.count()).where(DEFECTS.c.lot_id == lot_id, DEFECTS.c.unsure.is_(False))
    return LotSums(
        inspected_kg=spans[0] or 0.0,
        not_inspected_kg=spans[1] or 0.0,
        trash_area_pct=spans[2] / spans[3] if spans[3] else None,
        ejected_kg=shots[0] or 0.0,
        good_fibre_kg=shots[1] or 0.0,
        shots=shots[2] or 0,
        refused=shots[3] or 0,
        unanswered=shots[4] or 0,
        contaminants=tx.execute(sure).scalar_one(),
    )
