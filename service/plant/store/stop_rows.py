"""Stops of lines: stretches in which a line that is known did not run, by the reason that a person gave."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.plant.memo import Held, Question
from service.plant.store import facts, run_time
from service.plant.store.database import Transaction
from service.plant.store.parts import past_days
from service.plant.store.run_time import Standing
from service.plant.store.touches import Stretch
from service.plant.views.kpis import Window
from service.plant.views.ledger import StopRecord

MINUTE = timedelta(minutes=1)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSums:
    """Stops added up."""

    count: int = 0
    minutes: Mapping[str, float] = field(default_factory=dict)  # by reason, of lost time
    at_ends: tuple[Standing, ...] = ()  # left out: they touch an end of their window and may go on outside it


def stops(
    tx: Transaction, window: Window, lines: Sequence[str], planned: set[str], busy: Busy
) -> Iterator[Stop]:
    """Unplanned stops within a window that is over, in time; `planned` are reasons that cost no time."""
    notes = facts.stops_of(tx, lines, window.from_utc, window.to_utc)
    for line, stretches in run_time.stands(tx, lines, window).items():
        yield from _stops_in(line, stretches, notes[line], planned, busy)


def sums(
    tx: Transaction, window: Window, lines: Sequence[str], planned: set[str], busy: Busy, held: Held
) -> StopSums:
    """The same stops added up; those of past days are held."""
    notes = facts.stops_of(tx, lines, window.from_utc, window.to_utc)
    past, rest = past_days(window)
    closed = run_time.closed_lines(tx, lines, past)
    growing = [line for line in lines if line not in closed]
    stood: dict[str, list[Standing]] = {line: [] for line in lines}
    for parts, some in ((rest, closed), ([window], growing)):
        for part in parts if some else ():
            for line, stretches in run_time.stands(tx, some, part).items():
                stood[line] += stretches
    found = []
    if past is not None:
        for line, one in _past_sums(
            tx, past, {line: notes[line] for line in closed}, planned, busy, held
        ).items():
            found.append(one)
            stood[line] += one.at_ends
    found += [_added(_stops_in(line, _joined(stood[line]), notes[line], planned, busy)) for line in lines]
    minutes: dict[str, float] = defaultdict(float)
    for one in found:
        for reason, lost in one.minutes.items():
            minutes[reason] += lost
    return StopSums(count=sum(one.count for one in found), minutes=minutes)


def _past_sums(
    tx: Transaction,
    past: Window,
    notes: Mapping[str, Sequence[StopRecord]],
    planned: set[str],
    busy: Busy,
    held: Held,
) -> dict[str, StopSums]:
    """Each line's stops within past days; a reason given later asks another question."""
    questions = {
        line: Question(
            name=("stops", line, past.from_utc, past.to_utc, tuple(of_line)),
            about=Stretch(line=line, from_utc=past.from_utc, to_utc=past.to_utc),
        )
        for line, of_line in notes.items()
    }

    def add_up(missing: Sequence[str]) -> dict[str, StopSums]:
        found = {line: StopSums() for line in missing}
        for line, stretches in run_time.stands(tx, missing, past).items():
            at_ends = tuple(one for one in stretches if one[0] == past.from_utc or one[1] == past.to_utc)
            inside = [one for one in stretches if one not in at_ends]
            found[line] = replace(
                _added(_stops_in(line, inside, notes[line], planned, busy)), at_ends=at_ends
            )
        return found

    return held.answers(questions, add_up)


def _added(found: Iterable[Stop]) -> StopSums:
    minutes: dict[str, float] = defaultdict(float)
    began = set()
    for stop in found:
        minutes[stop.reason] += stop.lost / MINUTE
        began.add(stop.began_utc)
    return StopSums(count=len(began), minutes=minutes)


def _joined(stretches: Sequence[Standing]) -> Iterator[Standing]:
    """Put stretches of one line together that were cut at the ends of windows."""
    last: Standing | None = None
    for from_utc, to_utc in sorted(stretches):
        if last is not None and from_utc == last[1]:
            last = (last[0], to_utc)
            continue
        if last is not None:
            yield last
        last = (from_utc, to_utc)
    if last is not None:
        yield last


def _stops_in(
    line: str, stretches: Iterable[Standing], notes: Sequence[StopRecord], planned: set[str], busy: Busy
) -> Iterator[Stop]:
    for from_utc, to_utc in stretches:
        if to_utc - from_utc < SHORTEST:
            continue
        for start, end, reason in _parts(from_utc, to_utc, notes):
            lost = timedelta() if reason in planned else busy(line, start, end)
            if lost > timedelta():
                yield Stop(
                    line=line, began_utc=from_utc, from_utc=start, to_utc=end, reason=reason, lost=lost
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
