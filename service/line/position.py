"""Where the web was at a moment, for cameras that no trigger ties to it."""

import time
from collections.abc import Callable
from typing import Protocol

from firmware_bridge.counting import unwrap
from firmware_bridge.types import LinkDownError


class Encoder(Protocol):
    """What is needed of the link."""

    def encoder_now(self) -> int:
        """Estimated encoder count, wrapping."""

    def encoder_speed(self) -> float:
        """Counts a second."""


class WebPosition:
    """Used by the grabber's thread; `follow` is called once, before it starts."""

    def __init__(self, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now_ns = now_ns
        self._encoder: Encoder | None = None
        self._near = 0

    def follow(self, encoder: Encoder) -> None:
        """Ask this link from now on."""
        self._encoder = encoder

    def count_at(self, moment_ns: int) -> float | None:
        """Return the unwrapped count at a moment of the host's clock; None while nobody knows."""
        if self._encoder is None:
            return None
        try:
            self._near = unwrap(self._encoder.encoder_now(), self._near)
            speed = self._encoder.encoder_speed()
        except LinkDownError:
            return None
        return self._near - speed * (self._now_ns() - moment_ns) / 1e9
