"""How a Maqta process is asked to stop: Ctrl-C, a SIGTERM, or the end of the supervisor that started it."""

import ctypes
import signal
import threading
from types import FrameType

PR_SET_PDEATHSIG = 1  # prctl(2): signal to get when the parent dies


def stop_on_signals(*, with_parent: bool = False) -> threading.Event:
    """Return an event that is set by the first SIGINT or SIGTERM.

    Args:
        with_parent: also be stopped by SIGTERM when the parent process ends, however it ends (Linux).
    """
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    if with_parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    return stop
