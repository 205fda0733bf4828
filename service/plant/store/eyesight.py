"""What a line last said of its camera, from the raw events: nothing of it is summed, so it needs no table."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select

from service.camera_events import CalibrationUsed, PictureMeasured
from service.events import EVENT_CODEC, Event
from service.measured_events import LampRead
from service.plant.store.database import Transaction
from service.plant.store.tables import EVENTS, SPANS

LOOK_BACK = 50_000  # events of the line; it measures once a minute
Told = TypeVar("Told", CalibrationUsed, PictureMeasured, LampRead)
KINDS = {
    CalibrationUsed: "calibration_used",
    PictureMeasured: "picture_measured",
    LampRead: "lamp_read",
}


def newest(tx: Transaction, line: str, kind: type[Told]) -> tuple[Event, Told] | None:
    """The line's newest event of a kind; None: it never said it, or long ago."""
    lately = (
        select(EVENTS.c.raw, EVENTS.c.kind, EVENTS.c.order_no)
        .where(EVENTS.c.line == line)
        .order_by(EVENTS.c.order_no.desc())
        .limit(LOOK_BACK)
        .subquery()
    )
    query = (
        select(lately.c.raw).where(lately.c.kind == KINDS[kind]).order_by(lately.c.order_no.desc()).limit(1)
    )
    raw = tx.execute(query).scalar()
    if raw is None:
        return None
    event = EVENT_CODEC.validate_json(raw)
    return (event, event.body) if isinstance(event.body, kind) else None


def expired_since(tx: Transaction, line: str, since: datetime) -> float:
    """Millimetres that were inspected since a moment while a part of the calibration had run out."""
    query = select(func.sum(SPANS.c.to_mm - SPANS.c.from_mm)).where(
        SPANS.c.line == line, SPANS.c.utc >= since, SPANS.c.calibration_expired
    )
    return float(tx.execute(query).scalar() or 0.0)
