"""Whole lines in this process: camera, inspector, sorter twin, disk; on rendered material of known truth."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from firmware_bridge.types import Output
from service.event_terms import Actuator, LineState, NotInspectedReason, ShotFate
from service.events import (
    DefectFound,
    FrameJudged,
    LineStarted,
    LineStopped,
    LotStarted,
    PictureKept,
    RollEnded,
    RollStarted,
    ShotAnswered,
    SpanInspected,
    SpanNotInspected,
    StateChanged,
)
from service.line.errors import LogBusyError
from service.line.line import Line
from service.line.replay import replay
from vision.types import MmBox

Make = Callable[..., Any]  # fixtures that build; the parts are typed where they are defined
REACH_MM = 4.0  # a map cell and the recipe's blur


def run(rig: Any, web_mm: float) -> None:
    rig.line.start()
    rig.wait_web(web_mm)
    rig.line.stop()
    assert rig.line.failure == ""


def check_book(rig: Any) -> None:
    """Every span follows the one before, and the sums are the encoder's length."""
    spans = [body for body in rig.bodies() if isinstance(body, SpanInspected | SpanNotInspected)]
    start_mm = rig.of(LineStarted)[0].start_mm
    assert [span.from_mm for span in spans] == [start_mm, *(span.to_mm for span in spans[:-1])]
    inspected = sum(span.to_mm - span.from_mm for span in spans if isinstance(span, SpanInspected))
    stopped = rig.of(LineStopped)
    assert inspected == pytest.approx(sum(stop.inspected_mm for stop in stopped))
    length = sum(stop.encoder_length_mm for stop in stopped)
    assert spans[-1].to_mm - start_mm == pytest.approx(length)
    assert sum(stop.inspected_mm + stop.not_inspected_mm for stop in stopped) == pytest.approx(length)


def check_replay(rig: Any) -> None:
    report = replay(rig.line.event_log_path)
    assert report.agrees, report.text()


def check_answers(rig: Any) -> list[ShotAnswered]:
    """Every ordered shot has exactly one answer, and nothing else has any."""
    ordered = Counter(shot.command_id for frame in rig.of(FrameJudged) for shot in frame.shots)
    answers = rig.of(ShotAnswered)
    assert Counter(answer.command_id for answer in answers) == ordered
    assert set(ordered.values()) <= {1}
    return answers


def missed(rig: Any, flaws: list[MmBox]) -> list[MmBox]:
    """Flaws wholly inside inspected web that no reported defect overlaps."""
    spans = rig.of(SpanInspected)
    found = rig.of(DefectFound)
    return [
        flaw
        for flaw in flaws
        if any(span.from_mm <= flaw.y0 and flaw.y1 <= span.to_mm for span in spans)
        and not any(
            defect.x0_mm - REACH_MM < flaw.x1
            and flaw.x0 < defect.x1_mm + REACH_MM
            and defect.y0_mm - REACH_MM < flaw.y1
            and flaw.y0 < defect.y1_mm + REACH_MM
            for defect in found
        )
    ]


def check_firings(rig: Any, answers: list[ShotAnswered]) -> None:
    """Each scheduled shot was on where the material passed: the belt's own count says so."""
    settings, fired = rig.settings, rig.twin.fired
    zero = -rig.line._parts.odometer._offset  # the controller's count at web 0
    for answer in answers:
        bit = answer.lane if answer.actuator is Actuator.VALVE else int(Output.MARKER)
        middle_mm = (answer.from_mm + answer.to_mm) / 2 + settings.sorter.distance_mm
        lead_mm = settings.sorter.latency_ms / 1e3 * settings.web.speed_mm_s
        count = zero + (middle_mm - lead_mm) * settings.web.counts_per_mm
        assert any(shot.output == bit and shot.count_on <= count <= shot.count_off for shot in fired), answer


def test_a_fabric_line_finds_what_was_planted_marks_it_and_books_every_millimetre(
    make_rig: Make, fabric_settings: Make, planted: Make
) -> None:
    rig = make_rig(fabric_settings())
    run(rig, 1900.0)
    check_book(rig)
    check_replay(rig)
    answers = check_answers(rig)
    assert {answer.fate for answer in answers} == {ShotFate.SCHEDULED}
    check_firings(rig, answers)
    flaws = planted("fabric", 1800.0)
    lost = missed(rig, flaws)
    assert len(flaws) >= 5
    assert len(lost) <= 0.2 * len(flaws), f"missed {lost}"
    covered = sum(stop.inspected_mm for stop in rig.of(LineStopped))
    assert covered > 800.0  # a busy machine may lose frames, and says so; most of the web is seen


def test_frames_that_overlap_count_no_flaw_and_no_millimetre_twice(
    make_rig: Make, fabric_settings: Make, planted: Make
) -> None:
    settings = fabric_settings()
    rig = make_rig(replace(settings, web=replace(settings.web, overlap_rows=32, speed_mm_s=500.0)))
    run(rig, 1500.0)
    check_book(rig)
    check_replay(rig)
    frames = {f.frame_seq: f for f in rig.of(FrameJudged)}
    assert {round(f.web_end_mm - f.web_start_mm, 1) for f in frames.values()} == {51.2}
    assert all(round(f.web_start_mm - seq * 38.4, 1) == 0 for seq, f in frames.items())
    flaws = planted("fabric", 1400.0)
    assert len(missed(rig, flaws)) <= 0.2 * len(flaws)
    holes = [hole for hole in rig.of(DefectFound) if not hole.unsure]
    for hole in holes:
        middle_mm = (hole.y0_mm + hole.y1_mm) / 2
        same = [
            other
            for other in holes
            if other.y0_mm <= middle_mm <= other.y1_mm
            and other.x0_mm <= (hole.x0_mm + hole.x1_mm) / 2 <= other.x1_mm
        ]
        assert same == [hole]


def test_defects_have_pictures_on_disk_under_their_hash(make_rig: Make, fabric_settings: Make) -> None:
    rig = make_rig(fabric_settings())
    run(rig, 900.0)
    kept = {picture.sha256: picture for picture in rig.of(PictureKept)}
    for defect in rig.of(DefectFound):
        picture = kept[defect.picture_sha256]
        path = rig.settings.data_dir / "pictures" / picture.why / f"{picture.sha256}.jpg"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == picture.sha256
        assert picture.web_mm <= defect.y1_mm


def test_rolls_are_cut_at_their_length_and_own_what_lies_in_them(
    make_rig: Make, fabric_settings: Make
) -> None:
    settings = fabric_settings()
    rig = make_rig(replace(settings, web=replace(settings.web, roll_length_m=0.5)))
    run(rig, 1300.0)
    started, ended = rig.of(RollStarted), rig.of(RollEnded)
    assert [roll.roll_id for roll in started] == [roll.roll_id for roll in ended]
    assert [int(roll.name[-4:]) for roll in started] == list(range(1, len(started) + 1))
    for first, end in zip(started[:-1], ended[:-1], strict=True):
        assert 500.0 <= end.end_mm - first.start_mm < 500.0 + 3 * 51.2
    places = {roll.roll_id: (roll.start_mm, end.end_mm) for roll, end in zip(started, ended, strict=True)}
    for span in rig.of(SpanInspected):
        from_mm, to_mm = places[span.roll_id]
        assert from_mm <= span.from_mm
        assert span.to_mm <= to_mm
    for defect in rig.of(DefectFound):
        from_mm, to_mm = places[defect.roll_id]
        assert from_mm - REACH_MM <= defect.y0_mm
        assert defect.y1_mm <= to_mm + REACH_MM


def test_a_fibre_line_ejects_foreign_matter_in_its_lanes_and_weighs_it(
    make_rig: Make, fibre_settings: Make, planted: Make
) -> None:
    rig = make_rig(fibre_settings())
    run(rig, 1900.0)
    check_book(rig)
    check_replay(rig)
    answers = check_answers(rig)
    assert {answer.actuator for answer in answers} == {Actuator.VALVE}
    scheduled = [answer for answer in answers if answer.fate is ShotFate.SCHEDULED]
    assert scheduled
    check_firings(rig, scheduled)
    flaws = planted("fibre", 1800.0)
    assert len(missed(rig, flaws)) <= 0.2 * len(flaws)
    lane_mm = 256 * 0.8 / 4
    for answer in scheduled:
        window_kg = (answer.to_mm - answer.from_mm) * lane_mm * 0.4e-6
        assert 0 <= answer.good_fibre_kg <= answer.ejected_kg <= window_kg * (1 + 1e-9)
    for lane in {answer.lane for answer in scheduled}:  # where shots overlap, fibre is weighed once
        windows = sorted((answer.from_mm, answer.to_mm) for answer in scheduled if answer.lane == lane)
        blown_mm, end_mm = 0.0, -math.inf
        for from_mm, to_mm in windows:
            blown_mm += max(to_mm - max(from_mm, end_mm), 0.0)
            end_mm = max(end_mm, to_mm)
        ejected_kg = sum(answer.ejected_kg for answer in scheduled if answer.lane == lane)
        assert ejected_kg == pytest.approx(blown_mm * lane_mm * 0.4e-6)
    spans = [body for body in rig.bodies() if isinstance(body, SpanInspected | SpanNotInspected)]
    length_mm = spans[-1].to_mm - spans[0].from_mm
    assert sum(span.fed_kg for span in spans) == pytest.approx(length_mm * 256 * 0.8 * 0.4e-6)
    assert all(span.trash_area_pct is not None for span in rig.of(SpanInspected))
    assert rig.of(LotStarted)


def test_the_log_begins_with_the_start_and_ends_with_the_stop(make_rig: Make, fabric_settings: Make) -> None:
    rig = make_rig(fabric_settings())
    run(rig, 300.0)
    bodies = rig.bodies()
    assert isinstance(bodies[0], LineStarted)
    assert isinstance(bodies[-1], LineStopped)
    states = [change.state for change in rig.of(StateChanged)]
    assert states == [LineState.STARTING, LineState.RUNNING, LineState.STOPPED]
    assert bodies[0].policy == rig.line._parts.policy


def test_a_line_that_starts_again_goes_on_with_web_and_roll_names(
    make_rig: Make, fabric_settings: Make
) -> None:
    first = make_rig(fabric_settings())
    run(first, 400.0)
    second = make_rig(fabric_settings())
    run(second, first.of(LineStopped)[0].encoder_length_mm + 400.0)
    check_book(second)
    check_replay(second)
    assert second.of(LineStarted)[1].start_mm == pytest.approx(first.of(LineStopped)[0].encoder_length_mm)
    names = [roll.name for roll in second.of(RollStarted)]
    assert len(set(names)) == len(names)


def test_a_second_line_with_the_same_id_does_not_start(make_rig: Make, fabric_settings: Make) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    with pytest.raises(LogBusyError, match="line loom-1 is already running as process"):
        Line(fabric_settings())


def test_what_is_in_flight_at_the_stop_is_booked_as_such(make_rig: Make, fabric_settings: Make) -> None:
    rig = make_rig(fabric_settings())
    run(rig, 300.0)
    last = rig.of(SpanNotInspected)[-1]
    assert last.reason is NotInspectedReason.STOPPING
    assert last.to_mm == rig.of(LineStopped)[0].encoder_length_mm
