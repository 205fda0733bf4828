"""Writes hourly sums: what rows add and take away, and the part that comes of ended rolls, counted anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from service.plant.store.database import Transaction
from service.plant.store.hour_sums import roll_sums
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
from service.plant.store.ledger_tables import HOURS, ROLL_COUNTS, ROLL_SUMS
from service.plant.store.merge import Merged
from service.plant.store.tables import DEFECTS, SHOTS, SPANS
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
    for (line, hour), end in counted.items():
        row = hours.known(end.key)
        row |= dict.fromkeys(ROLL_COUNTS, 0) | dict.fromkeys(ROLL_SUMS, 0.0)
        sums = roll_sums(tx, Window(from_utc=hour, to_utc=hour + HOUR), [line]).get(line, {})
        row |= {name: value for name, value in sums.items() if name != "line"}
    hours.write()


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
