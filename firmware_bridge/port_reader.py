"""A thread that fetches what a serial port has, so that whoever writes never waits for the port's input.

To ask a Linux tty for input, by read() or select(), is to wait until the kernel's worker has passed on what
came in meanwhile. That worker is no real-time thread: beside real-time threads on every core it gets its turn
when one of them sleeps.
"""

import os
import select
import threading

from firmware_bridge.wakeup import WakeUp

_MOST = 4096  # bytes at once


class PortReader:
    """Collects the bytes of one open descriptor until it is closed or fails."""

    def __init__(self, fd: int) -> None:
        """Start to read; the descriptor stays the caller's, who closes it after `close`."""
        self._fd = fd
        self._changed = threading.Condition()
        self._data = bytearray()
        self._woken = False
        self._failure: OSError | None = None
        self._ending = WakeUp()
        self._thread = threading.Thread(target=self._run, name="serial-reader", daemon=True)
        self._thread.start()

    def take(self, timeout_s: float) -> bytes:
        """Return what has come; wait for a first byte, for `wake` or for the timeout.

        Raises:
            OSError: the port failed, and everything that came before has been taken.
        """
        with self._changed:
            if not self._data and not self._woken and self._failure is None:
                self._changed.wait(max(0.0, timeout_s))
            self._woken = False
            if self._failure is not None and not self._data:
                raise self._failure
            data = bytes(self._data)
            self._data.clear()
            return data

    def wake(self) -> None:
        """Let the `take` that waits return, or else the next one."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        self._thread.join()
        self._ending.close()

    def _run(self) -> None:
        while True:
            try:
                ready, _, _ = select.select([self._fd, self._ending.fileno()], [], [])
                if self._ending.fileno() in ready:
                    return
                data = os.read(self._fd, _MOST)
                if not data:
                    raise OSError("it is ready to read and gives nothing: unplugged")
            except BlockingIOError:
                continue
            except OSError as error:
                with self._changed:
                    self._failure = error
                    self._changed.notify()
                return
            with self._changed:
                self._data += data
                self._changed.notify()
