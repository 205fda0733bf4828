"""Found defects and what people say of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MarkVerdict(StrEnum):
    """What a person says of a found defect."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkView:
    """A person's verdict on a defect; the newest one counts."""

    defect_id: str
    verdict: MarkVerdict
    kind: str | None  # corrected kind, where given
    user: str
    utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectView:
    """One defect, placed within its roll (or within the web's zero where it belongs to none)."""

    defect_id: str
    line: str
    roll_id: str | None
    lot_id: str | None
    kind: str  # as found; a correction stands in `mark`
    score: float
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    length_mm: float  # longest dimension
    area_mm2: float
    unsure: bool
    points: int  # 0: not graded
    not_graded_because: str  # "unsure", "marked_wrong", "below_length" or empty
    bundle_id: str
    crop_sha256: str | None
    crop_held: bool  # the picture lies in the plant's store
    mark: MarkView | None
    found_utc: datetime
    demo: bool
