"""Decide a recorded event log again: same rules, same shots, and an account of the web without holes."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from service.event_terms import ShotFate
from service.events import (
    Event,
    FrameJudged,
    LineStarted,
    LineStopped,
    ShotAnswered,
    ShotGivenUp,
    SortingPolicy,
    SpanInspected,
    SpanNotInspected,
)
from service.line.event_log import read_events
from service.sorting import FrameView, decide
from vision.types import Verdict

SAME_MM = 1e-3  # positions are whole encoder counts; this is only the rounding of floats
DIFFERENCES_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What replaying found; `differences` names each event that doesn't fit."""

    events: int
    runs: int
    frames: int  # decisions taken again
    shots: int
    escapes: int  # shots that were not scheduled, or given up after that
    inspected_mm: float
    not_inspected_mm: float
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the log says the same as deciding again."""
        return not self.differences

    def text(self) -> str:
        """Say it for a person."""
        length_mm = self.inspected_mm + self.not_inspected_mm
        coverage = 100.0 * self.inspected_mm / length_mm if length_mm else math.nan
        lines = [
            f"{self.events} events of {self.runs} runs",
            f"{self.frames} decisions taken again, {self.shots} shots, {self.escapes} escapes",
            f"web {length_mm / 1e3:.3f} m = inspected {self.inspected_mm / 1e3:.3f} m"
            f" + not inspected {self.not_inspected_mm / 1e3:.3f} m (coverage {coverage:.2f} %)",
        ]
        if self.agrees:
            return "\n".join([*lines, "no difference"])
        shown = self.differences[:DIFFERENCES_SHOWN]
        return "\n".join([*lines, f"{len(self.differences)} differences:", *shown])


@dataclass(slots=True)
class _Tally:
    events: int = 0
    runs: int = 0
    frames: int = 0
    shots: int = 0
    escapes: int = 0
    inspected_mm: float = 0.0
    not_inspected_mm: float = 0.0
    differences: list[str] = field(default_factory=list)
    last_seq: int = 0
    log_id: str = ""
    run_id: str = ""
    policy: SortingPolicy | None = None
    run_mm: float = 0.0  # web booked by this run
    end_mm: float | None = None  # where the last span ended
    ordered: set[str] = field(default_factory=set)  # shots of this run
    answers: Counter[str] = field(default_factory=Counter)
    scheduled: set[str] = field(default_factory=set)  # and not given up


def replay(path: Path) -> ReplayReport:
    """Replay an event log file.

    Raises:
        LineError: it isn't an event log.
    """
    return replay_events(read_events(path))


def replay_events(events: Iterable[Event]) -> ReplayReport:
    """Replay events in their order."""
    tally = _Tally()
    for event in events:
        tally.events += 1
        _check_number(tally, event)
        _check_body(tally, event)
    return ReplayReport(
        events=tally.events,
        runs=tally.runs,
        frames=tally.frames,
        shots=tally.shots,
        escapes=tally.escapes,
        inspected_mm=tally.inspected_mm,
        not_inspected_mm=tally.not_inspected_mm,
        differences=tuple(tally.differences),
    )


def _check_number(tally: _Tally, event: Event) -> None:
    if event.seq != tally.last_seq + 1:
        tally.differences.append(f"event {event.seq} follows event {tally.last_seq}: events are missing")
    if tally.log_id and event.log_id != tally.log_id:
        tally.differences.append(f"event {event.seq} is of another log: {event.log_id}")
    tally.last_seq, tally.log_id = event.seq, event.log_id


def _check_body(tally: _Tally, event: Event) -> None:
    match event.body:
        case LineStarted() as started:
            _begin_run(tally, started)
        case SpanInspected() | SpanNotInspected() as span:
            _check_span(tally, event.seq, span)
        case FrameJudged() as frame:
            _decide_again(tally, event.seq, frame)
        case ShotAnswered() as answer:
            tally.answers[answer.command_id] += 1
            tally.escapes += answer.fate is not ShotFate.SCHEDULED
            if answer.fate is ShotFate.SCHEDULED:
                tally.scheduled.add(answer.command_id)
        case ShotGivenUp() as lost:
            _take_back(tally, event.seq, lost)
        case LineStopped() as stopped:
            _end_run(tally, event.seq, stopped)


def _begin_run(tally: _Tally, started: LineStarted) -> None:
    tally.runs += 1
    tally.run_id, tally.policy = started.run_id, started.policy
    tally.run_mm = 0.0
    tally.ordered.clear()  # a run that was killed could not record its last answers: they aren't asked for
    tally.answers.clear()
    tally.scheduled.clear()
    if tally.end_mm is None:
        tally.end_mm = started.start_mm


def _check_span(tally: _Tally, seq: int, span: SpanInspected | SpanNotInspected) -> None:
    if tally.end_mm is not None and abs(span.from_mm - tally.end_mm) > SAME_MM:
        tally.differences.append(
            f"event {seq}: a span begins at {span.from_mm:.3f} mm, "
            f"the one before ended at {tally.end_mm:.3f} mm"
        )
    length_mm = span.to_mm - span.from_mm
    if length_mm < 0:
        tally.differences.append(f"event {seq}: a span of {length_mm:.3f} mm runs backwards")
    tally.end_mm = span.to_mm
    tally.run_mm += length_mm
    if isinstance(span, SpanInspected):
        tally.inspected_mm += length_mm
    else:
        tally.not_inspected_mm += length_mm


def _take_back(tally: _Tally, seq: int, lost: ShotGivenUp) -> None:
    tally.escapes += 1
    if lost.command_id not in tally.scheduled:
        tally.differences.append(f"event {seq}: shot {lost.command_id} was given up, but was not scheduled")
    tally.scheduled.discard(lost.command_id)


def _decide_again(tally: _Tally, seq: int, frame: FrameJudged) -> None:
    tally.frames += 1
    tally.shots += len(frame.shots)
    tally.ordered |= {shot.command_id for shot in frame.shots}
    if tally.policy is None:
        tally.differences.append(f"event {seq}: this run recorded no policy to decide by again")
        return
    view = FrameView(
        camera_id=frame.camera_id,
        web_start_mm=frame.web_start_mm,
        web_end_mm=frame.web_end_mm,
        verdict=Verdict(frame.verdict),
        damaged=frame.damaged,
        defects=frame.defects,
    )
    again = decide(view, tally.policy, tally.run_id)
    if again.rule != frame.rule:
        tally.differences.append(
            f"event {seq}: rule {frame.rule} was recorded, deciding again gives {again.rule}"
        )
    if again.shots != frame.shots:
        tally.differences.append(f"event {seq}: {_compared(frame, again.shots)}")


def _compared(frame: FrameJudged, again: tuple[object, ...]) -> str:
    if len(frame.shots) != len(again):
        return f"{len(frame.shots)} shots were recorded, deciding again gives {len(again)}"
    old, new = next((a, b) for a, b in zip(frame.shots, again, strict=True) if a != b)
    return f"shot {old} was recorded, deciding again gives {new}"


def _end_run(tally: _Tally, seq: int, stopped: LineStopped) -> None:
    said_mm = stopped.encoder_length_mm
    if abs(tally.run_mm - said_mm) > SAME_MM:
        tally.differences.append(
            f"event {seq}: the spans of the run add up to {tally.run_mm:.3f} mm, "
            f"the encoder says {said_mm:.3f} mm"
        )
    total_mm = stopped.inspected_mm + stopped.not_inspected_mm
    if abs(total_mm - said_mm) > SAME_MM:
        tally.differences.append(
            f"event {seq}: inspected and not inspected are {total_mm:.3f} mm, "
            f"the encoder says {said_mm:.3f} mm"
        )
    for command_id in sorted(tally.ordered | set(tally.answers)):
        answers = tally.answers[command_id]
        if answers != 1 or command_id not in tally.ordered:
            ordered = "was ordered" if command_id in tally.ordered else "was never ordered"
            tally.differences.append(f"shot {command_id} {ordered} and has {answers} answers")
