"""How long lines ran, from the states they told: actual production time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select, union_all

from service.event_terms import LineState
from service.plant.kpi.inputs import Amount
from service.plant.memo import NOTHING_HELD, Held, Question
from service.plant.store import touches
from service.plant.store.database import Transaction
from service.plant.store.parts import past_days
from service.plant.store.tables import LINES, SPANS, STARTS, STATES
from service.plant.store.touches import Stretch
from service.plant.views.kpis import Window

RUNNING = (LineState.RUNNING.value, LineState.DEGRADED.value)
STARTED, STOPPED = "line_started", "line_stopped"
HOUR = timedelta(hours=1)


def run_h(
    tx: Transaction, window: Window, lines: Sequence[str], now: datetime, held: Held = NOTHING_HELD
) -> Amount | None:
    """Hours in which the lines ran; None where no state of them is known in the window."""
    told = tx.execute(select(LINES.c.line, LINES.c.utc).where(LINES.c.line.in_(lines)))
    heard = {row.line: row.utc for row in told}
    past, rest = past_days(window)
    found: list[timedelta | None] = []
    # Past days are held of lines that told something since: their runs can't grow any more.
    closed = [line for line in lines if past is not None and line in heard and heard[line] >= past.to_utc]
    for line in lines:
        parts = rest if line in closed else [window]
        found += [_run(tx, line, part, min(now, heard.get(line, now))) for part in parts]
    if past is not None:
        found += _past_runs(tx, past, closed, held).values()
    known = [run for run in found if run is not None]
    return Amount(value=sum(known, timedelta()) / HOUR) if known else None


def touch_runs(tx: Transaction, line: str, first: datetime) -> None:
    """Note that a line's runs are others now: from the one on in which its earliest new state falls."""
    before = [
        tx.execute(select(func.max(table.c.utc)).where(table.c.line == line, table.c.utc < first)).scalar()
        for table in (STATES, STARTS)
    ]
    since = min([first, *(moment for moment in before if moment is not None)])
    touches.note(tx, [Stretch(line=line, from_utc=since, to_utc=touches.LAST)])


def _past_runs(
    tx: Transaction, past: Window, lines: Sequence[str], held: Held
) -> dict[str, timedelta | None]:
    questions = {
        line: Question(
            name=("run", line, past.from_utc, past.to_utc),
            about=Stretch(line=line, from_utc=past.from_utc, to_utc=past.to_utc),
        )
        for line in lines
    }
    return held.answers(
        questions, lambda missing: {line: _run(tx, line, past, past.to_utc) for line in missing}
    )


def _run(tx: Transaction, line: str, window: Window, newest: datetime) -> timedelta | None:
    """How long a line ran within a window; None: no run touches it."""
    runs = list(_runs(tx, line, window, newest))
    inside = (min(to_utc, window.to_utc) - max(from_utc, window.from_utc) for from_utc, to_utc in runs)
    return sum((max(timedelta(), run) for run in inside), timedelta()) if runs else None


def _runs(
    tx: Transaction, line: str, window: Window, newest: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Stretches in which a line ran and that touch the window.

    A process that was killed says no goodbye: its run ends with its last span before the next start, and one
    that still runs ends with the newest event.
    """
    changes = _changes(tx, line, window)
    last = changes[-1][2] if changes else None
    following = _next(tx, line, last, window.to_utc) if changes and changes[-1][0] in RUNNING else None
    ends = [*((state, utc) for state, utc, _ in changes[1:]), following or ("", newest)]
    for (state, from_utc, _), (after, to_utc) in zip(changes, ends[: len(changes)], strict=True):
        if state not in RUNNING:
            continue
        if after == STARTED:
            to_utc = _last_span(tx, line, from_utc, to_utc)
        if to_utc > window.from_utc:
            yield from_utc, to_utc


def _next(tx: Transaction, line: str, order_no: int | None, to_utc: datetime) -> tuple[str, datetime] | None:
    """The start of a process that follows a run: behind the window, it may still end the run within it."""
    query = select(STARTS.c.utc, STARTS.c.order_no).where(
        STARTS.c.line == line, STARTS.c.order_no > (order_no or 0), STARTS.c.started
    )
    start = tx.execute(query.order_by(STARTS.c.order_no).limit(1)).first()
    if start is None or start.utc < to_utc:
        return None
    between = select(STATES.c.seq).where(
        STATES.c.line == line, STATES.c.order_no > (order_no or 0), STATES.c.order_no < start.order_no
    )
    stopped = select(STARTS.c.seq).where(
        STARTS.c.line == line, STARTS.c.order_no > (order_no or 0), STARTS.c.order_no < start.order_no
    )
    if any(tx.execute(query.limit(1)).first() is not None for query in (between, stopped)):
        return None
    return STARTED, start.utc


def _changes(tx: Transaction, line: str, window: Window) -> list[tuple[str, datetime, int]]:
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
    return [(row.state, row.utc, row.order_no) for row in rows]


def _last_span(tx: Transaction, line: str, from_utc: datetime, to_utc: datetime) -> datetime:
    query = select(func.max(SPANS.c.utc)).where(
        SPANS.c.line == line, SPANS.c.utc >= from_utc, SPANS.c.utc < to_utc
    )
    return tx.execute(query).scalar() or from_utc
