"""The MCU twin's end of a serial cable: a real pty, with noise on demand and a plug to pull."""

import os
import random
import tty

_CHUNK = 4096


class Noise:
    """Damages bytes at a given rate, the same way for the same seed."""

    def __init__(self, *, seed: int, corrupt_per_million: int = 0, drop_per_million: int = 0) -> None:
        self._random = random.Random(seed)
        self._corrupt = corrupt_per_million / 1e6
        self._drop = drop_per_million / 1e6

    def damage(self, data: bytes) -> bytes:
        """Return what arrives of `data`."""
        if not self._corrupt and not self._drop:
            return data
        arrived = bytearray()
        for byte in data:
            if self._random.random() < self._drop:
                continue
            is_hit = self._random.random() < self._corrupt
            arrived.append(byte ^ self._random.randrange(1, 256) if is_hit else byte)
        return bytes(arrived)


class Cable:
    """A pty whose other end the host opens as a serial port."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        self.overruns = 0

    def fileno(self) -> int:
        """For select()."""
        return self._master

    def read(self) -> bytes:
        """Return what has arrived, perhaps nothing."""
        try:
            return os.read(self._master, _CHUNK)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Send; what nobody reads is lost and counted, as on a wire."""
        try:
            self.overruns += os.write(self._master, data) < len(data)
        except BlockingIOError:
            self.overruns += 1

    def close(self) -> None:
        """Pull the plug: the host's reads and writes fail from now on."""
        os.close(self._slave)
        os.close(self._master)
