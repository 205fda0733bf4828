"""The trigger cable to real cameras whose trigger source is "Software": each pulse is a command to it."""

import threading
from collections.abc import Callable, Sequence

from vision.cameras.wire import TriggerWire

PULSE_WAIT_S = 0.1


class SoftwareCable:
    """Passes pulses on in a thread of its own: a camera that is gone takes seconds to not answer."""

    def __init__(self, wire: TriggerWire, fires: Sequence[Callable[[], None]]) -> None:
        self._wire = wire
        self._fires = tuple(fires)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trigger-cable", daemon=True)

    def start(self) -> None:
        """Start passing pulses on."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop; harmless when it was never started."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._wire.wait(PULSE_WAIT_S) is not None:
                for fire in self._fires:
                    fire()
