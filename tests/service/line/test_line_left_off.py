from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.event_terms import Actuator, LineKind, NotInspectedReason, ShotFate
from service.events import (
    AlarmCleared,
    AlarmRaised,
    Body,
    CommandAnswered,
    LineStarted,
    LineStopped,
    LotEnded,
    LotStarted,
    RollEnded,
    RollStarted,
    ShotAnswered,
    ShotGivenUp,
    SpanNotInspected,
    Stamp,
)
from service.line.event_log import Draft, EventLog
from service.line.left_off import LeftOff, left_off, open_article, open_holds, open_material, open_shots
from service.line_commands import CommandOutcome

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
STARTED = LineStarted(
    line_kind=LineKind.FABRIC, article="denim", bundle_id="b", software="", web_width_mm=800.0
)
ESTOP = AlarmRaised(code="estop", detail="emergency stop")
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


def command(kind: str, outcome: CommandOutcome = CommandOutcome.DONE) -> CommandAnswered:
    return CommandAnswered(command_id="c", command=kind, outcome=outcome, detail="")


@pytest.mark.parametrize(
    ("bodies", "codes"),
    [
        ((), set()),
        ((ESTOP,), {"estop"}),
        ((ESTOP, STARTED), {"estop"}),  # that start fell, too
        ((ESTOP, AlarmCleared(code="estop")), set()),
        ((ESTOP, command("resume")), set()),
        ((ESTOP, STOPPED), set()),
        ((command("resume"), ESTOP), {"estop"}),
        ((AlarmRaised(code="link", detail="gone"),), set()),  # that one goes by itself
        ((AlarmRaised(code="failed", detail="x"), command("hold")), {"failed", "command"}),
        ((command("hold"), command("resume")), set()),
        ((command("resume"), command("hold")), {"command"}),
        ((command("hold", CommandOutcome.EXPIRED),), set()),
        ((command("hold"), command("resume", CommandOutcome.EXPIRED)), {"command"}),
    ],
)
def test_a_hold_that_only_a_person_takes_back_outlives_a_fall(
    written: Write, bodies: tuple[Body, ...], codes: set[str]
) -> None:
    assert set(open_holds(written(*bodies))) == codes


@pytest.mark.parametrize(
    ("bodies", "configured", "runs"),
    [
        ((), "denim", "denim"),
        ((STARTED, replace(ROLL, article="denim"), replace(ROLL, article="twill")), "denim", "twill"),
        ((STARTED, replace(LOT, article="twill"), replace(STARTED, article="twill")), "denim", "twill"),
        ((STARTED, replace(ROLL, article="twill"), STOPPED), "denim", "denim"),
        ((STARTED, replace(ROLL, article="twill")), "satin", "satin"),  # the settings were changed since
    ],
)
def test_the_article_that_a_command_chose_outlives_a_fall(
    written: Write, bodies: tuple[Body, ...], configured: str, runs: str
) -> None:
    assert open_article(written(*bodies), configured) == runs
