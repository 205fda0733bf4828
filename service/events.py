"""The event and command schema: all that line, plant and web share.

An event is a fact written on the line's own disk before anything else hears of it. The plant takes events at
least once and keeps each exactly once, by (log_id, seq). Positions are millimetres of web (or belt) since the
line's encoder zero. `demo` is true for everything that comes from rendered or simulated input.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter

from service.camera_events import CalibrationUsed, PictureMeasured
from service.event_terms import Actuator, LineKind, LineState, NotInspectedReason, ShotFate
from service.line_commands import CommandOutcome
from service.measured_events import LampRead, LintMeasured, MassWeighed, SensorRead
from service.picture_events import PictureDropped, PictureKept
from service.said.sayings import Saying
from service.shadow_events import ShadowCompared

# 2: shadow_compared, pictures of disagreements; 3: mass_weighed, sensor_read, calibration_used,
# picture_measured; 4: a sensor_read without a value; 5: what is said in sentences carries codes and values
SCHEMA_VERSION = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Where a row belongs: on every event and every table."""

    enterprise: str
    site: str
    area: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When and where: three clocks."""

    utc: datetime  # with time zone
    mono_ns: int
    encoder_mm: float  # web since encoder zero


@dataclass(frozen=True, slots=True, kw_only=True)
class SortingPolicy:
    """What follows from a verdict, as it held for one run of the line: replay decides by it again."""

    material: LineKind
    web_width_mm: float
    lanes: int  # valves over the width; fibre only
    margin_mm: float  # added before and behind the object
    on_failed: Literal["hold", "mark"]
    mark_unsure: bool  # fabric: mark doubtful places too
    stop_on_length_mm: float  # a defect this long stops the line; 0: never
    longest_shot_mm: float  # the microcontroller takes no longer window; longer ones are split


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStarted:
    """A line process opened its log."""

    kind: Literal["line_started"] = "line_started"
    line_kind: LineKind
    article: str
    bundle_id: str
    software: str
    web_width_mm: float
    run_id: str = ""  # UUID of this start; the ids of its sort commands derive from it
    start_mm: float = 0.0  # the web goes on from here: positions never repeat within a log
    policy: SortingPolicy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStopped:
    """A line process ended; the three lengths add up."""

    kind: Literal["line_stopped"] = "line_stopped"
    cause: str
    said: tuple[Saying, ...] = ()  # as in StateChanged
    encoder_length_mm: float
    inspected_mm: float
    not_inspected_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The line's state, and why."""

    kind: Literal["state_changed"] = "state_changed"
    state: LineState
    cause: str  # in English, as in the log
    said: tuple[Saying, ...] = ()  # the same for any language; empty before schema 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RollStarted:
    """A roll (fabric) begins at `start_mm`."""

    kind: Literal["roll_started"] = "roll_started"
    roll_id: str
    name: str
    article: str
    width_mm: float
    start_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RollEnded:
    """A roll ends."""

    kind: Literal["roll_ended"] = "roll_ended"
    roll_id: str
    end_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LotStarted:
    """A lot of fibre begins to run."""

    kind: Literal["lot_started"] = "lot_started"
    lot_id: str
    name: str
    article: str
    supplier: str  # empty: unknown
    start_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEnded:
    """A lot has run through."""

    kind: Literal["lot_ended"] = "lot_ended"
    lot_id: str
    end_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanInspected:
    """A run of inspected frames, closed at least once a second; `to_mm` - `from_mm` is inspected length."""

    kind: Literal["span_inspected"] = "span_inspected"
    roll_id: str | None
    lot_id: str | None
    from_mm: float
    to_mm: float
    inspected_width_mm: float  # mean; what was judged between the edges
    frames: int
    clean: int
    defective: int
    unsure: int
    deadline_misses: int  # frames whose decision came after their deadline
    capture_to_decision_ms_max: float
    stage_ms: dict[str, float]  # mean of each stage
    fed_kg: float = 0.0  # fibre: mass that passed, from the belt's configured feed
    trash_area_pct: float | None = None
    calibration_expired: bool = False  # a part of the camera's calibration had run out
    fibre_lab: tuple[float, float, float] | None = (
        None  # mean CIE L*a*b* of clean fibre; None: not calibrated
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanNotInspected:
    """A stretch that nobody looked at, and why."""

    kind: Literal["span_not_inspected"] = "span_not_inspected"
    roll_id: str | None
    lot_id: str | None
    from_mm: float
    to_mm: float
    reason: NotInspectedReason
    detail: str
    fed_kg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDefect:
    """A defect inside one frame, as judged; x across, y on the web since encoder zero."""

    defect_kind: str
    score: float
    x0_mm: float
    y0_mm: float
    x1_mm: float
    y1_mm: float
    area_mm2: float
    length_mm: float
    unsure: bool = False  # its score lies in the band between the thresholds
    running_mm: float = 0.0  # its extent along the web with what earlier frames showed of it


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedShot:
    """A sort command as decided: what to move, for which stretch of material."""

    command_id: str
    actuator: Actuator
    lane: int  # valve number; 0 for the others
    from_mm: float
    to_mm: float
    rule: str  # the rule of the policy that asked for it


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameJudged:
    """A frame that is not CLEAN, with the decision taken: what replay compares."""

    kind: Literal["frame_judged"] = "frame_judged"
    roll_id: str | None
    lot_id: str | None
    camera_id: str
    frame_seq: int
    source: str
    web_start_mm: float
    web_end_mm: float
    verdict: str  # vision.types.Verdict
    score: float | None  # None when FAILED
    reason: str
    defects: tuple[SeenDefect, ...]
    rule: str  # the rule of the sorting policy that fired
    shots: tuple[OrderedShot, ...]
    bundle_id: str
    picture_sha256: str | None
    damaged: bool = False  # the camera delivered it damaged: it could not be judged
    defects_unpictured: int = 0  # of `defects`: more than a frame's crops show, or pictures were shed


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectFound:
    """A defect on the web, merged over frame seams: what is counted and graded."""

    kind: Literal["defect_found"] = "defect_found"
    defect_id: str
    roll_id: str | None
    lot_id: str | None
    defect_kind: str
    score: float
    x0_mm: float
    y0_mm: float
    x1_mm: float
    y1_mm: float
    area_mm2: float
    length_mm: float
    unsure: bool  # found in the band between the thresholds: for review, not graded
    frames: int
    bundle_id: str
    picture_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotAnswered:
    """What became of one sort command. Anything but SCHEDULED is an escape."""

    kind: Literal["shot_answered"] = "shot_answered"
    command_id: str
    roll_id: str | None
    lot_id: str | None
    actuator: Actuator
    lane: int
    from_mm: float
    to_mm: float
    fate: ShotFate
    detail: str
    margin_ms: float  # time left when the MCU took it
    ejected_kg: float = 0.0  # fibre: mass in the shot's window
    good_fibre_kg: float = 0.0  # of it, not the contaminant


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotGivenUp:
    """A scheduled shot that the controller dropped or cut short: an escape after all, nothing ejected."""

    kind: Literal["shot_given_up"] = "shot_given_up"
    command_id: str  # answered SCHEDULED before
    roll_id: str | None
    lot_id: str | None
    actuator: Actuator
    lane: int
    from_mm: float
    to_mm: float
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    """Someone should look."""

    kind: Literal["alarm_raised"] = "alarm_raised"
    code: str
    detail: str
    said: tuple[Saying, ...] = ()  # as in StateChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCleared:
    """The cause of an alarm is gone."""

    kind: Literal["alarm_cleared"] = "alarm_cleared"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswered:
    """The line's answer to a command from the plant."""

    kind: Literal["command_answered"] = "command_answered"
    command_id: str
    command: str
    outcome: CommandOutcome
    detail: str
    said: tuple[Saying, ...] = ()  # as in StateChanged


Body = Annotated[
    LineStarted
    | LineStopped
    | StateChanged
    | RollStarted
    | RollEnded
    | LotStarted
    | LotEnded
    | SpanInspected
    | SpanNotInspected
    | FrameJudged
    | DefectFound
    | ShotAnswered
    | ShotGivenUp
    | PictureKept
    | PictureDropped
    | AlarmRaised
    | AlarmCleared
    | CommandAnswered
    | ShadowCompared
    | MassWeighed
    | SensorRead
    | LintMeasured
    | LampRead
    | CalibrationUsed
    | PictureMeasured,
    Discriminator("kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact from one line."""

    id: str  # UUID
    schema_version: int
    log_id: str  # UUID of the line's event log: made once, when the log is created
    seq: int  # 1, 2, 3 … without gaps within a log
    tenant: Tenant
    stamp: Stamp
    demo: bool
    body: Body


EVENT_CODEC: TypeAdapter[Event] = TypeAdapter(Event)
EVENTS_CODEC: TypeAdapter[list[Event]] = TypeAdapter(list[Event])
