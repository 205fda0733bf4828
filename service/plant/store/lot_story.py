"""What a lot brought: findings by kind and over time with people's verdicts, shots by what became of them."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select

from service.plant.store.database import Transaction
from service.plant.store.defects import mark_in_force
from service.plant.store.tables import DEFECTS, MARKS, SHOTS
from service.plant.views.defects import MarkVerdict
from service.plant.views.lots import FoundInTime, KindFound, ShotsByFate

BINS = 24
NO_ANSWER_YET = ""


def found_by_kind(tx: Transaction, lot_id: str) -> tuple[KindFound, ...]:
    """Findings of each kind, most frequent first; a mark with another kind doesn't move the finding."""
    query = (
        select(DEFECTS.c.kind, DEFECTS.c.unsure, MARKS.c.verdict, func.count().label("number"))
        .select_from(DEFECTS)
        .join(MARKS, mark_in_force(), isouter=True)
        .where(DEFECTS.c.lot_id == lot_id)
        .group_by(DEFECTS.c.kind, DEFECTS.c.unsure, MARKS.c.verdict)
    )
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in tx.execute(query):
        one = counts[row.kind]
        one["unsure" if row.unsure else "found"] += row.number
        if row.verdict is not None:
            one["confirmed" if row.verdict == MarkVerdict.RIGHT.value else "false"] += row.number
    kinds = [
        KindFound(
            kind=kind,
            found=one["found"],
            unsure=one["unsure"],
            confirmed=one["confirmed"],
            false=one["false"],
        )
        for kind, one in counts.items()
    ]
    return tuple(sorted(kinds, key=lambda each: (-each.found, -each.unsure, each.kind)))


def found_in_time(tx: Transaction, lot_id: str) -> tuple[FoundInTime, ...]:
    """Sure findings in equal stretches of time, first to last one; none where all are of one moment."""
    query = select(DEFECTS.c.utc, DEFECTS.c.kind).where(
        DEFECTS.c.lot_id == lot_id, DEFECTS.c.unsure.is_(False)
    )
    rows = tx.execute(query).all()
    if not rows:
        return ()
    first, last = min(row.utc for row in rows), max(row.utc for row in rows)
    step = (last - first) / BINS
    if step <= timedelta():
        return ()
    bins = [Counter[str]() for _ in range(BINS)]
    for row in rows:
        bins[min(BINS - 1, int((row.utc - first) / step))][row.kind] += 1
    return tuple(_in_time(first + step * n, step, counted) for n, counted in enumerate(bins))


def shots_by_fate(tx: Transaction, lot_id: str) -> tuple[ShotsByFate, ...]:
    """Shots by what became of them; an empty fate: not answered yet."""
    query = (
        select(
            SHOTS.c.fate,
            func.count().label("shots"),
            func.sum(SHOTS.c.ejected_kg).label("ejected"),
            func.sum(SHOTS.c.good_fibre_kg).label("good"),
        )
        .where(SHOTS.c.lot_id == lot_id)
        .group_by(SHOTS.c.fate)
    )
    found = [
        ShotsByFate(
            fate=row.fate or NO_ANSWER_YET,
            shots=row.shots,
            ejected_kg=float(row.ejected or 0.0),
            good_fibre_kg=float(row.good or 0.0),
        )
        for row in tx.execute(query)
    ]
    return tuple(sorted(found, key=lambda each: (-each.shots, each.fate)))


def _in_time(start: datetime, step: timedelta, counted: Counter[str]) -> FoundInTime:
    return FoundInTime(from_utc=start, to_utc=start + step, by_kind=dict(counted))
