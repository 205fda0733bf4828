from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.events import (
    Actuator,
    Body,
    LineStopped,
    LotEnded,
    LotStarted,
    NotInspectedReason,
    RollEnded,
    RollStarted,
    ShotAnswered,
    ShotFate,
    ShotGivenUp,
    SpanNotInspected,
    Stamp,
)
from service.line.event_log import Draft, EventLog
from service.line.left_off import LeftOff, left_off, open_material, open_shots

ROLL = RollStarted(roll_id="r", name="1", article="a", width_mm=800.0, start_mm=0.0)
LOT = LotStarted(lot_id="l", name="1", article="a", supplier="", start_mm=0.0)
SHOT = ShotAnswered(
    command_id="s1",
    roll_id="r",
    lot_id=None,
    actuator=Actuator.MARKER,
    lane=0,
    from_mm=380.0,
    to_mm=401.0,
    fate=ShotFate.SCHEDULED,
    detail="",
    margin_ms=5.0,
)
SPAN = SpanNotInspected(
    roll_id=None, lot_id=None, from_mm=0.0, to_mm=900.0, reason=NotInspectedReason.HELD, detail=""
)
STOPPED = LineStopped(cause="", encoder_length_mm=0.0, inspected_mm=0.0, not_inspected_mm=0.0)
Write = Callable[..., EventLog]


@pytest.fixture
def written(event_log: EventLog) -> Write:
    def write(*bodies: Body, encoder_mm: float = 1000.0) -> EventLog:
        stamp = Stamp(utc=datetime(2026, 1, 1, tzinfo=UTC), mono_ns=0, encoder_mm=encoder_mm)
        event_log.append([Draft(stamp=stamp, body=body) for body in bodies])
        return event_log

    return write


def test_a_new_log_begins_at_zero(event_log: EventLog) -> None:
    assert left_off(event_log) == LeftOff(booked_mm=0.0, web_mm=0.0)
    assert open_material(event_log, 0.0) is None
    assert open_shots(event_log, 0.0) == []


def test_the_web_had_come_further_than_the_book(written: Write) -> None:
    assert left_off(written(SPAN)) == LeftOff(booked_mm=900.0, web_mm=1000.0)


def test_what_was_under_way_is_ended(written: Write) -> None:
    assert open_material(written(ROLL), 1000.0) == RollEnded(roll_id="r", end_mm=1000.0)
    assert open_material(written(RollEnded(roll_id="r", end_mm=1000.0)), 1000.0) is None
    assert open_material(written(LOT), 1000.0) == LotEnded(lot_id="l", end_mm=1000.0)


def test_scheduled_shots_for_web_before_the_outputs_are_given_up(written: Write) -> None:
    refused = replace(SHOT, command_id="s2", fate=ShotFate.REFUSED)
    passed = replace(SHOT, command_id="s3", to_mm=400.0)
    (lost,) = open_shots(written(SHOT, refused, passed), 400.0)
    assert isinstance(lost, ShotGivenUp)
    assert (lost.command_id, lost.roll_id, lost.to_mm) == ("s1", "r", 401.0)


def test_a_shot_is_given_up_once(written: Write) -> None:
    log = written(SHOT)
    written(*open_shots(log, 400.0))
    assert open_shots(log, 400.0) == []


def test_a_run_that_closed_its_book_left_no_shot_behind(written: Write) -> None:
    assert open_shots(written(SHOT, STOPPED), 400.0) == []
