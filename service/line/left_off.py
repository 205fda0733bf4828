"""Where an earlier run of this line left off, read from its log: what it could not close itself."""

from dataclasses import dataclass

from service.event_terms import ShotFate
from service.events import (
    AlarmCleared,
    AlarmRaised,
    CommandAnswered,
    LineStarted,
    LineStopped,
    LotEnded,
    LotStarted,
    RollEnded,
    RollStarted,
    ShotAnswered,
    ShotGivenUp,
    SpanInspected,
    SpanNotInspected,
)
from service.line.event_log import EventLog
from service.line.shooter import given_up
from service.line.web_book import Owner
from service.line_commands import CommandOutcome, LineCommandKind
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, say

SHOTS_LOOKED_AT = 2_000  # answers; far more than a controller's schedule holds
MATTERS_LOOKED_AT = 5_000  # commands and alarms, or rolls, since a person stopped the line in good order
HELD_FOR_A_PERSON = ("estop", "failed")  # alarms of the holds that a person resumes
BROKEN_OFF = "the line process ended before it closed its book"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOff:
    """An earlier run's end."""

    booked_mm: float  # where the log's account of the web ends
    web_mm: float  # how far the web had come when the log was last written


def left_off(event_log: EventLog) -> LeftOff:
    """Find where the book ended, and how far the web had come by then."""
    booked_mm = 0.0
    for event in event_log.latest("span_inspected", "span_not_inspected"):
        if isinstance(event.body, SpanInspected | SpanNotInspected):
            booked_mm = event.body.to_mm
    seen_mm = [event.stamp.encoder_mm for event in event_log.latest()]
    return LeftOff(booked_mm=booked_mm, web_mm=max([booked_mm, *seen_mm]))


def open_material(event_log: EventLog, end_mm: float) -> RollEnded | LotEnded | None:
    """End the roll or lot that was under way."""
    for event in event_log.latest("roll_started", "roll_ended", "lot_started", "lot_ended"):
        if isinstance(event.body, RollStarted):
            return RollEnded(roll_id=event.body.roll_id, end_mm=end_mm)
        if isinstance(event.body, LotStarted):
            return LotEnded(lot_id=event.body.lot_id, end_mm=end_mm)
    return None


def open_shots(event_log: EventLog, passed_mm: float) -> list[ShotGivenUp]:
    """Give up the shots scheduled for web that had not passed the outputs: the controller dropped them."""
    known: set[str] = set()
    lost: list[ShotGivenUp] = []
    for event in event_log.latest("shot_answered", "shot_given_up", "line_stopped", limit=SHOTS_LOOKED_AT):
        body = event.body
        if isinstance(body, LineStopped):
            break
        if isinstance(body, ShotGivenUp):
            known.add(body.command_id)
        if not isinstance(body, ShotAnswered) or body.command_id in known:
            continue
        if body.fate is ShotFate.SCHEDULED and body.to_mm > passed_mm:
            owner = Owner(roll_id=body.roll_id, lot_id=body.lot_id)
            lost.append(given_up(body, owner, BROKEN_OFF))
    return lost


def open_holds(event_log: EventLog) -> dict[str, Saying]:
    """Holds, by code, that only a person takes back: a process that fell and was started anew is none.

    A line that was stopped in good order was stopped by a person, and begins without them.
    """
    stands: dict[str, Saying | None] = {}  # None: taken back
    kinds = ("alarm_raised", "alarm_cleared", "command_answered", "line_stopped")
    for event in event_log.latest(*kinds, limit=MATTERS_LOOKED_AT):
        match event.body:
            case LineStopped():
                break
            case AlarmRaised(code=code, detail=detail, said=said) if code in HELD_FOR_A_PERSON:
                stands.setdefault(code, said[0] if said else heard(detail))
            case AlarmCleared(code=code) if code in HELD_FOR_A_PERSON:
                stands.setdefault(code, None)
            case CommandAnswered(command=LineCommandKind.HOLD, outcome=CommandOutcome.DONE):
                stands.setdefault("command", say(Said.HELD_BEFORE))
            case CommandAnswered(command=LineCommandKind.RESUME, outcome=CommandOutcome.DONE):
                stands |= {code: None for code in ("command", *HELD_FOR_A_PERSON) if code not in stands}
    return {code: cause for code, cause in stands.items() if cause is not None}


def open_article(event_log: EventLog, configured: str) -> str:
    """The article that ran when the process fell, where a command had changed it; else the configured one."""
    articles: list[str] = []  # newest first
    first = configured
    for event in event_log.latest(
        "line_started", "roll_started", "lot_started", "line_stopped", limit=MATTERS_LOOKED_AT
    ):
        if isinstance(event.body, LineStopped):
            break
        if isinstance(event.body, LineStarted | RollStarted | LotStarted):
            articles.append(event.body.article)
        if isinstance(event.body, LineStarted):
            first = event.body.article  # what was configured then
    return articles[0] if articles and first == configured else configured
