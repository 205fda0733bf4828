"""One short pulse on one output, to see and hear which one it is; in ticks, so the web may stand still."""

from firmware_bridge.clock import ClockFit
from firmware_bridge.counting import WRAP
from firmware_bridge.types import BridgeError, Shot, ShotBasis

LONGEST_MS = 100.0  # it is for looking
LEAD_S = 0.05  # from the request to the pulse: many round trips, and nobody waits


def pulse(output: int, ms: float, *, fit: ClockFit | None, tick_hz: int, now_ns: int) -> Shot:
    """The shot that pulses `output` for `ms`, `LEAD_S` after `now_ns` (host monotonic).

    Raises:
        BridgeError: the controller's clock is not known.
    """
    if fit is None:
        raise BridgeError("the controller's clock is not known yet: try again")
    start = fit.tick_at(now_ns + round(LEAD_S * 1e9))
    length = max(1, round(ms * tick_hz / 1e3))
    return Shot(outputs=1 << output, basis=ShotBasis.TICK, start=start % WRAP, length=length)
