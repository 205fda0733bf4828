"""What became of delivered events."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What became of a delivered batch."""

    accepted: int
    duplicates: int
    last_seq: int  # the plant holds every event of this log up to here, without a gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Events of a line's log that never arrived, both ends included."""

    log_id: str
    from_seq: int
    to_seq: int
