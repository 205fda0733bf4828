"""A short pulse on one valve while nothing is sorted, to see and hear which one it is."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.link import SorterLink
from firmware_bridge.pulse import LEAD_S, LONGEST_MS, pulse
from firmware_bridge.types import BridgeError, ShotResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ValveTest:
    """Used by the line's thread."""

    link: SorterLink
    lanes: int
    now_ns: Callable[[], int]

    def pulse(self, lane: int, ms: float, on_result: Callable[[ShotResult], None]) -> None:
        """Pulse a valve; `on_result` hears the controller's answer on the link's thread.

        Raises:
            BridgeError: no such valve, a pulse that is too long, or no controller.
        """
        if not 0 <= lane < self.lanes:
            raise BridgeError(f"valve {lane}: this line has valves 0 to {self.lanes - 1}")
        if not 0 < ms <= LONGEST_MS:
            raise BridgeError(f"{ms:g} ms: a test pulse is above 0 and at most {LONGEST_MS:g} ms")
        if self.link.welcome is None:
            raise BridgeError("the sorter's controller has not answered yet; look at its cable")
        now_ns, tick_hz = self.now_ns(), self.link.welcome.tick_hz
        shot = pulse(lane, ms, fit=self.link.clock_fit, tick_hz=tick_hz, now_ns=now_ns)
        self.link.submit(shot, on_result, now_ns + round(LEAD_S * 1e9))
