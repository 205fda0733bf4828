"""Exposures whose frames are still on their way, in order; each is settled exactly once."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from service.event_terms import NotInspectedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One trigger: which stretch of web its frame shows."""

    seq: int
    from_count: int
    to_count: int
    arrived_ns: int


class Exposures:
    """Joins triggers to frames by their number; used by the line's thread alone."""

    def __init__(self) -> None:
        self._open: deque[Exposure] = deque()
        self._absent: dict[int, tuple[NotInspectedReason, str]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, exposure: Exposure) -> None:
        """Take the next trigger."""
        self._open.append(exposure)

    def explain(self, seq: int, reason: NotInspectedReason, detail: str) -> None:
        """Say why the frame of a trigger won't come."""
        self._absent[seq] = (reason, detail)

    def has(self, seq: int) -> bool:
        """Whether this trigger is known and not settled."""
        return any(exposure.seq == seq for exposure in self._open)

    def before(self, seq: int) -> list[Exposure]:
        """Take out the exposures with lower numbers: frames come in order, so theirs won't come."""
        return self._take(lambda exposure: exposure.seq < seq)

    def take(self, seq: int) -> Exposure | None:
        """Take out the exposure of a frame; call `before` first."""
        if self._open and self._open[0].seq == seq:
            return self._open.popleft()
        return None

    def older_than(self, arrived_ns: int) -> list[Exposure]:
        """Take out the exposures that came before a moment."""
        return self._take(lambda exposure: exposure.arrived_ns < arrived_ns)

    def all(self) -> list[Exposure]:
        """Take out everything."""
        taken = self._take(lambda exposure: True)
        self._absent.clear()
        return taken

    def why(self, exposure: Exposure) -> tuple[NotInspectedReason, str] | None:
        """Return why this exposure's frame won't come, if that is known."""
        return self._absent.pop(exposure.seq, None)

    def _take(self, wanted: Callable[[Exposure], bool]) -> list[Exposure]:
        taken: list[Exposure] = []
        while self._open and wanted(self._open[0]):
            taken.append(self._open.popleft())
        return taken
