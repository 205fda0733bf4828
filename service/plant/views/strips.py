"""What people said of frames on the live strip."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StripWord:
    """One person's word on one whole frame; the newest one on a frame counts."""

    word_id: str  # UUID; its label bears the same id
    line: str
    user: str
    utc: datetime
    frame_seq: int
    web_mm: float  # where the frame begins
    machine: str  # its verdict on the frame: vision.types.Verdict
    good: bool
    supersedes: str | None  # the word before on the same frame
    picture_sha256: str | None  # None: the line has not delivered the frame; there is no label yet
