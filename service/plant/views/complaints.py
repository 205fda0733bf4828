"""A customer's complaint, with all that the plant knows of the roll at that place."""

from dataclasses import dataclass
from datetime import datetime

from service.plant.views.defects import DefectView
from service.plant.views.rolls import RollRow, Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintView:
    """What a customer says."""

    complaint_id: str
    roll_id: str
    customer: str
    reference: str  # the customer's own number
    kind: str | None  # of defect, as the customer names it
    from_m: float | None  # in the roll; None: not told
    to_m: float | None
    text: str
    user: str  # who took it down
    utc: datetime
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintDetail:
    """A complaint, opened: what was seen there, and what nobody looked at."""

    complaint: ComplaintView
    roll: RollRow
    defects: tuple[DefectView, ...]  # at the place, or of the whole roll where none was told; nearest first
    pictures: tuple[str, ...]  # SHA-256 of those that are held: GET /pictures/{sha256}
    uninspected: tuple[Stretch, ...]  # at the place
