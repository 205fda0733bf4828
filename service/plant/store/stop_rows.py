"""Stops of lines: stretches in which a line that is known did not run, by the reason that a person gave."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.store import facts, run_time
from service.plant.store.database import Transaction
from service.plant.views.kpis import Window
from service.plant.views.ledger import StopRecord

SHORTEST = timedelta(seconds=10)  # a restart of a line's process is no stop
UNEXPLAINED = ""  # the reason of a stop that nobody explained
Busy = Callable[
    [str, datetime, datetime], timedelta
]  # of a line's stretch, the part that was planned as busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stretch of lost time with one reason; several may be parts of one stop."""

    line: str
    began_utc: datetime  # of the stop that it is a part of
    from_utc: datetime
    to_utc: datetime
    reason: str  # code of the plant's list; empty: nobody gave one
    lost: timedelta  # planned busy time that it took


def stops(
    tx: Transaction, window: Window, lines: Sequence[str], planned: set[str], busy: Busy
) -> Iterator[Stop]:
    """Unplanned stops within a window that is over, in time; `planned` are reasons that cost no time."""
    notes = facts.stops_of(tx, lines, window.from_utc, window.to_utc)
    for line, stretches in run_time.stands(tx, lines, window).items():
        for from_utc, to_utc in stretches:
            if to_utc - from_utc < SHORTEST:
                continue
            for start, end, reason in _parts(from_utc, to_utc, notes[line]):
                lost = timedelta() if reason in planned else busy(line, start, end)
                if lost > timedelta():
                    yield Stop(
                        line=line,
                        began_utc=from_utc,
                        from_utc=start,
                        to_utc=end,
                        reason=reason,
                        lost=lost,
                    )


def _parts(
    from_utc: datetime, to_utc: datetime, notes: Sequence[StopRecord]
) -> Iterator[tuple[datetime, datetime, str]]:
    """Cut a stop where reasons begin and end; the note that began first explains what two explain."""
    at = from_utc
    for note in notes:
        start, end = max(note.from_utc, at), min(note.to_utc, to_utc)
        if start >= end:
            continue
        if start > at:
            yield at, start, UNEXPLAINED
        yield start, end, note.reason
        at = end
    if at < to_utc:
        yield at, to_utc, UNEXPLAINED
