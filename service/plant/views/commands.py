"""Commands to lines and what became of them."""

from dataclasses import dataclass
from datetime import datetime

from service.line_commands import CommandOutcome, LineCommand
from service.said.sayings import Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """A command to a line and what became of it."""

    command: LineCommand
    outcome: CommandOutcome | None  # None: waits; EXPIRED also where no answer came in time
    detail: str  # in English
    said: tuple[Saying, ...]  # the same for any language; empty: in English alone
    answered_utc: datetime | None
