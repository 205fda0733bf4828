"""Writes that clients may send twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What became of the first request with a key."""

    RUNS: ClassVar[int] = 0

    request_sha256: str
    status: int  # RUNS: not answered yet, or the plant fell over it
    media_type: str
    body: str
    asked_utc: datetime

    @property
    def answered(self) -> bool:
        """Whether there is an answer to give again."""
        return self.status != self.RUNS
