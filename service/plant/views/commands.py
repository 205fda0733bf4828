"""Commands to lines and what became of them."""

from dataclasses import dataclass
from datetime import datetime

from service.line_commands import CommandOutcome, LineCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """A command to a line and what became of it."""

    command: LineCommand
    outcome: CommandOutcome | None  # None: waits; EXPIRED also where no answer came in time
    detail: str
    answered_utc: datetime | None
