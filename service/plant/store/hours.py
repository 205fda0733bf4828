"""Hourly sums of spans, defects and shots: what a figure over months is added up from.

Kept in step with the rows by what each row adds to its hour; a row that changes takes its old part away.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from service.event_terms import ShotFate
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import HOUR_COUNTS, HOUR_SUMS
from service.plant.store.many import Row
from service.plant.store.merge import Merged
from service.plant.store.tables import DEFECTS, ROLLS, SHOTS, SPANS

HOUR = timedelta(hours=1)
Part = Mapping[str, float]
Change = tuple[str, Row | None, Row]  # table, a row as it was (None: it is new), as it is


def hour_of(moment: datetime) -> datetime:
    """The hour that a moment belongs to."""
    return moment.replace(minute=0, second=0, microsecond=0)


def part_of_span(row: Row) -> Part:
    """What a span adds to its hour."""
    length, seen = row["to_mm"] - row["from_mm"], row["inspected"]
    if not seen:
        return {"not_inspected_mm": length, "not_inspected_kg": row["fed_kg"]}
    return {
        "spans": 1,
        "frames": row["frames"],
        "deadline_misses": row["deadline_misses"],
        "inspected_mm": length,
        "inspected_m2": length * row["width_mm"] / 1e6,
        "decision_ms_sum": row["decision_ms_max"] or 0.0,
        "inspected_kg": row["fed_kg"],
    }


def part_of_defect(row: Row) -> Part:
    """What a defect adds to its hour; marks are counted apart, they are few and change."""
    return {"found": 1, "unsure": int(row["unsure"])}


def part_of_shot(row: Row) -> Part:
    """What a shot adds to its hour, as far as it is known."""
    fate = row["fate"]
    fired = fate == ShotFate.SCHEDULED.value
    return {
        "ordered": 1,
        "answered": int(fate is not None),
        "escaped": int(fate is not None and not fired),
        "ejected_kg": row["ejected_kg"] if fired else 0.0,
        "good_fibre_kg": row["good_fibre_kg"] if fired else 0.0,
    }


PART_OF = {SPANS.name: part_of_span, DEFECTS.name: part_of_defect, SHOTS.name: part_of_shot}


def keys_of(changes: Iterable[Change]) -> set[str]:
    """The keys of the hours in which rows change."""
    return {_key(row) for _, before, after in changes for row in (before, after) if row is not None}


def add_changes(tx: Transaction, hours: Merged, changes: Iterable[Change]) -> None:
    """Add what rows are now (they are stored) and take away what they were."""
    for table, before, after in changes:
        if before is not None:
            _add(hours, before, PART_OF[table](before), -1)
        _add(hours, after, PART_OF[table](after), 1)
        if before is not None and before["utc"] != after["utc"]:
            for moved in (before, after):
                into = hours.row(_key(moved), lambda: {})  # _add has made it
                into["newest_utc"] = newest_in(tx, moved["line"], hour_of(moved["utc"])) or into["newest_utc"]


def newest_in(tx: Transaction, line: str, hour: datetime) -> datetime | None:
    """The newest moment of a line's rows in an hour; None: it has none. The rows must be stored."""
    found = [
        tx.execute(
            select(func.max(moment)).where(table.c.line == line, moment >= hour, moment < hour + HOUR)
        ).scalar()
        for table, moment in (
            (SPANS, SPANS.c.utc),
            (DEFECTS, DEFECTS.c.utc),
            (SHOTS, SHOTS.c.utc),
            (ROLLS, ROLLS.c.ended_utc),
        )
    ]
    return max((moment for moment in found if moment is not None), default=None)


def _add(hours: Merged, row: Row, part: Part, sign: int) -> None:
    into = hours.row(_key(row), lambda: _blank(row))
    for name, number in part.items():
        into[name] += sign * number
    into["demo"] = into["demo"] or row["demo"]
    into["newest_utc"] = max(into["newest_utc"], row["utc"])


def hour_key(line: str, hour: datetime) -> str:
    """The key of a line's hour."""
    return f"{line}|{hour.isoformat()}"


def blank_hour(line: str, hour: datetime, newest: datetime, *, demo: bool) -> Row:
    """An hour without anything in it."""
    nothing: Row = dict.fromkeys(HOUR_COUNTS, 0) | dict.fromkeys(HOUR_SUMS, 0.0)
    return {"line": line, "hour_utc": hour, "demo": demo, "newest_utc": newest, **nothing}


def _key(row: Row) -> str:
    return hour_key(row["line"], hour_of(row["utc"]))


def _blank(row: Row) -> Row:
    return blank_hour(row["line"], hour_of(row["utc"]), row["utc"], demo=row["demo"])
