"""Audits of what the machine let pass, studies of appraisers, and drift, as they are shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.plant.appraisal.drift import DriftStatus


class AuditKind(StrEnum):
    """What was drawn."""

    ROLL = "roll"  # graded A: a person looks through it
    PICTURE = "picture"  # a CLEAN sample


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditItem:
    """One drawn item, and what a person said of it."""

    id: int
    draw_id: str
    line: str
    kind: AuditKind
    subject: str  # roll id, or a picture's hash
    population: int  # of which it was drawn
    seed: int
    from_utc: datetime
    to_utc: datetime
    drawn_utc: datetime
    drawn_by: str
    answered_utc: datetime | None
    answered_by: str | None
    missed: int | None  # defects that the machine had not found; None: not answered
    note: str
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyItem:
    """A picture of a study with what the CNN said of it."""

    sha256: str
    defective: bool
    bundle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Pictures that several appraisers judge without knowing of each other."""

    study_id: str
    line: str
    made_utc: datetime
    made_by: str
    seed: int
    items: tuple[StudyItem, ...]
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one appraiser still has to judge: hashes only, in an order of their own."""

    study_id: str
    appraiser: str
    trial: int
    pictures: tuple[str, ...]


class DriftMeasure(StrEnum):
    """What is compared with the reference."""

    SCORES = "drift_scores"
    CLASSES = "drift_classes"
    BRIGHTNESS = "drift_brightness"
    SHARPNESS = "drift_sharpness"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftView:
    """One measure of one line under its CNN now."""

    line: str
    bundle_id: str
    measure: DriftMeasure
    psi: float | None  # None: too few samples yet
    status: DriftStatus | None
    reference_version: int | None
    samples: int  # of the window, or of the reference while it fills
    wanted: int
    newest_utc: datetime | None
