"""Writes hourly sums: what rows add and take away, and the part that comes of ended rolls, counted anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from service.plant.store import produced, touches
from service.plant.store.database import Transaction
from service.plant.store.hour_sums import RollGroup, roll_groups, sums_of
from service.plant.store.hours import (
    HOUR,
    Change,
    add_changes,
    blank_hour,
    hour_key,
    hour_of,
    keys_of,
    newest_in,
)
from service.plant.store.intake import chunks
from service.plant.store.ledger_tables import HOURS, PRODUCED, ROLL_COUNTS, ROLL_SUMS
from service.plant.store.merge import Merged
from service.plant.store.tables import DEFECTS, GRADES, ROLLS, SHOTS, SPANS
from service.plant.store.touches import Stretch
from service.plant.views.kpis import Window

FILL_BATCH = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RollEnd:
    """Where a roll ends, or ended until now."""

    line: str
    utc: datetime
    demo: bool  # rendered input had a part
    left: bool = False  # it ends elsewhere now

    @property
    def key(self) -> str:
        """Of its hour."""
        return hour_key(self.line, hour_of(self.utc))


def write_hours(tx: Transaction, changes: Sequence[Change], ends: Sequence[RollEnd]) -> None:
    """Bring the hourly sums up to date with rows that are stored, and with rolls and grades of some hours."""
    keys = keys_of(changes) | {end.key for end in ends}
    if not keys:
        return
    hours = Merged(tx, HOURS, sorted(keys))
    add_changes(tx, hours, changes)
    counted = {(end.line, hour_of(end.utc)): end for end in ends}
    for end in ends:
        row = hours.row(end.key, lambda: blank_hour(end.line, hour_of(end.utc), end.utc, demo=end.demo))  # noqa: B023
        row["demo"] = row["demo"] or end.demo
        newest = newest_in(tx, end.line, hour_of(end.utc)) if end.left else end.utc
        row["newest_utc"] = newest or end.utc if end.left else max(row["newest_utc"], end.utc)
    groups: dict[tuple[str, datetime], list[RollGroup]] = {}
    for (line, hour), end in counted.items():
        row = hours.known(end.key)
        groups[line, hour] = roll_groups(tx, Window(from_utc=hour, to_utc=hour + HOUR), [line])
        row |= dict.fromkeys(ROLL_COUNTS, 0) | dict.fromkeys(ROLL_SUMS, 0.0)
        row |= sums_of(groups[line, hour]).get(line, {})
    hours.write()
    produced.write(tx, groups)
    touches.note(tx, _touched(hours))


def _touched(hours: Merged) -> Iterator[Stretch]:
    """Each line's time from its first to its last hour that was written to."""
    by_line: dict[str, list[datetime]] = {}
    for _, row in hours.changes():
        by_line.setdefault(row["line"], []).append(row["hour_utc"])
    for line, found in by_line.items():
        yield Stretch(line=line, from_utc=min(found), to_utc=max(found) + HOUR)


def lacks_products(tx: Transaction) -> bool:
    """Whether graded rolls are older than the roll-ups of what was made."""
    if tx.execute(select(PRODUCED.c.hour_key).limit(1)).first() is not None:
        return False
    return tx.execute(select(GRADES.c.id).where(GRADES.c.grade.is_not(None)).limit(1)).first() is not None


def count_every_roll(tx: Transaction) -> None:
    """Count anew every hour in which a roll ended."""
    query = select(ROLLS.c.line, ROLLS.c.ended_utc, ROLLS.c.demo).where(ROLLS.c.ended_utc.is_not(None))
    ends = {}
    for row in tx.execute(query):
        end = RollEnd(line=row.line, utc=row.ended_utc, demo=row.demo)
        ends[end.key] = end
    for keys in chunks(sorted(ends)):
        write_hours(tx, (), [ends[key] for key in keys])


def fill_hours(tx: Transaction) -> bool:
    """Make the hourly sums of spans, defects and shots that are older than this table; returns whether.

    The sums of rolls follow when they are graded.
    """
    if tx.execute(select(HOURS.c.hour_key).limit(1)).first() is not None:
        return False
    if tx.execute(select(func.count()).select_from(SPANS)).scalar_one() == 0:
        return False
    for table in (SPANS, DEFECTS, SHOTS):
        rows: list[Any] = []
        for row in tx.execute(select(table).execution_options(yield_per=FILL_BATCH)).mappings():
            rows.append((table.name, None, dict(row)))
            if len(rows) == FILL_BATCH:
                write_hours(tx, rows, ())
                rows = []
        write_hours(tx, rows, ())
    return True
