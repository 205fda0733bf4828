"""The sorter's firmware in an emulated ATmega2560: a pty for the host, each change of a pin with its cycle.

Needs gcc, gcc-avr, avr-libc, libsimavr-dev and libelf-dev. The emulator is linked with libsimavr (GPL-3): a
tool of tests and benchmarks, no part of what Maqta ships.
"""

import contextlib
import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRMWARE = ROOT / "firmware_bridge" / "firmware"
BUILD = ROOT / "build" / "firmware"
CLOCK_HZ = 16_000_000
CYCLES_PER_TICK = 64
RUN, TRIGGER, LAMP = 18, 19, 20  # pins beside the outputs: the line may run, camera trigger, lamp
_PATIENCE_S = 60.0


def why_not() -> str:
    """What is missing to build and emulate the firmware; empty: nothing."""
    missing = [program for program in ("make", "gcc", "avr-gcc") if shutil.which(program) is None]
    missing += [
        header for header in ("simavr/sim_avr.h", "libelf.h") if not Path("/usr/include", header).exists()
    ]
    return (
        f"not here: {', '.join(missing)}; on Debian: gcc-avr avr-libc libsimavr-dev libelf-dev"
        if missing
        else ""
    )


def build(baud: int) -> tuple[Path, Path]:
    """Build firmware and emulator where they are out of date, one process at a time; return both."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["make", "-s", "-C", FIRMWARE, f"BUILD={BUILD}", f"BAUD={baud}", "all", "emulator"],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"the firmware does not build:\n{done.stderr[-3000:]}")
    return BUILD / f"atmega2560-{baud}" / "sorter.elf", BUILD / "emulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinChange:
    """A pin moved."""

    cycle: int
    count: int  # of the encoder, as the emulator turned it
    pin: int  # an output of the protocol, or RUN, TRIGGER, LAMP
    is_high: bool


class EmulatedSorter:
    """A controller that stands still until run() or pace()."""

    def __init__(self, folder: Path, *, baud: int = 500_000, seed: int = 1) -> None:
        firmware, emulator = build(baud)
        self.port = str(folder / "sorter")
        self._trace = (folder / "trace.txt").open("w+", encoding="ascii")
        self._stdout = (folder / "emulator.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [
                *(emulator, firmware, self.port, folder / "trace.txt"),
                *("--baud", str(baud), "--seed", str(seed), "--eeprom", folder / "eeprom.bin"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stdout,
            text=True,
            bufsize=1,
        )
        self.sent_bytes = 0  # by the firmware, since the start
        self.clock_cycle = 0  # at which the controller's clock was 0
        self.stop_cycle = 0  # at which the emergency stop last moved
        self.last_byte_cycle = 0  # of the last byte before silence
        self._levels = 0
        self.cycle = self._answer()

    def tell(self, command: str) -> int:
        """Send a command of the emulator; return its processor's cycles, or what was asked for."""
        assert self._process.stdin is not None  # noqa: S101  opened above
        self._process.stdin.write(command + "\n")
        answer = self._answer()
        if command != "blocked":
            self.cycle = answer
        return answer

    def run(self, us: float, *, host_bytes: int = 0) -> None:
        """Let the controller go on for so long, once `host_bytes` have come through the pty."""
        self.tell(f"run {us:.0f} {host_bytes}")

    def changes(self) -> Iterator[PinChange]:
        """Yield what the pins did since the last call."""
        self.tell("sync")
        for line in self._trace:
            word, cycle, *rest = line.split()
            match word:
                case "pins":
                    yield from self._moved(int(cycle), int(rest[0]), int(rest[1], 16))
                case "clock":
                    self.clock_cycle = int(cycle)
                case "stop":
                    self.stop_cycle = int(cycle)
                case "silent":
                    self.last_byte_cycle = int(cycle)

    def tick_of(self, cycle: int) -> float:
        """The controller's clock at a cycle, not wrapped."""
        return (cycle - self.clock_cycle) / CYCLES_PER_TICK

    def cpu_s(self) -> float:
        """Processor time the emulator has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def close(self) -> None:
        """End the emulator; its EEPROM stays in the folder."""
        with contextlib.suppress(BrokenPipeError, RuntimeError):
            self.tell("quit")
        for pipe in (self._process.stdin, self._process.stdout, self._trace, self._stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
        self._process.wait(_PATIENCE_S)

    def _answer(self) -> int:
        assert self._process.stdout is not None  # noqa: S101  opened above
        for line in self._process.stdout:
            words = line.split()
            if len(words) == 2 and all(word.isdigit() for word in words):
                self.sent_bytes = int(words[1])
                return int(words[0])
        raise RuntimeError(f"the emulator ended, code {self._process.poll()}: see {self._stdout.name}")

    def _moved(self, cycle: int, count: int, levels: int) -> Iterator[PinChange]:
        moved, self._levels = levels ^ self._levels, levels
        for pin in range(LAMP + 1):
            if moved >> pin & 1:
                yield PinChange(cycle=cycle, count=count, pin=pin, is_high=bool(levels >> pin & 1))
