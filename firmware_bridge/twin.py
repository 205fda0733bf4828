"""The MCU twin: the firmware's rules in Python behind a real pty, with a belt that moves and cables to pull."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.types import BridgeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One output truly was on, from one encoder count to another (counts since boot, not wrapped)."""

    output: int
    count_on: int
    count_off: int
    tick_on: int
    tick_off: int


class McuTwin:
    """A sorter controller without hardware; its thread "mcu-twin" calls on_expose(seq, count) at each exposure."""

    def __init__(
        self,
        *,
        speed_mm_s: float,
        counts_per_mm: float,
        on_expose: Callable[[int, int], None],
        time_scale: float = 1.0,
    ) -> None:
        raise BridgeError("signature only")

    @property
    def port(self) -> str:
        """Device path of the pty; another one after unplug() and plug_in()."""
        raise BridgeError("signature only")

    @property
    def fired(self) -> tuple[Firing, ...]:
        """Every finished pulse on an output pin, oldest first (the last 100 000)."""
        raise BridgeError("signature only")

    def start(self) -> None:
        """Open the pty and start the thread."""
        raise BridgeError("signature only")

    def stop(self) -> None:
        """End the thread and close the pty."""
        raise BridgeError("signature only")

    def set_speed(self, speed_mm_s: float) -> None:
        """Move the belt at another speed from now on; 0 stands still, below 0 runs backwards."""
        raise BridgeError("signature only")

    def encoder_count(self) -> int:
        """True encoder count at this moment, not wrapped."""
        raise BridgeError("signature only")

    def go_silent(self) -> None:
        """Stop reading and answering, as a hung or unpowered controller does; the belt goes on."""
        raise BridgeError("signature only")

    def speak_again(self) -> None:
        """End go_silent()."""
        raise BridgeError("signature only")

    def unplug(self) -> None:
        """Take the port away under the host's hands; the controller runs on."""
        raise BridgeError("signature only")

    def plug_in(self) -> None:
        """Offer a new port after unplug()."""
        raise BridgeError("signature only")

    def reboot(self) -> None:
        """Restart the controller: new boot id, unarmed, encoder from 0, schedule and caches empty."""
        raise BridgeError("signature only")

    def emergency_stop(self) -> None:
        """Press the emergency stop."""
        raise BridgeError("signature only")

    def release_emergency_stop(self) -> None:
        """Release it; the controller stays in its safe state until HELLO."""
        raise BridgeError("signature only")
