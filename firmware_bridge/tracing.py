"""A transport that lets somebody look on: every frame of both directions, read or damaged, as it passes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from firmware_bridge.messages import Message
from firmware_bridge.protocol import DELIMITER, LONGEST_FRAME, decode
from firmware_bridge.transport import Transport
from firmware_bridge.types import ProtocolError


class Direction(StrEnum):
    """Who sent it."""

    TO_CONTROLLER = "→"
    FROM_CONTROLLER = "←"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFrame:
    """One frame on the wire."""

    at_ns: int  # host monotonic
    direction: Direction
    stuffed: bytes  # without its delimiter
    message: Message | None  # None: it can't be read
    fault: str = ""  # why


class _Cutter:
    """Cuts one direction's bytes at the delimiters; what is too long for a frame is cut, too."""

    def __init__(self) -> None:
        self._partial = b""

    def feed(self, data: bytes) -> list[bytes]:
        *ends, self._partial = (self._partial + data).split(DELIMITER)
        if len(self._partial) > LONGEST_FRAME:
            ends, self._partial = [*ends, self._partial], b""
        return [end for end in ends if end]


class TracedTransport:
    """Passes everything on unchanged and tells `on_frame`, in the thread that reads or writes."""

    def __init__(
        self, inner: Transport, on_frame: Callable[[SeenFrame], None], *, now_ns: Callable[[], int]
    ) -> None:
        self._inner = inner
        self._on_frame = on_frame
        self._now_ns = now_ns
        self._cutters = {direction: _Cutter() for direction in Direction}

    @property
    def port(self) -> str:
        """The inner transport's."""
        return self._inner.port

    def open(self) -> None:
        """Open the inner transport."""
        self._inner.open()

    def read(self, timeout_s: float) -> bytes:
        """Read from the inner transport."""
        data = self._inner.read(timeout_s)
        self._see(Direction.FROM_CONTROLLER, data)
        return data

    def write(self, data: bytes) -> None:
        """Write to the inner transport."""
        self._see(Direction.TO_CONTROLLER, data)
        self._inner.write(data)

    def wake(self) -> None:
        """Wake the inner transport."""
        self._inner.wake()

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _see(self, direction: Direction, data: bytes) -> None:
        for stuffed in self._cutters[direction].feed(data):
            message, fault = None, ""
            try:
                message = decode(stuffed)
            except ProtocolError as error:
                fault = str(error)
            self._on_frame(
                SeenFrame(
                    at_ns=self._now_ns(),
                    direction=direction,
                    stuffed=stuffed,
                    message=message,
                    fault=fault,
                )
            )
