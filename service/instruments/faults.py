"""The faults that stand at one instrument. Pure."""

from service.event_terms import InstrumentFault
from service.instruments.outcomes import Faulty

GOOD_LINES = 5  # in a row, before garbled text counts as over


class StandingFaults:
    """Each fault begins once and ends once."""

    def __init__(self, silent_after_s: float, now_s: float) -> None:
        self._silent_after_s = silent_after_s
        self._heard_s = now_s
        self._standing: dict[InstrumentFault, str] = {}
        self._good_lines = 0

    @property
    def standing(self) -> dict[InstrumentFault, str]:
        """What is wrong now, with the details."""
        return dict(self._standing)

    def has(self, fault: InstrumentFault) -> bool:
        """Whether this one stands."""
        return fault in self._standing

    def begin(self, fault: InstrumentFault, detail: str, value: float | None = None) -> list[Faulty]:
        """A fault is seen; the one outcome where it is new."""
        if fault in self._standing:
            return []
        self._standing[fault] = detail
        return [Faulty(fault=fault, value=value, detail=detail)]

    def end(self, *faults: InstrumentFault) -> None:
        """These are over."""
        for fault in faults:
            self._standing.pop(fault, None)

    def heard(self, now_s: float) -> None:
        """A line came, readable or not."""
        self._heard_s = now_s
        self.end(InstrumentFault.MISSING)

    def garbled(self, detail: str) -> list[Faulty]:
        """A line can't be read."""
        self._good_lines = 0
        return self.begin(InstrumentFault.GARBLED, detail)

    def readable(self) -> None:
        """A line could be read."""
        self._good_lines += 1
        if self._good_lines >= GOOD_LINES:
            self.end(InstrumentFault.GARBLED)

    def silence(self, now_s: float) -> list[Faulty]:
        """Look whether it has been silent for too long."""
        if now_s - self._heard_s < self._silent_after_s:
            return []
        return self.begin(
            InstrumentFault.MISSING,
            f"no line for {self._silent_after_s:g} s: check its power, its cable and its output mode",
        )
