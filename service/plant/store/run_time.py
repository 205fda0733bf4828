"""How long lines ran, from the states they told: actual production time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

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
Standing = tuple[datetime, datetime]
AROUND = timedelta(hours=2)  # of a window: there the change before and behind it is mostly found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A state that a line told, or that its process began or ended."""

    state: str
    utc: datetime
    order_no: int


def run_h(
    tx: Transaction, window: Window, lines: Sequence[str], now: datetime, held: Held = NOTHING_HELD
) -> Amount | None:
    """Hours in which the lines ran; None where no state of them is known in the window."""
    heard = _heard(tx, lines)
    past, rest = past_days(window)
    found: list[timedelta | None] = []
    closed = _closed(heard, past)
    growing = [line for line in lines if line not in closed]
    for parts, some in ((rest, closed), ([window], growing)):
        newest = {line: min(now, heard.get(line, now)) for line in some}
        for part in parts if some else ():
            found += _run_times(tx, part, newest).values()
    if past is not None:
        found += _past_runs(tx, past, closed, held).values()
    known = [run for run in found if run is not None]
    return Amount(value=sum(known, timedelta()) / HOUR) if known else None


def _heard(tx: Transaction, lines: Sequence[str]) -> dict[str, datetime]:
    """When the plant heard of each line last."""
    told = tx.execute(select(LINES.c.line, LINES.c.utc).where(LINES.c.line.in_(lines)))
    return {row.line: row.utc for row in told}


def _closed(heard: Mapping[str, datetime], past: Window | None) -> list[str]:
    """Lines that told something since: their past days are held, since their runs can't grow any more."""
    return [] if past is None else [line for line, moment in heard.items() if moment >= past.to_utc]


def closed_lines(tx: Transaction, lines: Sequence[str], past: Window | None) -> list[str]:
    """Lines whose states within `past` can only change by events that come late."""
    return _closed(_heard(tx, lines), past)


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
    return held.answers(questions, lambda missing: _run_times(tx, past, dict.fromkeys(missing, past.to_utc)))


def _run_times(
    tx: Transaction, window: Window, newest: Mapping[str, datetime]
) -> dict[str, timedelta | None]:
    """How long each line ran within a window; None: no run touches it. `newest`: when each was heard last."""
    told = _told(tx, window, list(newest))
    found: dict[str, timedelta | None] = {}
    for line, heard in newest.items():
        runs = list(_runs(tx, line, window, heard, told[line]))
        inside = (min(to_utc, window.to_utc) - max(from_utc, window.from_utc) for from_utc, to_utc in runs)
        found[line] = sum((max(timedelta(), run) for run in inside), timedelta()) if runs else None
    return found


def stands(tx: Transaction, lines: Sequence[str], window: Window) -> dict[str, list[Standing]]:
    """Stretches of a window that is over in which each line stood, from its first known state on.

    After the newest event nothing is known: a line whose plant hears nothing may run.
    """
    told = _told(tx, window, lines)
    newest = _heard(tx, lines)
    return {line: list(_stands(tx, line, window, heard, told[line])) for line, heard in newest.items()}


def _stands(
    tx: Transaction, line: str, window: Window, newest: datetime, told: Sequence[_Change]
) -> Iterator[Standing]:
    changes = _changes(tx, line, window, told)
    if not changes:
        return
    stopped = changes[-1].state in (LineState.STOPPED.value, STOPPED)
    heard = min(window.to_utc, newest)
    end = window.to_utc if stopped else heard
    at = max(window.from_utc, changes[0].utc)
    for from_utc, to_utc in sorted(_runs(tx, line, window, heard, told)):
        if at < min(from_utc, end):
            yield at, min(from_utc, end)
        at = max(at, to_utc)
    if at < end:
        yield at, end


def _runs(
    tx: Transaction, line: str, window: Window, newest: datetime, told: Sequence[_Change]
) -> Iterator[tuple[datetime, datetime]]:
    """Stretches in which a line ran and that touch the window.

    A process that was killed says no goodbye: its run ends with its last span before the next start, and one
    that still runs ends with the newest event.
    """
    changes = _changes(tx, line, window, told)
    if not changes:
        return
    ends = [*changes[1:], _after(tx, line, changes[-1], window.to_utc, newest, told)]
    for change, end in zip(changes, ends, strict=True):
        if change.state not in RUNNING:
            continue
        to_utc = end.utc
        if end.state == STARTED:
            to_utc = _last_span(tx, line, change.utc, to_utc)
        if to_utc > window.from_utc:
            yield change.utc, to_utc


def _changes(tx: Transaction, line: str, window: Window, told: Sequence[_Change]) -> list[_Change]:
    """The state before the window and every change within it, in order."""
    states = [one for one in told if one.utc < window.from_utc and one.state not in (STARTED, STOPPED)]
    long_ago = [] if states else _before(tx, line, window.from_utc)
    since = states[-1].utc if states else window.from_utc - AROUND if long_ago else window.from_utc
    return [*long_ago, *(one for one in told if since <= one.utc < window.to_utc)]


def _told(tx: Transaction, window: Window, lines: Sequence[str]) -> dict[str, list[_Change]]:
    """Every change of the lines in a window and somewhat around it, each line's in order."""
    bounds = (window.from_utc - AROUND, window.to_utc + AROUND)
    found: dict[str, list[_Change]] = {line: [] for line in lines}
    for query in (_states(bounds), _starts(bounds)):
        for row in tx.execute(query.where(query.selected_columns.line.in_(lines))):
            found[row.line].append(_change(row))
    return {line: sorted(changes, key=lambda one: one.order_no) for line, changes in found.items()}


def _states(bounds: tuple[datetime, datetime]) -> Select[Any]:  # Any: columns of several types
    columns = (STATES.c.line, STATES.c.state, STATES.c.utc, STATES.c.order_no)
    return select(*columns).where(STATES.c.utc >= bounds[0], STATES.c.utc < bounds[1])


def _starts(bounds: tuple[datetime, datetime]) -> Select[Any]:  # Any: as above
    state = case((STARTS.c.started, STARTED), else_=STOPPED).label("state")
    columns = (STARTS.c.line, state, STARTS.c.utc, STARTS.c.order_no)
    return select(*columns).where(STARTS.c.utc >= bounds[0], STARTS.c.utc < bounds[1])


def _change(row: Any) -> _Change:  # Any: row
    return _Change(state=row.state, utc=row.utc, order_no=row.order_no)


def _before(tx: Transaction, line: str, moment: datetime) -> list[_Change]:
    """The state that a line had at a moment, where it changed long ago, and what its process did since."""
    query = _states((touches.FIRST, moment)).where(STATES.c.line == line)
    row = tx.execute(query.order_by(STATES.c.order_no.desc()).limit(1)).first()
    if row is None:
        return []
    starts = _starts((row.utc, moment - AROUND)).where(STARTS.c.line == line)
    return [_change(row), *(_change(one) for one in tx.execute(starts.order_by(STARTS.c.order_no)))]


def _after(
    tx: Transaction, line: str, last: _Change, to_utc: datetime, newest: datetime, told: Sequence[_Change]
) -> _Change:
    """What follows the last change of a window: behind it, the start of a process may end a run within it."""
    still = _Change(state="", utc=newest, order_no=last.order_no)
    if newest < to_utc or last.state not in RUNNING:
        return still
    later = [one for one in told if one.order_no > last.order_no]
    if not later:
        for query in (_states((to_utc, touches.LAST)), _starts((to_utc, touches.LAST))):
            columns = query.selected_columns
            fits = query.where(columns.line == line, columns.order_no > last.order_no)
            later += [_change(row) for row in tx.execute(fits.order_by(columns.order_no).limit(1))]
    following = min(later, key=lambda one: one.order_no, default=still)
    return following if following.state == STARTED else still


def _last_span(tx: Transaction, line: str, from_utc: datetime, to_utc: datetime) -> datetime:
    query = select(func.max(SPANS.c.utc)).where(
        SPANS.c.line == line, SPANS.c.utc >= from_utc, SPANS.c.utc < to_utc
    )
    return tx.execute(query).scalar() or from_utc
