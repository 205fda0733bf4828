"""The link's state as other threads see it: read it, wait for it, hear of its changes."""

import logging
import threading
from collections.abc import Callable

from firmware_bridge.messages import McuState, Result
from firmware_bridge.types import BridgeError, LinkDownError, LinkState

log = logging.getLogger(__name__)

STATES = {
    McuState.BOOTED: LinkState.CONNECTED,
    McuState.READY: LinkState.CONNECTED,
    McuState.ARMED: LinkState.ARMED,
    McuState.SAFE: LinkState.FAULT,
}
WHY_NOT_ARMED = {
    Result.HELLO_NEEDED: "the controller is in its safe state: arm again",
    Result.WRONG_BOOT: "the controller has restarted: arm again",
    Result.EMERGENCY_STOP: "emergency stop is pressed: release it, then arm again",
    Result.ILLEGAL: "the controller calls ARM illegal: reflash it",
    Result.CONFIG_DAMAGED: "the controller's stored configuration is damaged: write it anew, then arm again",
    Result.DISARM_FIRST: "the controller calls ARM illegal: reflash it",
}


class StateBoard:
    """Written by the link's thread alone."""

    def __init__(self, on_state: Callable[[LinkState, str], None]) -> None:
        self._on_state = on_state
        self._changed = threading.Condition()
        self._state, self._cause = LinkState.DISCONNECTED, "not started"
        self._error: BridgeError | None = None

    @property
    def state(self) -> LinkState:
        """The state now."""
        return self._state

    def wait_for(self, state: LinkState, timeout_s: float) -> None:
        """Block until the state is reached; else raise what keeps the link from it."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._state is state, timeout_s):
                raise self._error or LinkDownError(
                    f"the sorter link is {self._state} ({self._cause}), not {state}, after {timeout_s} s"
                )

    def set(self, state: LinkState, cause: str) -> None:
        """Note the state and tell it, if it is another one."""
        if state is not self._state:
            self._tell(state, cause, None)

    def set_with_news(self, state: LinkState, cause: str, error: BridgeError | None = None) -> None:
        """Note the state and tell it, also if only the cause is another one."""
        if (state, cause) != (self._state, self._cause):
            self._tell(state, cause, error)

    def _tell(self, state: LinkState, cause: str, error: BridgeError | None) -> None:
        with self._changed:
            self._state, self._cause, self._error = state, cause, error
            self._changed.notify_all()
        log.info("sorter link: %s: %s", state, cause)
        self._on_state(state, cause)
