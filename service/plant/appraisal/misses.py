"""What the machine misses, from audits of what it let pass."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.plant.appraisal.intervals import Share, share_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RollAudit:
    """A passed roll that a person looked through."""

    roll_id: str
    found: int  # true defects that the machine had found on it
    missed: int  # defects that it had not


@dataclass(frozen=True, slots=True, kw_only=True)
class MissEstimate:
    """What audits say of a window; intervals are 95 %."""

    rolls_audited: int
    recall_on_rolls: Share  # of the defects on audited rolls, those the machine had found
    pictures_audited: int
    missed_per_clean_frame: Share  # of CLEAN samples, those that show a defect
    clean_frames: int  # CLEAN frames of the window, of which the samples are a random part
    missed_frames: tuple[float, float, float] | None  # estimate, low, high over all CLEAN frames
    waiting: int  # drawn, not answered yet


def estimate(
    rolls: Sequence[RollAudit], pictures: Sequence[int], *, clean_frames: int, waiting: int
) -> MissEstimate:
    """Put audits together; `pictures` holds the defects seen on each audited CLEAN sample."""
    found, missed = sum(roll.found for roll in rolls), sum(roll.missed for roll in rolls)
    per_frame = share_of(sum(count > 0 for count in pictures), len(pictures))
    frames = None
    if per_frame.value is not None:
        frames = (
            per_frame.value * clean_frames,
            per_frame.low * clean_frames,
            per_frame.high * clean_frames,
        )
    return MissEstimate(
        rolls_audited=len(rolls),
        recall_on_rolls=share_of(found, found + missed),
        pictures_audited=len(pictures),
        missed_per_clean_frame=per_frame,
        clean_frames=clean_frames,
        missed_frames=frames,
        waiting=waiting,
    )
