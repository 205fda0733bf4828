"""Fills what figures need from what the plant holds today; a ledger adds what only it knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import and_, func, literal_column, select

from service.event_terms import LineKind
from service.plant.grading.grade import DOWNGRADED, FIRST
from service.plant.kpi.economics import Economics
from service.plant.kpi.inputs import Amount, Inputs, MassBalance, Produced, Side
from service.plant.kpi.totals import Totals
from service.plant.store import run_time
from service.plant.store.database import Transaction
from service.plant.store.hours import hour_of
from service.plant.store.inspection_records import inspection_records
from service.plant.store.ledger_tables import HOURS
from service.plant.store.tables import GRADES, LINES, LOTS, ROLLS, SHOTS, SPANS
from service.plant.views.kpis import KpiSource, Window


class Ledger(Protocol):
    """What only a ledger knows of a window. None: nothing was entered."""

    def mass(self, tx: Transaction, window: Window, lines: Sequence[str]) -> MassBalance | None:
        """Kilograms in and out, by scales."""

    def planned_h(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Planned busy time, from the shift calendar less planned stops."""

    def labour_h(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Hours that people worked."""

    def energy_kwh(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Energy metered."""

    def scrap(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """m2 of cloth cut out or scrapped."""

    def rework(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """m2 of cloth mended or run again."""


def kpi_inputs(
    tx: Transaction,
    window: Window,
    line: str | None,
    totals: Totals,
    now: datetime,
    economics: Economics | None,
    ledger: Ledger | None = None,
) -> Inputs:
    """Everything figures need beyond the totals."""
    kinds = {row.line: row.line_kind for row in tx.execute(select(LINES.c.line, LINES.c.line_kind))}
    asked = [each for each in sorted(kinds) if line in (None, each)]
    fabric = [each for each in asked if kinds[each] != LineKind.FIBRE.value]
    fibre = [each for each in asked if kinds[each] == LineKind.FIBRE.value]
    weighed = ledger.mass(tx, window, fibre) if ledger and fibre else None
    return Inputs(
        fabric=_side(tx, window, fabric, now, ledger, _cloth(tx, window, fabric)),
        fibre=_side(tx, window, fibre, now, ledger, _lint(tx, window, fibre)),
        mass=weighed or _belt_mass(totals),
        records=inspection_records(tx, window, line, totals),
        economics=economics,
    )


def _side(
    tx: Transaction,
    window: Window,
    lines: Sequence[str],
    now: datetime,
    ledger: Ledger | None,
    produced: tuple[Produced, ...],
) -> Side:
    if not lines:
        return Side()
    planned = ledger.planned_h(tx, window, lines) if ledger else None
    return Side(
        run_h=run_time.run_h(tx, window, lines, now),
        planned_h=planned or _whole_window(tx, window, lines, now),
        labour_h=ledger.labour_h(tx, window, lines) if ledger else None,
        energy_kwh=ledger.energy_kwh(tx, window, lines) if ledger else None,
        scrap=ledger.scrap(tx, window, lines) if ledger else None,
        rework=ledger.rework(tx, window, lines) if ledger else None,
        produced=produced,
    )


def _whole_window(tx: Transaction, window: Window, lines: Sequence[str], now: datetime) -> Amount | None:
    """Without a shift calendar every line that delivered is taken to be planned all the time."""
    since = hour_of(window.from_utc)
    query = select(func.count(HOURS.c.line.distinct())).where(
        HOURS.c.line.in_(lines),
        HOURS.c.hour_utc >= since,
        HOURS.c.hour_utc < window.to_utc,
        HOURS.c.newest_utc >= window.from_utc,
    )
    delivering = tx.execute(query).scalar_one()
    hours = (min(window.to_utc, now) - window.from_utc) / timedelta(hours=1)
    if not delivering or hours <= 0:
        return None
    return Amount(value=hours * delivering, source=KpiSource.ESTIMATED)


def _belt_mass(totals: Totals) -> MassBalance | None:
    """Without scales: the belt's set feed, and what the sorter took out of it."""
    fed_kg = totals.fibre.inspected_kg + totals.fibre.not_inspected_kg
    if fed_kg <= 0:
        return None
    return MassBalance(
        input_kg=fed_kg,
        good_kg=fed_kg - totals.shots.ejected_kg,
        by_product_kg=0.0,
        ejected_kg=totals.shots.ejected_kg,
        waste_kg=0.0,
        source=KpiSource.ESTIMATED,
    )


def _cloth(tx: Transaction, window: Window, lines: Sequence[str]) -> tuple[Produced, ...]:
    area = GRADES.c.area_m2
    query = (
        select(ROLLS.c.article, GRADES.c.grade, func.sum(area).label("m2"))
        .join(GRADES, and_(GRADES.c.roll_id == ROLLS.c.roll_id, GRADES.c.latest, GRADES.c.grade.is_not(None)))
        .where(
            ROLLS.c.line.in_(lines), ROLLS.c.ended_utc >= window.from_utc, ROLLS.c.ended_utc < window.to_utc
        )
        .group_by(ROLLS.c.article, GRADES.c.grade)
    )
    by_article: dict[str, dict[str, float]] = {}
    for row in tx.execute(query):
        by_article.setdefault(row.article, {})[row.grade] = row.m2
    return tuple(
        Produced(
            article=article,
            quantity=sum(grades.values()),
            good=sum(m2 for grade, m2 in grades.items() if grade != DOWNGRADED),
            second=grades.get(DOWNGRADED, 0.0),
            best=grades.get(FIRST, 0.0),
        )
        for article, grades in sorted(by_article.items())
    )


def _lint(tx: Transaction, window: Window, lines: Sequence[str]) -> tuple[Produced, ...]:
    """Mass by article from spans and shots of lots; what belongs to no lot has no article."""
    fed = _lot_sum(tx, window, lines, SPANS, SPANS.c.fed_kg)
    ejected = _lot_sum(tx, window, lines, SHOTS, SHOTS.c.ejected_kg)
    return tuple(
        Produced(article=article, quantity=kg, good=kg - ejected.get(article, 0.0))
        for article, kg in sorted(fed.items())
        if kg > 0
    )


def _lot_sum(
    tx: Transaction, window: Window, lines: Sequence[str], table: Any, amount: Any
) -> dict[str, float]:  # Any: a table and one of its columns
    article = func.coalesce(LOTS.c.article, literal_column("''"))  # PostgreSQL groups by no bound value
    query = (
        select(article.label("article"), func.sum(amount).label("kg"))
        .select_from(table)
        .outerjoin(LOTS, LOTS.c.lot_id == table.c.lot_id)
        .where(table.c.line.in_(lines), table.c.utc >= window.from_utc, table.c.utc < window.to_utc)
        .group_by(article)
    )
    if table is SHOTS:
        query = query.where(SHOTS.c.fate == "scheduled")
    return {row.article: row.kg or 0.0 for row in tx.execute(query)}
