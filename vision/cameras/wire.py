"""The trigger cable of a simulated camera: the machine's side pulses, the camera's side waits."""

import threading
from collections import deque
from dataclasses import dataclass

EXPOSURES_HELD = 4  # a real camera's frame buffers; more exposures than this are lost in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One trigger as it reached the camera."""

    seq: int
    captured_ns: int  # host monotonic


class TriggerWire:
    """Never blocks the machine's side: what a full camera can't expose is lost and counted."""

    def __init__(self) -> None:
        self._pulses: deque[Pulse] = deque()
        self._changed = threading.Condition()
        self._lost = 0
        self._branches: tuple[TriggerWire, ...] = ()

    @property
    def lost(self) -> int:
        """Exposures that found the camera full; their numbers never arrive."""
        with self._changed:
            return self._lost

    def pulse(self, seq: int, captured_ns: int) -> None:
        """Expose frame `seq`; lost and counted when the camera already holds four."""
        for branch in self._branches:
            branch.pulse(seq, captured_ns)
        if self._branches:
            return
        with self._changed:
            if len(self._pulses) >= EXPOSURES_HELD:
                self._lost += 1
                return
            self._pulses.append(Pulse(seq=seq, captured_ns=captured_ns))
            self._changed.notify()

    def wait(self, timeout_s: float) -> tuple[int, int] | None:
        """Return (seq, captured_ns) of the oldest exposure, or None when none came in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._pulses), timeout_s):
                return None
            pulse = self._pulses.popleft()
            return pulse.seq, pulse.captured_ns

    def split(self, count: int) -> "tuple[TriggerWire, ...]":
        """Return cables to several cameras that this one's pulses go to from now on."""
        with self._changed:
            self._branches = tuple(TriggerWire() for _ in range(count))
            return self._branches

    def clear(self) -> None:
        """Forget what was exposed and not fetched, as a camera does when it is opened; counted as lost."""
        with self._changed:
            self._lost += len(self._pulses)
            self._pulses.clear()
