"""What a line says of the pictures in its ring."""

from dataclasses import dataclass
from typing import Literal

from service.event_terms import PictureWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureKept:
    """A picture lies in the line's ring under its content hash."""

    kind: Literal["picture_kept"] = "picture_kept"
    sha256: str
    media_type: str
    bytes: int
    why: PictureWhy
    roll_id: str | None
    lot_id: str | None
    web_mm: float  # of the picture's first row
    x0_mm: float
    mm_per_px: float
    frame_seq: int
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDropped:
    """A picture left the ring before it was uploaded: the budget was used up."""

    kind: Literal["picture_dropped"] = "picture_dropped"
    sha256: str
    why: PictureWhy
