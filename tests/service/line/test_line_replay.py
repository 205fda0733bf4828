from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.event_terms import LineKind, NotInspectedReason, ShotFate
from service.events import (
    Body,
    Event,
    FrameJudged,
    LineStarted,
    LineStopped,
    SeenDefect,
    ShotAnswered,
    SortingPolicy,
    SpanNotInspected,
    Stamp,
    Tenant,
)
from service.line.errors import LineError
from service.line.event_log import Draft, EventLog
from service.line.replay import replay, replay_events
from service.line.shooter import given_up
from service.line.web_book import Owner
from service.sorting import FrameView, decide
from vision.types import Verdict

RUN = "6f0c2f0e-27f8-4e4f-9b1e-6e6a52a3c001"
POLICY = SortingPolicy(
    material=LineKind.FABRIC,
    web_width_mm=800.0,
    lanes=1,
    margin_mm=10.0,
    on_failed="mark",
    mark_unsure=False,
    stop_on_length_mm=0.0,
    longest_shot_mm=500.0,
)
STARTED = LineStarted(
    line_kind=LineKind.FABRIC,
    article="a",
    bundle_id="b",
    software="s",
    web_width_mm=800.0,
    run_id=RUN,
    start_mm=50.0,
    policy=POLICY,
)
DEFECT = SeenDefect(
    defect_kind="hole", score=9, x0_mm=1, y0_mm=60, x1_mm=2, y1_mm=61, area_mm2=1, length_mm=1
)
VIEW = FrameView(
    camera_id="c",
    web_start_mm=50.0,
    web_end_mm=150.0,
    verdict=Verdict.DEFECTIVE,
    damaged=False,
    defects=(DEFECT,),
)
JUDGED = FrameJudged(
    roll_id=None,
    lot_id=None,
    camera_id="c",
    frame_seq=0,
    source="",
    web_start_mm=50.0,
    web_end_mm=150.0,
    verdict="defective",
    score=9.0,
    reason="",
    defects=(DEFECT,),
    rule="defect_is_marked",
    shots=decide(VIEW, POLICY, RUN).shots,
    bundle_id="b",
    picture_sha256=None,
)
(ORDER,) = JUDGED.shots
ANSWER = ShotAnswered(
    command_id=ORDER.command_id,
    roll_id=None,
    lot_id=None,
    actuator=ORDER.actuator,
    lane=0,
    from_mm=ORDER.from_mm,
    to_mm=ORDER.to_mm,
    fate=ShotFate.SCHEDULED,
    detail="",
    margin_ms=1.0,
)
SPAN = SpanNotInspected(
    roll_id=None, lot_id=None, from_mm=50.0, to_mm=150.0, reason=NotInspectedReason.HELD, detail=""
)
STOPPED = LineStopped(cause="x", encoder_length_mm=100.0, inspected_mm=0.0, not_inspected_mm=100.0)
GIVEN_UP = given_up(ANSWER, Owner(), "unplugged")
GOOD: tuple[Body, ...] = (STARTED, JUDGED, ANSWER, SPAN, STOPPED)


def events(*bodies: Body) -> list[Event]:
    return [
        Event(
            id=str(seq),
            schema_version=1,
            log_id="log",
            seq=seq,
            tenant=Tenant(enterprise="e", site="s", area="a", line="l"),
            stamp=Stamp(utc=datetime(2026, 1, 1, tzinfo=UTC), mono_ns=seq, encoder_mm=0.0),
            demo=True,
            body=body,
        )
        for seq, body in enumerate(bodies, 1)
    ]


def differences(*bodies: Body) -> tuple[str, ...]:
    return replay_events(events(*bodies)).differences


def swapped(old: Body, new: Body) -> tuple[Body, ...]:
    return tuple(new if body is old else body for body in GOOD)


def test_a_log_that_says_what_deciding_again_says_has_no_difference() -> None:
    report = replay_events(events(*GOOD))
    assert report.agrees
    assert (report.frames, report.shots, report.escapes, report.runs) == (1, 1, 0, 1)
    assert (report.inspected_mm, report.not_inspected_mm) == (0.0, 100.0)
    assert report.text().endswith("no difference")


def test_a_missing_event_is_a_difference() -> None:
    log = events(*GOOD)
    report = replay_events(log[:1] + log[2:])
    assert "event 3 follows event 1: events are missing" in report.differences


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        (
            swapped(SPAN, replace(SPAN, from_mm=60.0)),
            "a span begins at 60.000 mm, the one before ended at 50.000",
        ),
        (swapped(JUDGED, replace(JUDGED, rule="clean_passes")), "deciding again gives defect_is_marked"),
        (swapped(JUDGED, replace(JUDGED, shots=())), "0 shots were recorded, deciding again gives 1"),
        (
            swapped(JUDGED, replace(JUDGED, shots=(replace(ORDER, to_mm=99.0),))),
            "was recorded, deciding again gives",
        ),
        (swapped(STARTED, replace(STARTED, policy=None)), "recorded no policy"),
        (
            swapped(STOPPED, replace(STOPPED, encoder_length_mm=101.0)),
            "add up to 100.000 mm, the encoder says 101.000 mm",
        ),
        (
            swapped(STOPPED, replace(STOPPED, inspected_mm=1.0)),
            "inspected and not inspected are 101.000 mm, the encoder says 100.000 mm",
        ),
        ((STARTED, JUDGED, SPAN, STOPPED), "was ordered and has 0 answers"),
        ((STARTED, JUDGED, ANSWER, ANSWER, SPAN, STOPPED), "was ordered and has 2 answers"),
        ((STARTED, ANSWER, SPAN, STOPPED), "was never ordered and has 1 answers"),
        ((STARTED, JUDGED, GIVEN_UP, ANSWER, SPAN, STOPPED), "was given up, but was not scheduled"),
        ((STARTED, JUDGED, ANSWER, GIVEN_UP, GIVEN_UP, SPAN, STOPPED), "was given up, but was not scheduled"),
    ],
)
def test_each_kind_of_difference_is_named(bodies: tuple[Body, ...], text: str) -> None:
    found = differences(*bodies)
    assert any(text in difference for difference in found), found


def test_another_policy_than_the_recorded_one_shows() -> None:
    wider = replace(STARTED, policy=replace(POLICY, margin_mm=11.0))
    assert differences(*swapped(STARTED, wider))


def test_escapes_are_counted() -> None:
    late = replace(ANSWER, fate=ShotFate.TOO_LATE)
    assert replay_events(events(*swapped(ANSWER, late))).escapes == 1


def test_a_scheduled_shot_that_was_given_up_is_an_escape() -> None:
    report = replay_events(events(STARTED, JUDGED, ANSWER, GIVEN_UP, SPAN, STOPPED))
    assert report.agrees, report.text()
    assert (report.shots, report.escapes) == (1, 1)


def test_a_run_that_was_killed_needs_no_answers_and_the_next_goes_on() -> None:
    second = replace(STARTED, run_id="6f0c2f0e-27f8-4e4f-9b1e-6e6a52a3c002", start_mm=150.0)
    onward = replace(SPAN, from_mm=150.0, to_mm=250.0)
    report = replay_events(events(STARTED, JUDGED, SPAN, second, onward, STOPPED))
    assert report.agrees, report.text()
    assert report.runs == 2


def test_a_file_that_is_no_log_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="no such event log"):
        replay(tmp_path / "nothing")


def test_a_log_on_disk_is_replayed(tmp_path: Path, tenant: Tenant) -> None:

    log = EventLog(tmp_path, tenant=tenant, demo=False)
    stamp = Stamp(utc=datetime(2026, 1, 1, tzinfo=UTC), mono_ns=0, encoder_mm=0.0)
    log.append([Draft(stamp=stamp, body=body) for body in GOOD])
    log.close()
    assert replay(log.path).agrees
