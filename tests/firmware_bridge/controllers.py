"""Two controllers behind one face for the conformance suite: the Python twin, and the C firmware in simavr.

Both stand still until run_ms(), so nothing here depends on how fast the machine is.
"""

import os
from dataclasses import dataclass
from typing import Protocol

from emulated_sorter import RUN, EmulatedSorter

from firmware_bridge.protocol import FrameReader, encode
from firmware_bridge.twin import McuTwin
from firmware_bridge.types import Output

OUTPUTS = int(Output.LINE_STOP) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """An output was on."""

    output: int
    tick_on: float
    tick_off: float


class Controller(Protocol):
    """What the suite needs."""

    def write(self, data: bytes) -> None: ...
    def run_ms(self, ms: float) -> bytes: ...
    def set_speed(self, counts_s: float) -> None: ...
    def press_stop(self) -> None: ...
    def release_stop(self) -> None: ...
    def restart(self) -> None: ...
    def hang(self) -> None: ...
    def damage_config(self) -> None: ...
    def pulses(self) -> list[Pulse]: ...
    def line_may_run(self) -> bool: ...
    def close(self) -> None: ...


class _MemoryCable:
    def __init__(self):
        self.to_mcu, self.to_host, self.port = b"", b"", "memory"

    def read(self):
        data, self.to_mcu = self.to_mcu, b""
        return data

    def write(self, data):
        self.to_host += data

    def close(self):
        pass


class TwinController:
    """McuTwin on a clock of its own."""

    STEP_NS = 1_000_000

    def __init__(self):
        self._ns = 0
        self._twin = McuTwin(
            speed_mm_s=0.0,
            counts_per_mm=1.0,
            on_expose=lambda seq, count: None,
            boot_id=1,
            now_ns=lambda: self._ns,
        )
        self._cable = self._twin._cable = _MemoryCable()
        self._seen = 0

    def write(self, data):
        self._cable.to_mcu += data

    def run_ms(self, ms):
        end_ns = self._ns + round(ms * 1e6)
        self._twin._turn()
        while self._ns < end_ns:
            self._ns = min(end_ns, self._ns + self.STEP_NS)
            self._twin._turn()
        data, self._cable.to_host = self._cable.to_host, b""
        return data

    def set_speed(self, counts_s):
        self._twin.set_speed(counts_s)

    def press_stop(self):
        self._twin.emergency_stop()

    def release_stop(self):
        self._twin.release_emergency_stop()

    def restart(self):
        self._twin.set_speed(0)
        self._twin.reboot()

    def hang(self):
        self._twin.reboot(by_watchdog=True)

    def damage_config(self):
        self._twin.reboot(damage_config=True)

    def pulses(self):
        new = self._twin.fired[self._seen :]
        self._seen += len(new)
        return [Pulse(output=one.output, tick_on=one.tick_on, tick_off=one.tick_off) for one in new]

    def line_may_run(self):
        return self._twin.line_may_run

    def close(self):
        pass


class FirmwareController:
    """The C firmware in simavr, through its pty."""

    BOOT_MS = 80.0

    def __init__(self, folder):
        self._mcu = EmulatedSorter(folder)
        self._fd = os.open(self._mcu.port, os.O_RDWR | os.O_NOCTTY)
        self._written = self._read = 0
        self._since: dict[int, float] = {}
        self._pulses: list[Pulse] = []
        self._runs = False
        self.run_ms(self.BOOT_MS)

    def write(self, data):
        os.write(self._fd, data)
        self._written += len(data)

    def run_ms(self, ms):
        self._mcu.run(ms * 1000, host_bytes=self._written)
        self._written = 0
        data = b""
        while len(data) < self._mcu.sent_bytes - self._read:
            data += os.read(self._fd, 65536)
        self._read += len(data)
        return data

    def set_speed(self, counts_s):
        self._mcu.tell(f"speed {counts_s}")

    def press_stop(self):
        self._mcu.tell("stop 1")

    def release_stop(self):
        self._mcu.tell("stop 0")
        self.run_ms(60)  # a contact counts as released after 50 ms

    def restart(self):
        self._mcu.tell("speed 0")
        self._mcu.tell("reset")
        self.run_ms(self.BOOT_MS)

    def hang(self):
        self._mcu.tell("hang")

    def damage_config(self):
        self._mcu.tell("eeprom 140 90")  # in the first copy
        self.restart()

    def pulses(self):
        self._follow()
        done, self._pulses = self._pulses, []
        return done

    def line_may_run(self):
        self._follow()
        return self._runs

    def blocked_us(self):
        """Longest time with interrupts off."""
        return self._mcu.tell("blocked") / 16

    def changes(self):
        """Every change of a pin since the last call; not together with pulses()."""
        return list(self._mcu.changes())

    def tell(self, command):
        """Pass a command to the emulator."""
        self._mcu.tell(command)

    def stop_cycle(self):
        """When the emergency stop last moved."""
        return self._mcu.stop_cycle

    def last_byte_cycle(self):
        """When the last byte before silence came in."""
        return self._mcu.last_byte_cycle

    def slip(self):
        self._mcu.tell("slip")

    def close(self):
        os.close(self._fd)
        self._mcu.close()

    def _follow(self):
        for change in self._mcu.changes():
            tick = self._mcu.tick_of(change.cycle)
            if change.pin == RUN:
                self._runs = change.is_high
            elif change.pin < OUTPUTS and change.is_high:
                self._since[change.pin] = tick
            elif change.pin < OUTPUTS:
                on = self._since.pop(change.pin)
                self._pulses.append(Pulse(output=change.pin, tick_on=on, tick_off=tick))


class Host:
    """Speaks to a controller: asks, and keeps what came unasked."""

    def __init__(self, controller):
        self.mcu = controller
        self.seq = 0x0FFF
        self.poll_seq = 0
        self._reader = FrameReader()
        self._part = b""  # of a frame whose end has not come
        self.unasked = []

    def run_ms(self, ms):
        """Let time pass; return what came."""
        return self._take(self.mcu.run_ms(ms))

    def say(self, *messages):
        """Send; return all that came within 5 ms of the controller's time."""
        self.mcu.write(b"".join(encode(message) for message in messages))
        return self.run_ms(5)

    def ask(self, message):
        """Send; return the one answer to it."""
        self.mcu.write(encode(message))
        for _ in range(100):
            for answer in self.run_ms(0.5):
                if answer.seq == message.seq:
                    return answer
        raise AssertionError(f"no answer to {message}")

    def request(self, kind, **fields):
        """Ask with the next sequence."""
        self.seq = (self.seq + 1) & 0xFFFF
        return self.ask(kind(seq=self.seq, **fields))

    def poll(self, kind, **fields):
        """Ask with the next sequence of those that are not requests."""
        self.poll_seq = (self.poll_seq + 1) & 0xFFFF
        return self.ask(kind(seq=self.poll_seq, **fields))

    def _take(self, data):
        messages = self._reader.feed(data)
        assert self._reader.bad_frames == 0
        whole, self._part = (self._part + data).rpartition(b"\0")[::2]
        assert b"".join(encode(message) for message in messages) == whole + b"\0" * bool(whole)
        answers = [
            message for message in messages if not hasattr(message, "report") and not _is_fault(message)
        ]
        self.unasked += [message for message in messages if message not in answers]
        return answers


def _is_fault(message):
    return type(message).__name__ == "Fault"
