"""Events that become one row each: body → table and columns. Pure."""

import json
from typing import Any

from sqlalchemy import Table

from service.events import (
    AlarmCleared,
    AlarmRaised,
    CommandAnswered,
    Event,
    LineStarted,
    LineStopped,
    SpanInspected,
    SpanNotInspected,
    StateChanged,
)
from service.picture_events import PictureDropped, PictureKept
from service.plant.store import tables
from service.plant.store.columns import said_text
from service.plant.store.intake import columns_of
from service.plant.store.many import Row
from service.said.sayings import Saying
from service.shadow_events import ShadowCompared


def common(event: Event, order_no: int) -> Row:
    """Tenant, clocks, demo flag."""
    return {
        **columns_of(event.tenant),
        "utc": event.stamp.utc,
        "mono_ns": event.stamp.mono_ns,
        "encoder_mm": event.stamp.encoder_mm,
        "order_no": order_no,
        "demo": event.demo,
    }


def row_of(event: Event, order_no: int) -> tuple[Table, Row] | None:
    """The table and the row of an event that has a row of its own."""
    found = _body_row(event.body)
    if found is None:
        return None
    table, row = found
    return table, {"log_id": event.log_id, "seq": event.seq, **common(event, order_no), **row}


def _body_row(body: Any) -> tuple[Table, Row] | None:
    match body:
        case SpanInspected():
            return tables.SPANS, _inspected(body)
        case SpanNotInspected():
            return tables.SPANS, _not_inspected(body)
        case AlarmRaised():
            return tables.ALARM_EVENTS, _alarm(body, raised=True, detail=body.detail, said=body.said)
        case AlarmCleared():
            return tables.ALARM_EVENTS, _alarm(body, raised=False)
        case LineStarted():
            return tables.STARTS, {"started": True}
        case LineStopped():
            return tables.STARTS, {"started": False}
        case StateChanged():
            return tables.STATES, {"state": body.state.value, "cause": body.cause}
        case PictureKept() | PictureDropped():
            return tables.PICTURE_NOTES, _picture(body)
        case CommandAnswered():
            return tables.COMMAND_ANSWERS, _answer(body)
        case ShadowCompared():
            return tables.SHADOW_COMPARISONS, _compared(body)
    return None


def _inspected(body: SpanInspected) -> Row:
    return {
        "roll_id": body.roll_id,
        "lot_id": body.lot_id,
        "inspected": True,
        "from_mm": body.from_mm,
        "to_mm": body.to_mm,
        "width_mm": body.inspected_width_mm,
        "reason": "",
        "detail": "",
        "frames": body.frames,
        "clean": body.clean,
        "defective": body.defective,
        "unsure": body.unsure,
        "deadline_misses": body.deadline_misses,
        "decision_ms_max": body.capture_to_decision_ms_max,
        "stage_ms": json.dumps(body.stage_ms),
        "fed_kg": body.fed_kg,
        "trash_area_pct": body.trash_area_pct,
        "calibration_expired": body.calibration_expired,
    }


def _not_inspected(body: SpanNotInspected) -> Row:
    nothing = dict.fromkeys(("frames", "clean", "defective", "unsure", "deadline_misses"), 0)
    return {
        "roll_id": body.roll_id,
        "lot_id": body.lot_id,
        "inspected": False,
        "from_mm": body.from_mm,
        "to_mm": body.to_mm,
        "width_mm": 0.0,
        "reason": body.reason.value,
        "detail": body.detail,
        **nothing,
        "decision_ms_max": None,
        "stage_ms": "{}",
        "fed_kg": body.fed_kg,
        "trash_area_pct": None,
        "calibration_expired": False,
    }


def _picture(body: PictureKept | PictureDropped) -> Row:
    row: Row = {"sha256": body.sha256, "why": body.why.value, "dropped": True, "media_type": "", "bytes": 0}
    optional = ("roll_id", "lot_id", "web_mm", "x0_mm", "mm_per_px", "score")
    row |= dict.fromkeys(optional)
    if isinstance(body, PictureKept):
        row |= {name: getattr(body, name) for name in optional}
        row |= {"dropped": False, "media_type": body.media_type, "bytes": body.bytes}
    return row


def _alarm(
    body: AlarmRaised | AlarmCleared, *, raised: bool, detail: str = "", said: tuple[Saying, ...] = ()
) -> Row:
    return {"code": body.code, "raised": raised, "detail": detail, "said": said_text(said)}


def _answer(body: CommandAnswered) -> Row:
    return {
        "command_id": body.command_id,
        "command": body.command,
        "outcome": body.outcome.value,
        "detail": body.detail,
        "said": said_text(body.said),
    }


def _compared(body: ShadowCompared) -> Row:
    names = ("article", "active_bundle_id", "shadow_bundle_id", "skipped")
    pairs = [(pair.active, pair.shadow, pair.frames) for pair in body.verdicts]
    return {name: getattr(body, name) for name in names} | {"verdicts": json.dumps(pairs)}
