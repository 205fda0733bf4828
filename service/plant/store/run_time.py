"""How long lines ran, from the states they told: actual production time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select, union_all

from service.event_terms import LineState
from service.plant.kpi.inputs import Amount
from service.plant.store.database import Transaction
from service.plant.store.tables import LINES, SPANS, STARTS, STATES
from service.plant.views.kpis import Window

RUNNING = (LineState.RUNNING.value, LineState.DEGRADED.value)
STARTED, STOPPED = "line_started", "line_stopped"
HOUR = timedelta(hours=1)


def run_h(tx: Transaction, window: Window, lines: Sequence[str], now: datetime) -> Amount | None:
    """Hours in which the lines ran; None where no state of them is known in the window."""
    known, total = False, timedelta()
    for line in lines:
        for from_utc, to_utc in _runs(tx, line, window, _changes(tx, line, window), _newest(tx, line), now):
            known = True
            total += max(timedelta(), min(to_utc, window.to_utc) - max(from_utc, window.from_utc))
    return Amount(value=total / HOUR) if known else None


def stands(tx: Transaction, line: str, window: Window) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of a window that is over in which a line stood, from the first state that is known of it.

    After the newest event nothing is known: a line whose plant hears nothing may run.
    """
    changes = _changes(tx, line, window)
    newest = _newest(tx, line)
    if not changes or newest is None:
        return
    stopped = changes[-1][0] in (LineState.STOPPED.value, STOPPED)
    end = window.to_utc if stopped else min(window.to_utc, newest)
    at = max(window.from_utc, changes[0][1])
    for from_utc, to_utc in sorted(_runs(tx, line, window, changes, newest, window.to_utc)):
        if at < min(from_utc, end):
            yield at, min(from_utc, end)
        at = max(at, to_utc)
    if at < end:
        yield at, end


def _newest(tx: Transaction, line: str) -> datetime | None:
    """When a line's newest event happened."""
    return tx.execute(select(LINES.c.utc).where(LINES.c.line == line)).scalar()


def _runs(
    tx: Transaction,
    line: str,
    window: Window,
    changes: Sequence[tuple[str, datetime]],
    newest: datetime | None,
    now: datetime,
) -> Iterator[tuple[datetime, datetime]]:
    """Stretches in which a line ran and that touch the window.

    A process that was killed says no goodbye: its run ends with its last span before the next start, and one
    that still runs ends with the newest event.
    """
    ends = [*changes[1:], ("", min(now, newest or now))]
    for (state, from_utc), (following, to_utc) in zip(changes, ends[: len(changes)], strict=True):
        if state not in RUNNING:
            continue
        if following == STARTED:
            to_utc = _last_span(tx, line, from_utc, to_utc)
        if to_utc > window.from_utc:
            yield from_utc, to_utc


def _changes(tx: Transaction, line: str, window: Window) -> list[tuple[str, datetime]]:
    """The state before the window and every change within it, in order."""
    before = (
        select(STATES.c.state, STATES.c.utc, STATES.c.order_no)
        .where(STATES.c.line == line, STATES.c.utc < window.from_utc)
        .order_by(STATES.c.order_no.desc())
        .limit(1)
    )
    first = tx.execute(before).first()
    since = first.utc if first else window.from_utc
    states = select(STATES.c.state, STATES.c.utc, STATES.c.order_no).where(
        STATES.c.line == line, STATES.c.utc >= since, STATES.c.utc < window.to_utc
    )
    starts = [
        select(literal(name).label("state"), STARTS.c.utc, STARTS.c.order_no).where(
            STARTS.c.line == line,
            STARTS.c.utc >= since,
            STARTS.c.utc < window.to_utc,
            STARTS.c.started.is_(started),
        )
        for name, started in ((STARTED, True), (STOPPED, False))
    ]
    both = union_all(states, *starts).subquery()
    rows = tx.execute(select(both).order_by(both.c.order_no))
    return [(row.state, row.utc) for row in rows]


def _last_span(tx: Transaction, line: str, from_utc: datetime, to_utc: datetime) -> datetime:
    query = select(func.max(SPANS.c.utc)).where(
        SPANS.c.line == line, SPANS.c.utc >= from_utc, SPANS.c.utc < to_utc
    )
    return tx.execute(query).scalar() or from_utc
