"""Fills what figures need from what the plant holds today; a ledger adds what only it knows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, literal_column, or_, select

from service.event_terms import LineKind
from service.plant.grading.grade import DOWNGRADED, FIRST
from service.plant.kpi.economics import Economics
from service.plant.kpi.inputs import Amount, Inputs, MassBalance, Produced, Side, Stops
from service.plant.kpi.totals import Totals
from service.plant.memo import NOTHING_HELD, Held
from service.plant.store import run_time
from service.plant.store.database import Transaction
from service.plant.store.inspection_records import inspection_records
from service.plant.store.parts import Counted
from service.plant.store.produced import Made
from service.plant.store.stop_rows import Stop
from service.plant.store.tables import LINES, LOTS, SHOTS, SPANS
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

    def stops(
        self, tx: Transaction, window: Window, lines: Sequence[str], planned_h: float, held: Held
    ) -> Stops:
        """Unplanned stops of a window that is over, in its planned busy time."""

    def each_stop(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Iterator[Stop]:
        """The same one by one, for whoever opens the figure."""


def kpi_inputs(
    tx: Transaction,
    window: Window,
    line: str | None,
    count: tuple[Totals, Counted],
    now: datetime,
    economics: Economics | None,
    ledger: Ledger | None = None,
    held: Held = NOTHING_HELD,
) -> Inputs:
    """Everything figures need beyond the count of a window."""
    totals, counted = count
    kinds = {row.line: row.line_kind for row in tx.execute(select(LINES.c.line, LINES.c.line_kind))}
    asked = [each for each in sorted(kinds) if line in (None, each)]
    fabric = [each for each in asked if kinds[each] != LineKind.FIBRE.value]
    fibre = [each for each in asked if kinds[each] == LineKind.FIBRE.value]
    weighed = ledger.mass(tx, window, fibre) if ledger and fibre else None
    cloth = _side(tx, window, fabric, now, ledger, _cloth(counted.made(fabric)), held)
    lint = _side(tx, window, fibre, now, ledger, _lint(tx, window, fibre, totals), held)
    planned_h = sum(side.planned_h.value for side in (cloth, lint) if side.planned_h is not None)
    return Inputs(
        fabric=cloth,
        fibre=lint,
        mass=weighed or _belt_mass(totals),
        records=inspection_records(tx, window, line, totals),
        economics=economics,
        stops=(
            ledger.stops(tx, _until(window, now), asked, planned_h, held)
            if ledger and planned_h > 0
            else None
        ),
    )


def stops_of(
    tx: Transaction, window: Window, line: str | None, now: datetime, ledger: Ledger | None
) -> list[Stop]:
    """The stops behind the figures, newest first."""
    lines = [line] if line is not None else sorted(tx.execute(select(LINES.c.line)).scalars())
    found = ledger.each_stop(tx, _until(window, now), lines) if ledger else ()
    return sorted(found, key=lambda stop: (stop.from_utc, stop.line), reverse=True)


def _side(
    tx: Transaction,
    window: Window,
    lines: Sequence[str],
    now: datetime,
    ledger: Ledger | None,
    produced: tuple[Produced, ...],
    held: Held,
) -> Side:
    if not lines:
        return Side()
    return Side(
        run_h=run_time.run_h(tx, window, lines, now, held),
        planned_h=ledger.planned_h(tx, _until(window, now), lines) if ledger else None,
        labour_h=ledger.labour_h(tx, _until(window, now), lines) if ledger else None,
        energy_kwh=ledger.energy_kwh(tx, window, lines) if ledger else None,
        scrap=ledger.scrap(tx, window, lines) if ledger else None,
        rework=ledger.rework(tx, window, lines) if ledger else None,
        produced=produced,
    )


def _until(window: Window, now: datetime) -> Window:
    """The part of a window that is over."""
    return replace(window, to_utc=max(window.from_utc, min(window.to_utc, now)))


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


def _cloth(made: Made) -> tuple[Produced, ...]:
    by_article: dict[str, dict[str, float]] = {}
    for (article, grade), m2 in made.items():
        by_article.setdefault(article, {})[grade] = m2
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


def _lint(tx: Transaction, window: Window, lines: Sequence[str], totals: Totals) -> tuple[Produced, ...]:
    """Mass by article; one article alone needs no look at single spans."""
    articles = _lint_articles(tx, window, lines)
    if len(articles) == 1:
        fed_kg = totals.fibre.inspected_kg + totals.fibre.not_inspected_kg
        (article,) = articles
        made = Produced(article=article, quantity=fed_kg, good=fed_kg - totals.shots.ejected_kg)
        return (made,) if fed_kg > 0 else ()
    fed = _lot_sum(tx, window, lines, SPANS, SPANS.c.fed_kg)
    ejected = _lot_sum(tx, window, lines, SHOTS, SHOTS.c.ejected_kg)
    return tuple(
        Produced(article=article, quantity=kg, good=kg - ejected.get(article, 0.0))
        for article, kg in sorted(fed.items())
        if kg > 0
    )


def _lint_articles(tx: Transaction, window: Window, lines: Sequence[str]) -> list[str]:
    """Articles of the lots that ran in a window."""
    query = (
        select(LOTS.c.article)
        .where(
            LOTS.c.line.in_(lines),
            LOTS.c.utc < window.to_utc,
            or_(LOTS.c.ended_utc.is_(None), LOTS.c.ended_utc >= window.from_utc),
        )
        .distinct()
    )
    return sorted(tx.execute(query).scalars())


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
