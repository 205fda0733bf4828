"""What energy counters grew by: whole hours from roll-ups, the edges of a window from the readings.

Both are pieces of a counter's course: its value where the piece begins and ends, and what it grew by between.
Pieces are joined in the order of time. A counter that falls was changed or reset: it counts on from zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, delete, func, literal, select, union_all

from service.event_terms import MeasuredKind, ReadingQuality
from service.plant.store.database import Transaction
from service.plant.store.hour_sums import parts_of
from service.plant.store.hours import HOUR, hour_of
from service.plant.store.ledger_tables import ENERGY, READINGS
from service.plant.store.many import Row, insert_rows
from service.plant.views.kpis import Window

Hour = tuple[str, str, datetime]  # a counter's: line, sensor, the hour's begin
COUNTS = and_(
    READINGS.c.measured == MeasuredKind.ENERGY.value, READINGS.c.quality == ReadingQuality.GOOD.value
)


def energy_kwh(
    tx: Transaction, from_utc: datetime, to_utc: datetime, line: str | None = None
) -> tuple[float | None, int]:
    """What the energy counters of a line (or of all) grew by, and how often a counter was reset.

    None: no counter has two readings in this time.
    """
    lines = None if line is None else [line]
    grown = energy_of_lines(tx, from_utc, to_utc, lines).values()
    return sum(kwh for kwh, _ in grown) if grown else None, sum(resets for _, resets in grown)


def energy_of_lines(
    tx: Transaction, from_utc: datetime, to_utc: datetime, lines: Sequence[str] | None
) -> dict[str, tuple[float, int]]:
    """What the energy counters of each line (None: of all) grew by in kWh, and how often one was reset.

    Only readings of quality GOOD count. Lines without a counter that has two readings in this time are left
    out.
    """
    if from_utc >= to_utc:
        return {}
    whole, edges = parts_of(Window(from_utc=from_utc, to_utc=to_utc))
    pieces = [_of_readings(edge, lines) for edge in edges]
    if whole is not None:
        pieces.append(_of_hours(whole, lines))
    return {row.line: (row.kwh, row.resets) for row in tx.execute(_joined(pieces))}


def add_to_hours(tx: Transaction, rows: Iterable[Row]) -> None:
    """Bring the roll-ups up to date with readings that were just stored.

    Readings after all others of their hour continue it; where one came late, its hour is counted anew.
    """
    new: dict[Hour, list[Row]] = defaultdict(list)
    for row in rows:
        if row["measured"] == MeasuredKind.ENERGY.value and row["quality"] == ReadingQuality.GOOD.value:
            new[row["line"], row["sensor_id"], hour_of(row["utc"])].append(row)
    if not new:
        return
    held = _held(tx, new)
    _write(tx, [_continued(tx, hour, held.get(hour), found) for hour, found in new.items()], set(held))


def _continued(tx: Transaction, hour: Hour, held: Row | None, new: list[Row]) -> Row:
    """An hour's roll-up with new readings in it."""
    new.sort(key=lambda row: row["utc"])
    moments = [row["utc"] for row in new]
    if held is not None:
        moments.insert(0, held["last_utc"])
    if any(later <= earlier for earlier, later in pairwise(moments)):
        held, new = None, _readings_of(tx, hour)  # the database orders readings of one moment
    line, sensor_id, hour_utc = hour
    into = dict(held) if held is not None else _begun(line, sensor_id, hour_utc, new[0])
    for row in new if held is not None else new[1:]:
        fell = row["value"] < into["last_kwh"]
        into["kwh"] += row["value"] if fell else row["value"] - into["last_kwh"]
        into["resets"] += int(fell)
        into["steps"] += 1
        into |= {"last_kwh": row["value"], "last_utc": row["utc"]}
    return into


def _begun(line: str, sensor_id: str, hour_utc: datetime, first: Row) -> Row:
    """An hour with one reading in it."""
    return {
        "line": line,
        "sensor_id": sensor_id,
        "hour_utc": hour_utc,
        "first_kwh": first["value"],
        "last_kwh": first["value"],
        "last_utc": first["utc"],
        "kwh": 0.0,
        "resets": 0,
        "steps": 0,
    }


def _readings_of(tx: Transaction, hour: Hour) -> list[Row]:
    line, sensor_id, hour_utc = hour
    query = (
        select(READINGS.c.utc, READINGS.c.value)
        .where(COUNTS, READINGS.c.line == line, READINGS.c.sensor_id == sensor_id)
        .where(READINGS.c.utc >= hour_utc, READINGS.c.utc < hour_utc + HOUR)
        .order_by(READINGS.c.utc, READINGS.c.reading_id)
    )
    return [dict(row) for row in tx.execute(query).mappings()]


def _held(tx: Transaction, hours: Iterable[Hour]) -> dict[Hour, Row]:
    """Those of these hours that have a roll-up."""
    wanted: dict[str, list[datetime]] = defaultdict(list)
    for line, _, hour_utc in hours:
        wanted[line].append(hour_utc)
    found: dict[Hour, Row] = {}
    for line, moments in wanted.items():
        query = select(ENERGY).where(
            ENERGY.c.line == line, ENERGY.c.hour_utc.between(min(moments), max(moments))
        )
        for row in tx.execute(query).mappings():
            found[line, row["sensor_id"], row["hour_utc"]] = dict(row)
    return {hour: found[hour] for hour in hours if hour in found}


def _write(tx: Transaction, rows: Sequence[Row], held: set[Hour]) -> None:
    """Put roll-ups in place of those that stood for their hours."""
    if held:
        same = [column == bindparam(f"the_{column.name}") for column in ENERGY.primary_key.columns]
        names = [f"the_{column.name}" for column in ENERGY.primary_key.columns]
        statement = delete(ENERGY).where(*same)
        tx.execute(statement, [dict(zip(names, hour, strict=True)) for hour in sorted(held)])
    insert_rows(tx, ENERGY, rows)


def _of_readings(window: Window, lines: Sequence[str] | None) -> Select[tuple[object, ...]]:
    """Every reading of a window as a piece."""
    zero = literal(0)
    return select(
        READINGS.c.line,
        READINGS.c.sensor_id,
        READINGS.c.utc,
        READINGS.c.reading_id.label("tie"),
        READINGS.c.value.label("first_kwh"),
        READINGS.c.value.label("last_kwh"),
        literal(0.0).label("kwh"),
        zero.label("resets"),
        zero.label("steps"),
    ).where(
        COUNTS,
        READINGS.c.utc >= window.from_utc,
        READINGS.c.utc < window.to_utc,
        *_of_lines(READINGS.c.line, lines),
    )


def _of_hours(whole: Window, lines: Sequence[str] | None) -> Select[tuple[object, ...]]:
    """Every hour of a window of whole hours as a piece."""
    return select(
        ENERGY.c.line,
        ENERGY.c.sensor_id,
        ENERGY.c.hour_utc.label("utc"),
        literal("").label("tie"),
        *(ENERGY.c[name] for name in ("first_kwh", "last_kwh", "kwh", "resets", "steps")),
    ).where(
        ENERGY.c.hour_utc >= whole.from_utc,
        ENERGY.c.hour_utc < whole.to_utc,
        *_of_lines(ENERGY.c.line, lines),
    )


def _of_lines(column: ColumnElement[str], lines: Sequence[str] | None) -> list[ColumnElement[bool]]:
    return [] if lines is None else [column.in_(lines)]


def _joined(pieces: Sequence[Select[tuple[object, ...]]]) -> Select[tuple[str, float, int]]:
    """Pieces in the order of time, added up by line, with what a counter grew by from one to the next."""
    piece = union_all(*pieces).subquery()
    last = func.lag(piece.c.last_kwh).over(
        partition_by=(piece.c.line, piece.c.sensor_id), order_by=(piece.c.utc, piece.c.tie)
    )
    step = select(piece, last.label("before")).subquery()
    first, before = step.c.first_kwh, step.c.before
    grown = case((before.is_(None), 0.0), (first < before, first), else_=first - before)
    steps = step.c.steps + case((before.is_(None), 0), else_=1)
    return (
        select(
            step.c.line,
            func.sum(step.c.kwh + grown).label("kwh"),
            func.sum(step.c.resets + case((first < before, 1), else_=0)).label("resets"),
        )
        .group_by(step.c.line)
        .having(func.sum(steps) > 0)
    )
