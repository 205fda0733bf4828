"""The line's state, from the reasons that hold or degrade it. Pure; the loop records what changes."""

from service.event_terms import LineState
from service.events import StateChanged


class LineStates:
    """Held while anything holds it, degraded while anything is wrong, else running."""

    def __init__(self) -> None:
        self._holds: dict[str, str] = {}
        self._troubles: dict[str, str] = {}
        self._state = LineState.STARTING
        self._reasons: tuple[str, ...] = ()

    @property
    def state(self) -> LineState:
        """The state now."""
        return self._state

    @property
    def held(self) -> bool:
        """Whether material passes unjudged."""
        return bool(self._holds)

    @property
    def cause(self) -> str:
        """Why the line is in its state; empty when all is well."""
        return "; ".join((self._holds or self._troubles).values())

    def holds(self, code: str) -> bool:
        """Whether this reason holds the line."""
        return code in self._holds

    def hold(self, code: str, cause: str) -> None:
        """Hold the line for a reason, until that reason is released."""
        self._holds[code] = cause

    def release(self, code: str) -> None:
        """Take back a reason to hold."""
        self._holds.pop(code, None)

    def degrade(self, code: str, cause: str) -> None:
        """Go on, with something wrong."""
        self._troubles[code] = cause

    def recover(self, code: str) -> None:
        """Take back something wrong."""
        self._troubles.pop(code, None)

    def change(self, well: str) -> StateChanged | None:
        """Return the event of a new state or reason, once; `well` is the cause of a return to running.

        A reason that only words itself anew (a port that is tried again and again) is no change.
        """
        state = LineState.RUNNING
        if self._holds or self._troubles:
            state = LineState.HELD if self._holds else LineState.DEGRADED
        reasons = tuple(sorted(self._holds or self._troubles))
        if (state, reasons) == (self._state, self._reasons):
            return None
        self._state, self._reasons = state, reasons
        return StateChanged(state=state, cause=self.cause or well)


class Alarms:
    """The alarms that stand; each is raised once and cleared once."""

    def __init__(self) -> None:
        self._standing: dict[str, str] = {}

    @property
    def standing(self) -> tuple[str, ...]:
        """Codes of the alarms that stand."""
        return tuple(self._standing)

    def rise(self, code: str, detail: str) -> bool:
        """Note an alarm; True if it is new."""
        new = code not in self._standing
        self._standing[code] = detail
        return new

    def clear(self, code: str) -> bool:
        """Take an alarm back; True if it stood."""
        return self._standing.pop(code, None) is not None
