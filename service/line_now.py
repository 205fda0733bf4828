"""What a line says of itself while somebody looks at it: its health, and a small picture of its newest frame.

No event: nothing of it is stored, and nothing waits for it. The plant says with each answer to the line's
question for commands (`WATCHED_HEADER`) whether somebody looks; only then does the line tell.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from service.event_terms import LineState

WATCHED_HEADER = "x-maqta-watched"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageNow:
    """One stage of a frame's way in the last full minute."""

    stage: str
    p50_ms: float
    p99_ms: float
    max_ms: float
    late: int  # frames and shots whose deadline passed in it


@dataclass(frozen=True, slots=True, kw_only=True)
class SorterNow:
    """The link to the sorter's controller, and what it counts since it booted."""

    state: str  # firmware_bridge.types.LinkState
    firmware: str  # empty: never met
    lanes: int  # valves over the width
    scheduled: int
    refused: int
    started: int
    dropped: int  # taken, then given up
    cut: int  # switched off by the maximum on-time
    bad_frames: int  # damaged on the wire, both ends
    connections: int  # of this run of the line
    disarms: int  # of this run of the line
    duty: tuple[float, ...]  # share of the last minute that each valve was open, by lane


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraNow:
    """The camera: what came from it, and how well its newest frame shows the material."""

    frames: int
    shed: int  # the queue was full
    lost: int  # triggered, never delivered
    queue_depth: int
    last_frame_age_s: float | None  # None: no frame yet
    faults: tuple[str, ...]  # vision.health.PictureFault
    mean_grey: float | None
    low_grey: float | None  # 1st percentile
    high_grey: float | None  # 99th percentile
    saturated_share: float | None
    noise_grey: float | None
    sharpness: float | None  # % of the mean grey
    usual_sharpness: float | None  # of the recipe's good material


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskNow:
    """The line's own disk."""

    free_bytes: int
    total_bytes: int
    pictures_bytes: int  # of the ring
    pictures_budget_bytes: int
    film_ring_s: float | None  # None: nothing is filmed


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxNow:
    """A defect in a preview; edges as shares of the picture's sides, from its upper left corner."""

    defect_kind: str
    unsure: bool
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewNow:
    """The newest judged frame made small, with what was found in it."""

    frame_seq: int
    web_start_mm: float
    web_end_mm: float
    width_mm: float
    verdict: str  # vision.types.Verdict
    boxes: tuple[BoxNow, ...]
    jpeg_base64: str
    detail_base64: str  # the frame's middle, one pixel for one: what a lens in focus shows


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNow:
    """A line at one moment."""

    utc: datetime
    started_utc: datetime  # of this run
    state: LineState
    cause: str
    article: str
    software: str
    speed_mm_s: float
    web_mm: float
    inspected_mm: float  # of this run, as the next
    not_inspected_mm: float
    deadline_misses: int
    events_waiting: int  # on the line's disk, not at the plant
    events_lost: int
    pictures_not_kept: int
    deadline_ms: float  # from capture to command
    stages: tuple[StageNow, ...]  # empty before the first full minute
    sorter: SorterNow
    camera: CameraNow
    disk: DiskNow
    preview: PreviewNow | None  # None: no frame since the last one told


LINE_NOW_CODEC: TypeAdapter[LineNow] = TypeAdapter(LineNow)
