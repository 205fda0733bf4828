"""A line as it tells of itself while somebody looks."""

from dataclasses import dataclass
from datetime import datetime

from service.line_now import BoxNow, LineNow


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The picture of one frame, small; its bytes are asked for by number."""

    number: int  # 1, 2, 3 … since the plant started
    utc: datetime
    frame_seq: int
    web_start_mm: float
    web_end_mm: float
    width_mm: float
    verdict: str
    boxes: tuple[BoxNow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What a line told last, a few seconds old at most."""

    line: str
    received_utc: datetime
    now: LineNow  # its preview is among the next
    previews: tuple[Preview, ...]  # newest first
    sharpness: tuple[float, ...]  # a value a second, oldest first
