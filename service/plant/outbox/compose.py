"""Facts → messages. Pure: the same fact gives the same message, byte for byte."""

from collections.abc import Mapping
from typing import Any  # fields by name

from service.event_terms import LineState
from service.events import (
    AlarmCleared,
    AlarmRaised,
    DefectFound,
    Event,
    LineStarted,
    LineStopped,
    LotEnded,
    LotStarted,
    RollEnded,
    RollStarted,
    StateChanged,
    Tenant,
)
from service.mill_terms import Phase
from service.plant.outbox.messages import (
    AlarmBody,
    Body,
    DefectBody,
    LineStateBody,
    LotBody,
    Message,
    Place,
    RollBody,
    RollGradeBody,
    ShiftKpiBody,
    message_id,
)
from service.plant.views.kpis import Kpi, Window
from service.plant.views.rolls import GradeView


def message_of(event: Event, order_no: int, newest_state: Mapping[str, int]) -> Message | None:
    """What is told of an event; None: nothing.

    Args:
        event: as delivered.
        order_no: its place among all events of its line.
        newest_state: line → order_no of the newest change of state that the plant knows.
    """
    body = _body(event, current=newest_state.get(event.tenant.line) == order_no)
    if body is None:
        return None
    return Message(
        message_id=message_id("event", event.log_id, event.seq),
        happened_utc=event.stamp.utc,
        place=place_of(event.tenant),
        demo=event.demo,
        body=body,
    )


def grade_message(
    grade_id: int, tenant: Tenant, roll_id: str, grade: GradeView, *, defects: int, demo: bool
) -> Message:
    """What is told of a grade that came into force."""
    names = (
        *("grade", "status", "reason", "points", "points_per_100_m2", "length_m", "inspected_length_m"),
        *("width_mm", "area_m2", "coverage", "profile_id", "profile_version", "contract_is_example"),
    )
    return Message(
        message_id=message_id("grade", tenant.enterprise, tenant.site, grade_id),
        happened_utc=grade.graded_utc,
        place=place_of(tenant),
        demo=demo,
        body=RollGradeBody(
            roll_id=roll_id, defects=defects, **{name: getattr(grade, name) for name in names}
        ),
    )


def kpi_message(figure: Kpi, window: Window, place: Place) -> Message:
    """What is told of a figure of a shift that has ended."""
    names = (
        *("slug", "basis", "value", "unit", "numerator", "numerator_unit", "denominator"),
        *("denominator_unit", "formula", "window_from", "window_to", "completeness", "missing"),
    )
    origin = ("kpi", place.enterprise, place.site, place.line, figure.slug, figure.basis)
    return Message(
        message_id=message_id(*origin, window.from_utc.isoformat(), window.to_utc.isoformat()),
        happened_utc=window.to_utc,
        place=place,
        demo=figure.demo,
        body=ShiftKpiBody(
            shift=window.shift, source=figure.source.value, **{name: getattr(figure, name) for name in names}
        ),
    )


def place_of(tenant: Tenant) -> Place:
    """A tenant as the mill's systems are told it."""
    return Place(enterprise=tenant.enterprise, site=tenant.site, area=tenant.area, line=tenant.line)


def _body(event: Event, *, current: bool) -> Body | None:
    body = event.body
    match body:
        case StateChanged():
            return LineStateBody(state=body.state, cause=body.cause, current=current)
        case LineStarted():
            return LineStateBody(state=LineState.STARTING, cause="", current=current)
        case LineStopped():
            return LineStateBody(state=LineState.STOPPED, cause=body.cause, current=current)
        case AlarmRaised():
            return AlarmBody(code=body.code or "_", active=True, detail=body.detail)
        case AlarmCleared():
            return AlarmBody(code=body.code or "_", active=False, detail="")
        case DefectFound():
            return _defect(body)
    return _material(event)


def _material(event: Event) -> Body | None:
    body = event.body
    match body:
        case RollStarted():
            return _roll(body, Phase.STARTED)
        case RollEnded():
            return _roll(body, Phase.ENDED)
        case LotStarted():
            return _lot(body, Phase.STARTED)
        case LotEnded():
            return _lot(body, Phase.ENDED)
    return None


def _roll(body: RollStarted | RollEnded, phase: Phase) -> RollBody:
    names = ("name", "article", "width_mm", "start_mm", "end_mm")
    known: dict[str, Any] = {name: getattr(body, name, None) for name in names}  # each end tells its half
    return RollBody(roll_id=body.roll_id, phase=phase, **known)


def _lot(body: LotStarted | LotEnded, phase: Phase) -> LotBody:
    names = ("name", "article", "supplier", "start_mm", "end_mm")
    known: dict[str, Any] = {name: getattr(body, name, None) for name in names}
    return LotBody(lot_id=body.lot_id, phase=phase, **known)


def _defect(body: DefectFound) -> DefectBody:
    same = (
        *("defect_id", "roll_id", "lot_id", "defect_kind", "score", "length_mm", "area_mm2", "unsure"),
        *("bundle_id", "picture_sha256"),
    )
    return DefectBody(
        x_mm=body.x0_mm,
        y_mm=body.y0_mm,
        width_mm=body.x1_mm - body.x0_mm,
        height_mm=body.y1_mm - body.y0_mm,
        **{name: getattr(body, name) for name in same},
    )
