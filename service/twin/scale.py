"""A scale simulated behind a real pty: sends lines by itself or answers requests, and fails on demand."""

import os
import threading
from collections.abc import Callable

from firmware_bridge.twin_cable import Cable

WAIT_S = 0.02


class ScaleTwin:
    """Speaks the A&D standard format; what lies on it and what is wrong with it may change at any time."""

    def __init__(self, *, request: str = "", every_s: float = 0.05) -> None:
        """Make the port; with `request` it speaks only when it is asked by that text."""
        self._cable = Cable()
        self.port = self._cable.port
        self._request = request.encode()
        self._every_s = every_s
        self._text: Callable[[], bytes] = lambda: line_of(0.0)
        self._silent = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scale twin", daemon=True)

    def start(self) -> None:
        """Switch it on."""
        self._thread.start()

    def put(self, mass_kg: float, *, steady: bool = True, unit: str = "kg") -> None:
        """Something lies on it now."""
        self._text = lambda: line_of(mass_kg, steady=steady, unit=unit)

    def overload(self) -> None:
        """More lies on it than it can weigh."""
        self._text = lambda: b"OL,GS,+9999999kg\r\n"

    def garble(self) -> None:
        """Its line has noise."""
        self._text = lambda: os.urandom(12).replace(b"\n", b"\x00") + b"\r\n"

    def silence(self, silent: bool = True) -> None:
        """It says nothing (or speaks again)."""
        self._silent = silent

    def stop(self) -> None:
        """Pull the plug."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(5.0)
        self._cable.close()

    def _run(self) -> None:
        asked = b""
        while not self._stopping.wait(WAIT_S if self._request else self._every_s):
            asked += self._cable.read() if self._request else b""
            if self._request and self._request not in asked:
                continue
            asked = b""
            if not self._silent:
                self._cable.write(self._text())


def line_of(mass_kg: float, *, steady: bool = True, unit: str = "kg") -> bytes:
    """One line, e.g. b"ST,GS,+  218.40kg" with its end."""
    sign = "-" if mass_kg < 0 else "+"
    return f"{'ST' if steady else 'US'},GS,{sign}{abs(mass_kg):8.2f}{unit}\r\n".encode()
