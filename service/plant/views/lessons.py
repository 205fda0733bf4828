"""An article that is learnt from a running line: its pictures, its job, and what an hour would have been."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from vision.card import Promise


class LessonState(StrEnum):
    """How far a lesson is."""

    GATHERING = "gathering"
    LEARNING = "learning"
    LEARNT = "learnt"
    FAILED = "failed"
    ENDED = "ended"  # given up, or its recipe was sent to the line


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A whole frame of the hour before learning, and what the new recipe scores it."""

    sha256: str
    was_flagged: bool  # kept because the active recipe was not sure; otherwise a random CLEAN sample
    score: float | None  # None: the new recipe can't judge it, e.g. a picture that was made smaller


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One article on its way from good cloth to a recipe."""

    id: str
    line: str
    article: str
    material: Literal["fabric", "fibre"]
    frames: int  # asked of the line
    asked_utc: datetime
    asked_by: str
    state: LessonState = LessonState.GATHERING
    step: str = ""  # what the job said last, or why it failed
    steps: int = 0  # that the job has told
    bundle_id: str = ""
    demo: bool = False
    hour: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the new recipe would have said of the last hour's whole frames, at a promised rate."""

    promise: Promise
    unsure: float
    defective: float
    frames: int  # that it could judge
    left_out: int  # that it could not: crops, and frames that were kept smaller
    flagged_before: int
    flagged_after: int
    flagged_anew: int  # CLEAN before, flagged now


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonView:
    """A lesson, and how many of its pictures the plant holds."""

    lesson: Lesson
    held: int
    pictures: tuple[str, ...]  # the newest few, by hash
