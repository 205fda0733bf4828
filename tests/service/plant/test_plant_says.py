"""What a line says in codes and values is kept by the plant and given on, beside its English text."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from service import events as ev
from service.line.command_desk import answered
from service.line.states import state_changed
from service.line_commands import CommandOutcome, LineCommandKind
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.store import grades
from service.plant.store.tables import GRADES
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, say

NO_FRAMES = say(Said.NO_FRAMES, seconds=4.0)
ALARMS = 9  # so many rows go to PostgreSQL as a stream


def raised(code: str, said: Saying) -> ev.AlarmRaised:
    return ev.AlarmRaised(code=code, detail=said.text, said=(said,))


def test_state_alarms_and_answers_come_with_their_sayings(plant: Plant, new_log: Callable[..., Any]) -> None:
    command = plant.command("loom-1", LineCommandKind.TEST_VALVE, {"lane": "3"}, "aigul")
    refused = answered(command.id, "test_valve", CommandOutcome.REFUSED, say(Said.TEST_WHILE_SORTING))
    log, gone = new_log(), heard("camera cam-1: unplugged; check its cable")
    started = log.started()
    alarms = [log.add(raised(f"alarm-{number}", gone)) for number in range(ALARMS)]
    held = log.add(state_changed(ev.LineState.HELD, NO_FRAMES, gone))
    plant.ingest("loom-1", [started, *alarms, held, log.add(refused), log.alarm("link")])
    line = next(one for one in plant.lines() if one.line == "loom-1")
    assert line.said == (NO_FRAMES, gone)
    assert line.cause == f"{NO_FRAMES.text}; camera cam-1: unplugged; check its cable"
    (answer,) = plant.commands("loom-1")
    assert (answer.said, answer.detail) == ((say(Said.TEST_WHILE_SORTING),), refused.detail)
    told = {alarm.code: alarm.said for alarm in plant.quality.alarms.listing("loom-1")}
    assert told == {f"alarm-{number}": (gone,) for number in range(ALARMS)} | {"link": ()}


def test_a_grade_of_an_earlier_version_keeps_its_english_workings(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started(), log.span(0, 100_000), log.roll_ended()])
    fresh = plant.roll("r1")
    assert [line.code for line in fresh.grade.said][-1] == Said.COVERAGE
    with plant.ledger.database.write() as tx:
        tx.execute(update(GRADES).values(workings='["28 x 4 points", "all inspected"]'))
        (old,) = grades.history(tx, "r1")
    assert old.workings == ("28 x 4 points", "all inspected")
    assert [line.code for line in old.said] == ["", ""]


def test_a_saying_with_a_value_that_no_database_takes_is_refused(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    bad = Saying(code="held_by", values={"user": "a\x00b"})
    nan = Saying(code="no_frames", values={"seconds": float("nan")})
    for said in (bad, nan):
        body = ev.StateChanged(
            state=ev.LineState.HELD, cause="held", said=(say(Said.STILL_HELD, because=said),)
        )
        with pytest.raises(PlantError, match="values\\.(user|seconds)"):
            plant.ingest("loom-1", [new_log().add(body)])
