"""Bytes to and from a serial port, of the microcontroller or of a scale; the only user of pyserial."""

import contextlib
import os
import select
from typing import Protocol

import serial

from firmware_bridge.port_holders import port_holders
from firmware_bridge.port_reader import PortReader
from firmware_bridge.types import LinkDownError

BAUD = 500_000  # an ATmega2560 at 16 MHz makes this rate exactly
FRAMING = "8N1"
SORTER = "the sorter's controller"
WRITE_TIMEOUT_S = 0.2  # a port that takes no byte for this long is as good as unplugged


class Transport(Protocol):
    """What the link needs of a port; every failure is a LinkDownError that names port and cure."""

    @property
    def port(self) -> str:
        """Where the bytes go, for messages to people."""
        ...

    def open(self) -> None:
        """Take the port for this process alone."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived; wait for a first byte, for wake() or for the timeout (then b"")."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def wake(self) -> None:
        """Make a read() that is waiting in another thread return now, or else the next one."""
        ...

    def close(self) -> None:
        """Give the port back; closing twice is fine."""
        ...


class SerialTransport:
    """A serial port, or the pty of the MCU twin."""

    def __init__(self, port: str, *, baud: int = BAUD, framing: str = FRAMING, device: str = SORTER) -> None:
        """Open nothing yet; `framing` is data bits, parity and stop bits, e.g. "7E1"."""
        self._port = port
        self._baud = baud
        self._framing = framing
        self._device = device  # for messages to people
        self._serial: serial.Serial | None = None
        self._reader: PortReader | None = None
        self.has_low_latency = False  # the driver passes each byte on at once

    @property
    def port(self) -> str:
        """The device path."""
        return self._port

    def open(self) -> None:
        """Open the port exclusively.

        Raises:
            LinkDownError: the port is missing, in use, or not ours to open.
        """
        try:
            self._serial = serial.Serial(
                self._port,
                self._baud,
                bytesize=int(self._framing[0]),
                parity=self._framing[1],
                stopbits=int(self._framing[2]),
                timeout=0,
                exclusive=True,
            )
        except (OSError, ValueError) as error:
            raise LinkDownError(self._cannot_open(error)) from error
        self._ask_for_low_latency(self._serial)
        self._reader = PortReader(self._serial.fileno())

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived; wait at most `timeout_s` for it.

        Raises:
            LinkDownError: the port is gone.
        """
        try:
            return self._opened()[1].take(timeout_s)
        except OSError as error:
            raise LinkDownError(self._gone("read", error)) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            LinkDownError: the port is gone or takes no more bytes.
        """
        fd, left = self._opened()[0].fileno(), memoryview(data)
        try:
            while left:
                try:
                    left = left[os.write(fd, left) :]
                except BlockingIOError:
                    _, has_room, _ = select.select([], [fd], [], WRITE_TIMEOUT_S)
                    if not has_room:
                        raise TimeoutError(f"it takes no byte for {WRITE_TIMEOUT_S:g} s") from None
        except OSError as error:
            raise LinkDownError(self._gone("write", error)) from error

    def wake(self) -> None:
        """Make read() return at once."""
        reader = self._reader
        if reader is not None:
            reader.wake()

    def close(self) -> None:
        """Close the port."""
        port, self._serial = self._serial, None
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
        if port is not None:
            with contextlib.suppress(OSError):  # the device may be gone already
                port.close()

    def _opened(self) -> tuple[serial.Serial, PortReader]:
        if self._serial is None or self._reader is None:
            raise LinkDownError(f"port {self._port} is not open: call open() first")
        return self._serial, self._reader

    def _ask_for_low_latency(self, port: serial.Serial) -> None:
        # FTDI chips otherwise hold bytes back for 16 ms; ptys and many drivers do not know the request.
        self.has_low_latency = False
        with contextlib.suppress(OSError, ValueError, AttributeError):
            port.set_low_latency_mode(True)
            self.has_low_latency = True

    def _cannot_open(self, error: Exception) -> str:
        holders = port_holders(self._port)
        if holders:
            return f"port {self._port} is in use by {', '.join(holders)}: stop that first ({error})"
        return (
            f"port {self._port} can't be opened ({error}): check that the cable is in, that the port in the "
            "line's TOML is right, that no other program uses it and that this user may open it"
        )

    def _gone(self, action: str, error: Exception) -> str:
        return f"port {self._port}: {action} failed ({error}): check cable and power of {self._device}"
