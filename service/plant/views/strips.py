"""What people said of frames on the live strip."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StripMark:
    """A finding in the frame that the word called a false alarm."""

    defect_id: str
    label_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StripWord:
    """One person's word on one whole frame; the newest one on a frame counts."""

    word_id: str  # UUID
    line: str
    user: str
    utc: datetime
    frame_seq: int
    web_mm: float  # where the frame begins
    end_mm: float
    machine: str  # its verdict on the frame: vision.types.Verdict
    found: int  # findings that the frame showed
    good: bool
    supersedes: str | None  # the word before on the same frame
    picture_sha256: str | None  # None: the line has not delivered the frame; there is no label yet
    label_id: str | None
    marks: tuple[StripMark, ...]
    demo: bool  # of the picture; False before it has come
