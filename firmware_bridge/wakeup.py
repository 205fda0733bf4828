"""A descriptor that wakes a thread out of select(); safe to use after it was closed."""

import contextlib
import os
import threading


class WakeUp:
    """Set by any thread, cleared by the one that waits."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()  # else set() could write into a stranger's file that got the number

    def fileno(self) -> int:
        """For select(); -1 once closed."""
        return self._fd

    def set(self) -> None:
        """Wake the thread that waits, or that waits next."""
        with self._lock:
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def clear(self) -> None:
        """Forget the calls of set() so far."""
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._fd >= 0:
                os.eventfd_read(self._fd)

    def close(self) -> None:
        """Give the descriptor back; closing twice is fine."""
        with self._lock:
            fd, self._fd = self._fd, -1
            if fd >= 0:
                os.close(fd)
