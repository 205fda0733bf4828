"""The host's end of the bridge: handshake, window, retries, heartbeat, reconnection, in one thread."""

from collections.abc import Callable

from firmware_bridge.transport import Transport
from firmware_bridge.types import BridgeError, LinkState, Shot, ShotResult, TriggerReport


class SorterLink:
    """Talks to one microcontroller; a thread "sorter-link" does the work and calls every callback.

    `transport` makes a fresh, closed transport for each attempt to connect, so the port may change:
    `SorterLink(lambda: SerialTransport(twin.port), ...)`.
    """

    def __init__(
        self,
        transport: Callable[[], Transport],
        *,
        now_ns: Callable[[], int],
        on_trigger: Callable[[TriggerReport], None],
        on_state: Callable[[LinkState, str], None],
    ) -> None:
        self._state = LinkState.DISCONNECTED

    @property
    def state(self) -> LinkState:
        """What the host knows of the microcontroller now."""
        return self._state

    def start(self) -> None:
        """Start the thread; returns at once, on_state tells what comes of it."""
        raise BridgeError("signature only")

    def stop(self) -> None:
        """Disarm, answer what is in flight NO_ANSWER, close the port and join the thread."""
        raise BridgeError("signature only")

    def wait_for(self, state: LinkState, timeout_s: float) -> None:
        """Block until the link is in `state`; raises the BridgeError that keeps it from it at the timeout."""
        raise BridgeError("signature only")

    def arm(self) -> None:
        """Ask to arm, as soon as connected; out of FAULT with a new HELLO first. on_state tells the outcome."""
        raise BridgeError("signature only")

    def disarm(self) -> None:
        """Ask the MCU to switch all outputs off, drop its schedule and disarm."""
        raise BridgeError("signature only")

    def submit(self, shot: Shot, on_result: Callable[[ShotResult], None], deadline_ns: int) -> None:
        """Send a shot without waiting; on_result is called exactly once, NO_ANSWER at `deadline_ns` at the latest.

        While DISCONNECTED it is answered NO_ANSWER at once. A lost link answers everything in flight NO_ANSWER.
        """
        raise BridgeError("signature only")

    def start_triggers(self, pitch_counts: int) -> None:
        """Expose every `pitch_counts`; numbering starts at 0, again after every reconnection (CONNECTED)."""
        raise BridgeError("signature only")

    def stop_triggers(self) -> None:
        """Stop exposing."""
        raise BridgeError("signature only")

    def encoder_now(self) -> int:
        """Estimate the encoder count (unsigned 32 bit) at this moment; LinkDownError before the first contact."""
        raise BridgeError("signature only")

    def encoder_speed(self) -> float:
        """Estimate the speed in counts/s, 0.0 before two readings."""
        raise BridgeError("signature only")

    def host_ns(self, tick: int) -> int:
        """Convert an MCU tick (unsigned 32 bit, e.g. of a TriggerReport) to host monotonic ns."""
        raise BridgeError("signature only")
