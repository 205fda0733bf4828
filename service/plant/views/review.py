"""The review queue as it is shown: items, who asks for them, and what a person may say."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from datasets.labels import PixelBox
from service.plant.views.defects import DefectView


class ReviewSubject(StrEnum):
    """What is looked at."""

    DEFECT = "defect"  # found by the machine
    PICTURE = "picture"  # a whole frame: called CLEAN and drawn at random, or judged on the live strip
    ROLL = "roll"  # passed, drawn at random


class ReviewWhy(StrEnum):
    """Why an item is worth a person's look."""

    UNSURE = "unsure"  # the machine was not sure
    JUDGED = "judged"  # a person saw a defect on the live strip, the machine none
    CRITICAL = "critical"  # a kind that nobody may miss
    COSTLY = "costly"  # it costs many points
    SPOT_CHECK = "spot_check"  # an ordinary finding, drawn at random
    AUDIT = "audit"  # passed by the machine, drawn at random


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePlace:
    """Where a picture lies on the web; x across, y along from the roll's start where it has one."""

    x0_mm: float
    y0_mm: float
    mm_per_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One item on a person's desk. It never tells what another person said of it."""

    id: int
    subject: ReviewSubject
    subject_id: str  # defect id, a picture's hash, or roll id
    line: str
    why: ReviewWhy
    value: float
    picture_sha256: str | None
    place: PicturePlace | None  # None: its line did not say
    defect: DefectView | None
    roll_name: str
    leased_until: datetime
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWord:
    """What a person says of an item."""

    defective: bool
    kind: str | None = None  # None: the kind as found, or not known
    boxes: tuple[PixelBox, ...] = ()
    missed: int | None = None  # a roll: defects that the machine had not found


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWord:
    """What a person did last, and may take back."""

    item_id: int
    subject: ReviewSubject
    skipped: bool
    defective: bool | None  # None: skipped
    kind: str | None
    missed: int
    utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """The queue as one person sees it."""

    waiting: dict[ReviewWhy, int]  # of everybody, this person's own included
    with_others: int  # on other people's desks now
    skipped: int  # by this person: not offered to them for a while
    judged_today: int  # by this person
    last: LastWord | None
