"""The line's state, from the reasons that hold or degrade it. Pure; the loop records what changes."""

from service.event_terms import LineState
from service.events import StateChanged
from service.said.codes import Said
from service.said.sayings import Saying, in_english, say


class LineStates:
    """Held while anything holds it, degraded while anything is wrong, else running."""

    def __init__(self) -> None:
        self._holds: dict[str, Saying] = {}
        self._troubles: dict[str, Saying] = {}
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
    def causes(self) -> tuple[Saying, ...]:
        """Why the line is in its state; empty when all is well."""
        return tuple((self._holds or self._troubles).values())

    def holds(self, code: str) -> bool:
        """Whether this reason holds the line."""
        return code in self._holds

    def hold(self, code: str, cause: Saying) -> None:
        """Hold the line for a reason, until that reason is released."""
        self._holds[code] = cause

    def release(self, code: str) -> None:
        """Take back a reason to hold."""
        self._holds.pop(code, None)

    def degrade(self, code: str, cause: Saying) -> None:
        """Go on, with something wrong."""
        self._troubles[code] = cause

    def recover(self, code: str) -> None:
        """Take back something wrong."""
        self._troubles.pop(code, None)

    def change(self) -> StateChanged | None:
        """Return the event of a new state or reason, once.

        A reason that only words itself anew (a port that is tried again and again) is no change.
        """
        state = LineState.RUNNING
        if self._holds or self._troubles:
            state = LineState.HELD if self._holds else LineState.DEGRADED
        reasons = tuple(sorted(self._holds or self._troubles))
        if (state, reasons) == (self._state, self._reasons):
            return None
        self._state, self._reasons = state, reasons
        return state_changed(state, *(self.causes or (say(Said.ALL_WELL),)))


def state_changed(state: LineState, *causes: Saying) -> StateChanged:
    """The event of a state with its causes."""
    return StateChanged(state=state, cause=in_english(causes), said=causes)


class Alarms:
    """The alarms that stand; each is raised once and cleared once."""

    def __init__(self) -> None:
        self._standing: set[str] = set()

    @property
    def standing(self) -> tuple[str, ...]:
        """Codes of the alarms that stand."""
        return tuple(sorted(self._standing))

    def rise(self, code: str) -> bool:
        """Note an alarm; True if it is new."""
        new = code not in self._standing
        self._standing.add(code)
        return new

    def clear(self, code: str) -> bool:
        """Take an alarm back; True if it stood."""
        stood = code in self._standing
        self._standing.discard(code)
        return stood
