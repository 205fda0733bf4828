"""Events of scales and sensors → flows and readings; readings that came by other ways."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select

from service.event_terms import MeasuredKind, ReadingQuality
from service.events import Event
from service.measured_events import MassWeighed, SensorRead
from service.plant.errors import PlantError
from service.plant.ledger.terms import Basis, Origin, Step
from service.plant.ledger.units import convert_reading
from service.plant.store import energy
from service.plant.store.database import Transaction
from service.plant.store.intake import chunks, columns_of
from service.plant.store.ledger_tables import FLOWS, READINGS
from service.plant.store.many import Row
from service.plant.views.ledger import Reading


def book_measured(tx: Transaction, events: Sequence[Event]) -> None:
    """Write what scales and sensors at lines said; sent again after a rebuild, written once."""
    flows = [_flow(event, event.body) for event in events if isinstance(event.body, MassWeighed)]
    if flows:
        tx.execute(insert(FLOWS), flows)
    add_readings(tx, [_reading(event, event.body) for event in events if isinstance(event.body, SensorRead)])


def add_readings(tx: Transaction, rows: Sequence[Row]) -> list[str]:
    """Keep readings that are not held yet; returns the ids of those that are new."""
    by_id = {row["reading_id"]: row for row in rows}
    for part in chunks(sorted(by_id)):
        for held in tx.execute(
            select(READINGS.c.reading_id).where(READINGS.c.reading_id.in_(part))
        ).scalars():
            del by_id[held]
    if by_id:
        tx.execute(insert(READINGS), list(by_id.values()))
        energy.add_to_hours(tx, by_id.values())
    return list(by_id)


def held(tx: Transaction, reading_ids: Sequence[str]) -> list[Row]:
    """Those of these readings that are kept already."""
    found: list[Row] = []
    for part in chunks(reading_ids):
        query = select(READINGS).where(READINGS.c.reading_id.in_(part))
        found += [dict(row) for row in tx.execute(query).mappings()]
    return found


def newest(
    tx: Transaction,
    from_utc: datetime,
    to_utc: datetime,
    offset: int,
    limit: int,
    *,
    line: str | None = None,
    sensor_id: str | None = None,
    measured: MeasuredKind | None = None,
) -> tuple[int, tuple[Reading, ...]]:
    """How many readings there are in a stretch of time, and one page of them, newest first."""
    wanted = _wanted(from_utc, to_utc, line, sensor_id, measured)
    total = tx.execute(select(func.count()).select_from(READINGS).where(*wanted)).scalar_one()
    query = select(READINGS).where(*wanted).order_by(READINGS.c.utc.desc(), READINGS.c.reading_id)
    rows = tx.execute(query.offset(offset).limit(limit)).mappings()
    return int(total), tuple(_view(dict(row)) for row in rows)


def _wanted(
    from_utc: datetime,
    to_utc: datetime,
    line: str | None,
    sensor_id: str | None,
    measured: MeasuredKind | None,
) -> list[ColumnElement[bool]]:
    wanted = [READINGS.c.utc >= from_utc, READINGS.c.utc < to_utc]
    for column, value in (
        (READINGS.c.line, line),
        (READINGS.c.sensor_id, sensor_id),
        (READINGS.c.measured, measured.value if measured else None),
    ):
        if value is not None:
            wanted.append(column == value)
    return wanted


def trusted_reading(
    measured: MeasuredKind, value: float | None, unit: str, quality: ReadingQuality, detail: str
) -> tuple[float | None, str, ReadingQuality, str]:
    """A reading in the ledger's unit; one that can't be converted is kept as it came, and is bad."""
    if value is None:
        told = detail or "it came without a value"
        return None, unit, ReadingQuality.BAD, told
    try:
        value, unit = convert_reading(measured, value, unit)
    except PlantError as error:  # an event is a fact: kept as it came, but not counted
        return value, unit, ReadingQuality.BAD, str(error)
    return value, unit, quality, detail


def _flow(event: Event, body: MassWeighed) -> Row:
    return {
        "entry_id": f"{event.log_id}/{event.seq}",
        **columns_of(event.tenant),
        "demo": event.demo,
        "utc": event.stamp.utc,
        "flow": body.flow.value,
        "step": (Step.ROLL if body.roll_id else Step.RUN).value,
        "unit_id": body.roll_id or body.lot_id or "",
        "lot_id": body.lot_id or "",
        "basis": Basis.MASS.value,
        "quantity": body.mass_kg,
        "given_value": body.mass_kg,
        "given_unit": "kg",
        "conversion": f"scale {body.scale_id}: {body.given}"[:255],
        "cause": "",
        "origin": Origin.SCALE.value,
        "superseded_by": None,
    }


def _reading(event: Event, body: SensorRead) -> Row:
    value, unit, quality, detail = trusted_reading(
        body.measured, body.value, body.unit, body.quality, body.detail
    )
    return {
        "reading_id": f"{event.log_id}/{event.seq}",
        **columns_of(event.tenant),
        "demo": event.demo,
        "utc": event.stamp.utc,
        "sensor_id": body.sensor_id,
        "measured": body.measured.value,
        "value": value,
        "unit": unit,
        "quality": quality.value,
        "detail": detail,
        "origin": Origin.EVENT.value,
    }


def _view(row: Row) -> Reading:
    names = ("reading_id", "line", "utc", "sensor_id", "value", "unit", "detail", "demo")
    return Reading(
        measured=MeasuredKind(row["measured"]),
        quality=ReadingQuality(row["quality"]),
        origin=Origin(row["origin"]),
        **{name: row[name] for name in names},
    )
