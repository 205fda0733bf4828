"""The rows behind a figure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RowKind(StrEnum):
    """What one row is."""

    ROLL = "roll"
    SPAN = "span"
    DEFECT = "defect"
    SHOT = "shot"
    ALARM = "alarm"
    LOT = "lot"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRow:
    """One row that a figure counts: what it adds to both sides of the fraction, and where its pictures are.

    Over all rows the two add up to the figure's numerator and denominator, in its units; None where a row has
    no part of its own in that side (a defect has none in the area, a span none in the defects).
    """

    kind: RowKind
    id: str
    line: str
    utc: datetime
    what: str  # name, kind of defect, reason
    numerator: float | None
    denominator: float | None
    roll_id: str | None
    lot_id: str | None
    picture_sha256: str | None  # held by the plant: GET /pictures/{sha256}
    demo: bool
