"""A whole fibre line on the controller's twin: what goes wrong beside the pixels is detected and booked."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from line_rig import alarms, finish, tell

from service.event_terms import ShotFate
from service.events import AlarmCleared, CommandAnswered, ShotAnswered, ShotGivenUp, SpanInspected
from service.line import belt_watch, bin_watch
from service.line_commands import CommandOutcome, LineCommandKind
from service.measured_events import LintMeasured
from service.settings import LintSettings

Make = Callable[..., Any]


def answers_to_bin_read(rig: Any) -> list[CommandAnswered]:
    return [answer for answer in rig.of(CommandAnswered) if answer.command == "bin_read"]


def test_a_stuck_valve_and_a_lot_without_a_supplier(
    make_rig: Make, fibre_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bin_watch, "LEAST_SHOTS", 2)
    rig = make_rig(fibre_settings(lint=LintSettings(report_every_s=1.0, bin_every_s=60.0)))
    rig.line.start()
    rig.wait_web(900.0)
    assert "lot_without_supplier" in alarms(rig)
    shots = [a for a in rig.of(ShotAnswered) if a.fate is ShotFate.SCHEDULED]
    lane = max({shot.lane for shot in shots}, key=lambda each: sum(shot.lane == each for shot in shots))
    tell(rig, LineCommandKind.BIN_READ, grams="0", lane=str(lane))
    rig.wait_for(lambda: "valve_stuck" in alarms(rig))
    tell(rig, LineCommandKind.BIN_READ, grams="much")
    rig.wait_for(lambda: len(answers_to_bin_read(rig)) == 2)
    assert [answer.outcome for answer in answers_to_bin_read(rig)] == [
        CommandOutcome.DONE,
        CommandOutcome.REFUSED,
    ]
    finish(rig)
    lost = rig.of(ShotGivenUp)
    assert lost
    assert {one.lane for one in lost if "acknowledged" in one.detail} == {lane}


def test_trash_is_booked_by_lot_and_colour_without_a_chart_is_refused(
    make_rig: Make, fibre_settings: Make
) -> None:
    rig = make_rig(fibre_settings(supplier="Gin 3", lint=LintSettings(report_every_s=1.0)))
    rig.line.start()
    rig.wait_web(1700.0)
    finish(rig)
    groups = rig.of(LintMeasured)
    assert len({group.lot_id for group in groups}) >= 2  # a lot is a metre here
    assert all(group.rd is None and "was never solved" in group.refused for group in groups)
    assert sum(group.trash_count for group in groups) > 0
    assert "lint_colour_refused" not in alarms(rig)  # no calibration was asked for
    assert "lot_without_supplier" not in alarms(rig)


def test_a_belt_that_stands_and_one_that_comes_back(
    make_rig: Make, fibre_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belt_watch, "STOPPED_S", 0.6)
    monkeypatch.setattr(belt_watch, "LOOK_EVERY_S", 0.05)
    rig = make_rig(fibre_settings())
    rig.line.start()
    rig.wait_web(300.0)
    rig.twin.set_speed(0.0)
    rig.wait_for(lambda: "belt_stopped" in alarms(rig))
    rig.twin.set_speed(-400.0)
    rig.wait_for(lambda: "belt_reversed" in alarms(rig))
    rig.twin.set_speed(800.0)
    rig.wait_for(lambda: {"belt_stopped", "belt_reversed"} <= {c.code for c in rig.of(AlarmCleared)})
    finish(rig)
    raised = [code for code in alarms(rig) if code.startswith("belt_")]
    assert raised.index("belt_stopped") < raised.index("belt_reversed")
    # what came again was not judged again
    judged = sorted((span.from_mm, span.to_mm) for span in rig.of(SpanInspected))
    assert all(
        end <= start for (_, end), (start, _) in pairwise(judged)
    )  # what came again wasn't judged again
