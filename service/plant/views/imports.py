"""What became of an import."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that was not taken, and why."""

    row: int  # in the file, the heading is 1; of JSON records the first is 1
    key: str  # of the record, where it could be read
    field: str  # the field at fault; empty: the row as a whole
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: they add up to all that were sent."""

    run_id: int | None  # None: a rehearsal, nothing was kept
    kind: str
    mapping: str
    rows: int
    taken: int  # new, or correcting an earlier one
    corrected: int  # of them
    unchanged: int
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """An import that was kept."""

    run_id: int
    kind: str
    source: str
    content_sha256: str
    mapping: str
    user: str
    utc: datetime
    taken: int
    unchanged: int
    refused: int
