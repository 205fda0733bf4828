"""The link to the sorter as the line uses it: kept armed, its restarts noticed."""

from collections.abc import Callable
from typing import Protocol

from firmware_bridge.link import SorterLink
from firmware_bridge.types import LinkDownError, LinkState, TriggerReport
from service.line.odometer import Odometer

REARM_S = 2.0  # between attempts to arm a controller that went to its safe state


class Link(Protocol):
    """What the line needs of a sorter link."""

    def arm(self) -> None:
        """Ask to arm."""

    def disarm(self) -> None:
        """Ask to disarm."""

    def start_triggers(self, pitch_counts: int) -> None:
        """Expose every `pitch_counts`."""

    def stop_triggers(self) -> None:
        """Stop exposing."""

    def encoder_now(self) -> int:
        """Estimated encoder count."""

    def encoder_told(self) -> int:
        """The newest encoder count told."""

    def host_ns(self, tick: int) -> int:
        """Convert a tick to host time."""


class SorterGate:
    """Used by the line's thread alone."""

    def __init__(self, link: Link, *, boot_id: Callable[[], int | None], now_ns: Callable[[], int]) -> None:
        self._link = link
        self._boot_id = boot_id
        self._now_ns = now_ns
        self._state = LinkState.DISCONNECTED
        self._known_boot: int | None = None
        self._wants_armed = True
        self._next_arm_ns = 0
        self._pitch_counts: int | None = None  # None: not exposing
        self._stopped = False
        self.disarms = 0  # times that an armed controller was armed no more

    @property
    def connected(self) -> bool:
        """Whether the controller answers, so that triggers are reported."""
        return self._state is not LinkState.DISCONNECTED

    def follow(self, state: LinkState, *, held_by_person: bool) -> None:
        """Note the link's state; after an emergency stop only a person lets it be armed again."""
        self.disarms += self._state is LinkState.ARMED and state is not LinkState.ARMED
        self._state = state
        self._wants_armed = not held_by_person
        if state is LinkState.CONNECTED:
            self._next_arm_ns = 0

    def rearm(self) -> None:
        """A person wants the line to run."""
        self._wants_armed = True
        self._next_arm_ns = 0

    def tick(self) -> None:
        """Ask to arm, now and then, while the controller is not."""
        if self._state not in (LinkState.CONNECTED, LinkState.FAULT) or not self._wants_armed:
            return
        now_ns = self._now_ns()
        if now_ns >= self._next_arm_ns:
            self._next_arm_ns = now_ns + round(REARM_S * 1e9)
            self._link.arm()

    def controller_restarted(self) -> bool:
        """Whether the controller booted since this was asked last: then its counts begin anew."""
        boot_id = self._boot_id()
        before, self._known_boot = self._known_boot, boot_id
        return before is not None and before != boot_id

    def exposed_ns(self, report: TriggerReport) -> int:
        """Host time of an exposure."""
        try:
            return self._link.host_ns(report.tick)
        except LinkDownError:
            return 0

    def web_now(self, odometer: Odometer) -> int | None:
        """Where the web is, put forward at its speed; None when nobody knows."""
        return odometer.web(self._link.encoder_now()) if self._knows_web(odometer) else None

    def web_told(self, odometer: Odometer) -> int | None:
        """Where the controller told that the web was: behind `web_now`, and never past a sudden stop."""
        return odometer.web(self._link.encoder_told()) if self._knows_web(odometer) else None

    def _knows_web(self, odometer: Odometer) -> bool:
        return self.connected and odometer.anchored

    def start_exposing(self, pitch_counts: int) -> None:
        """Expose a frame every `pitch_counts`; the link asks again after each reconnection."""
        if not self._stopped and pitch_counts != self._pitch_counts:
            self._pitch_counts = pitch_counts
            self._link.start_triggers(pitch_counts)

    def stop_exposing(self) -> None:
        """Expose no more frames, for good."""
        self._stopped = True
        self._link.stop_triggers()

    def stand_down(self) -> None:
        """Something is badly wrong: fire nothing more."""
        self._link.disarm()


def boot_id_of(link: SorterLink) -> int | None:
    """Return the boot that answered last; None before the first contact."""
    return link.welcome.boot_id if link.welcome is not None else None
