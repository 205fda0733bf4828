"""The part of hourly sums that comes of ended rolls and grades: counted anew where it changed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from service.plant.store.database import Transaction
from service.plant.store.hour_sums import roll_sums
from service.plant.store.hours import HOUR, blank_hour, hour_key, hour_of, newest_in, update_hours
from service.plant.store.ledger_tables import HOURS, ROLL_COUNTS, ROLL_SUMS
from service.plant.store.merge import Merged
from service.plant.store.tables import DEFECTS, SHOTS, SPANS
from service.plant.views.kpis import Window

FILL_BATCH = 5_000


def count_rolls(tx: Transaction, ended: Iterable[tuple[str, datetime, bool]]) -> None:
    """Count anew the hours in which these rolls ended: (line, when, whether rendered input had a part)."""
    wanted = {(line, hour_of(moment)): (moment, demo) for line, moment, demo in ended}
    if not wanted:
        return
    hours = Merged(tx, HOURS, sorted({hour_key(line, hour) for line, hour in wanted}))
    for (line, hour), (moment, demo) in wanted.items():
        row = hours.row(hour_key(line, hour), lambda: blank_hour(line, hour, moment, demo=demo))  # noqa: B023
        row |= dict.fromkeys(ROLL_COUNTS, 0) | dict.fromkeys(ROLL_SUMS, 0.0)
        row["demo"] = row["demo"] or demo
        sums = roll_sums(tx, Window(from_utc=hour, to_utc=hour + HOUR), [line]).get(line, {})
        row |= {name: value for name, value in sums.items() if name != "line"}
        row["newest_utc"] = newest_in(tx, line, hour) or moment
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
                update_hours(tx, rows)
                rows = []
        update_hours(tx, rows)
    return True
