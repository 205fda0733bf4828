"""What a window adds up to, line by line: past days are held, whole hours are roll-ups, edges are rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from service.plant.memo import Held, Question
from service.plant.store import produced
from service.plant.store.database import Transaction
from service.plant.store.hour_sums import Sums, edge_sums, hour_sums, parts_of, roll_groups
from service.plant.store.hours import HOUR, hour_of
from service.plant.store.ledger_tables import HOURS
from service.plant.store.produced import Made
from service.plant.store.touches import Stretch
from service.plant.views.kpis import Window

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Sums and products of some lines over a part of a window."""

    sums: Sums
    made: dict[str, Made]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The parts of a window."""

    parts: Sequence[Part]

    def of(self, lines: Sequence[str]) -> list[dict[str, Any]]:  # Any: numbers, a moment and a flag
        """The sums of these lines in each part."""
        return [part.sums[line] for part in self.parts for line in lines if line in part.sums]

    def made(self, lines: Sequence[str]) -> Made:
        """Area of these lines by article and grade."""
        total: Made = defaultdict(float)
        for part in self.parts:
            for line in lines:
                for key, m2 in part.made.get(line, {}).items():
                    total[key] += m2
        return dict(total)


def count_parts(tx: Transaction, window: Window, lines: Sequence[str], held: Held) -> Counted:
    """Count a window."""
    whole, edges = parts_of(window)
    past, hours = past_days(whole) if whole is not None else (None, [])
    found = [_whole(tx, part, lines) for part in hours]
    for edge in edges:
        found += _edge(tx, edge, lines)
    if past is not None:
        found.append(_past(tx, past, lines, held))
    return Counted(parts=found)


def past_days(whole: Window) -> tuple[Window | None, list[Window]]:
    """Cut whole hours into whole days (UTC) and the hours before and behind them."""
    first, last = _midnight(whole.from_utc), _midnight(whole.to_utc)
    if first < whole.from_utc:
        first += DAY
    if first >= last:
        return None, [whole]
    pairs = ((whole.from_utc, first), (last, whole.to_utc))
    rest = [Window(from_utc=start, to_utc=end) for start, end in pairs if start < end]
    return Window(from_utc=first, to_utc=last), rest


def _past(tx: Transaction, past: Window, lines: Sequence[str], held: Held) -> Part:
    questions = {
        line: Question(
            name=("counts", line, past.from_utc, past.to_utc),
            about=Stretch(line=line, from_utc=past.from_utc, to_utc=past.to_utc),
        )
        for line in lines
    }

    def count(missing: Sequence[str]) -> dict[str, tuple[dict[str, Any] | None, Made]]:  # Any: as above
        part = _whole(tx, past, missing)
        return {line: (part.sums.get(line), part.made.get(line, {})) for line in missing}

    answers = held.answers(questions, count)
    return Part(
        sums={line: sums for line, (sums, _) in answers.items() if sums is not None},
        made={line: made for line, (_, made) in answers.items()},
    )


def _whole(tx: Transaction, whole: Window, lines: Sequence[str]) -> Part:
    return Part(sums=hour_sums(tx, whole, lines), made=produced.of_hours(tx, whole, lines))


def _edge(tx: Transaction, edge: Window, lines: Sequence[str]) -> list[Part]:
    """Less than an hour, from rows; of lines that have nothing behind the edge, from their hour's sums."""
    begun = edge.from_utc == hour_of(edge.from_utc)
    newest = _newest(tx, edge.from_utc, lines) if begun else {}
    full = [line for line in lines if line in newest and newest[line] < edge.to_utc]
    cut = [line for line in lines if line in newest and newest[line] >= edge.to_utc] if begun else list(lines)
    found = []
    if full:
        found.append(_whole(tx, Window(from_utc=edge.from_utc, to_utc=edge.from_utc + HOUR), full))
    if cut:
        groups = roll_groups(tx, edge, cut)
        found.append(Part(sums=edge_sums(tx, edge, cut, groups), made=produced.of_rolls(groups)))
    return found


def _newest(tx: Transaction, hour: datetime, lines: Sequence[str]) -> dict[str, datetime]:
    query = select(HOURS.c.line, HOURS.c.newest_utc).where(HOURS.c.hour_utc == hour, HOURS.c.line.in_(lines))
    return {row.line: row.newest_utc for row in tx.execute(query)}


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
