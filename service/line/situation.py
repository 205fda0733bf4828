"""What is wrong with the line and what follows: holds, troubles and alarms, turned into events."""

import logging
from collections.abc import Callable

from firmware_bridge.types import LinkState
from service.event_terms import LineState
from service.events import AlarmCleared, AlarmRaised, Body, StateChanged
from service.line.inbox import CameraChanged, LinkChanged, Recovered, Trouble
from service.line.states import Alarms, LineStates
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, in_english, say

log = logging.getLogger(__name__)

START_GRACE_S = 3.0  # camera and sorter may take so long before their absence is a held line
CAMERA_GONE_S = 2.0  # a camera that is back sooner does not hold the line
RECOVER_FRAMES = 20  # good frames in a row that end the trouble of a failed one
ESTOP = "emergency stop"  # the link's word for it


class Situation:
    """Used by the line's thread alone."""

    def __init__(self, *, now_ns: Callable[[], int], record: Callable[[Body], None]) -> None:
        self._now_ns = now_ns
        self._record = record
        self._states = LineStates()
        self._alarms = Alarms()
        self._started_ns = now_ns()
        self._starting = True
        self._camera_gone_ns: int | None = None
        self._camera_why = ""
        self._good_frames = 0
        self._states.hold("link", say(Said.SORTER_NOT_ARMED))
        self._states.hold("camera", say(Said.CAMERA_NOT_HERE))

    @property
    def state(self) -> LineState:
        """The state now."""
        return self._states.state

    @property
    def starting(self) -> bool:
        """Whether camera and sorter are still waited for."""
        return self._starting

    @property
    def held(self) -> bool:
        """Whether material passes unjudged."""
        return self._states.held

    @property
    def causes(self) -> tuple[Saying, ...]:
        """Why it isn't simply running."""
        return self._states.causes

    @property
    def cause(self) -> str:
        """The same in English."""
        return in_english(self._states.causes)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Codes of the alarms that stand."""
        return self._alarms.standing

    @property
    def camera_gone(self) -> str:
        """Why there is no camera; empty: there is one."""
        return self._camera_why

    @property
    def awaits_person(self) -> bool:
        """Whether only a person may let the sorter be armed."""
        return self._states.holds("estop")

    @property
    def started_ns(self) -> int:
        """When the line started."""
        return self._started_ns

    def hold(self, code: str, cause: Saying, *, alarm: bool = True) -> None:
        """Hold the line until this reason is released."""
        self._states.hold(code, cause)
        if alarm:
            self._raise(code, cause)

    def release(self, code: str) -> None:
        """Take back a reason to hold."""
        if self._states.holds(code):
            self._states.release(code)
            self._clear(code)

    def resume(self) -> tuple[Saying, ...]:
        """Take back what a person may; returns what still holds the line."""
        for code in ("command", "failed", "estop"):
            self.release(code)
        return self._states.causes if self._states.held else ()

    def link_changed(self, message: LinkChanged) -> None:
        """Follow the sorter: only an armed one lets the line run."""
        if message.state is LinkState.ARMED:
            self.release("link")
        elif message.state is LinkState.FAULT and ESTOP in message.why:
            self.hold("estop", say(Said.EMERGENCY_STOP))
            self._states.hold("link", heard(message.why))
        elif message.state is LinkState.CONNECTED:
            self._states.hold("link", heard(message.why) if message.why else say(Said.SORTER_CONNECTED))
        elif self._starting:
            self._states.hold("link", heard(message.why))
        else:
            state = say(Said.SORTER_IS, link_state=message.state.value)
            self.hold("link", heard(message.why) if message.why else state)

    def camera_changed(self, message: CameraChanged) -> None:
        """Follow the camera; its absence holds the line after a while."""
        if message.here:
            self._camera_gone_ns, self._camera_why = None, ""
            self.release("camera")
        elif self._camera_gone_ns is None:
            self._camera_gone_ns, self._camera_why = self._now_ns(), message.why
            self._raise("camera", heard(message.why))

    def trouble(self, message: Trouble) -> None:
        """Something beside the line is wrong."""
        if message.degrades:
            self._states.degrade(message.code, message.said)
        self._raise(message.code, message.said)

    def recovered(self, message: Recovered) -> None:
        """It is well again."""
        self._states.recover(message.code)
        self._clear(message.code)

    def frame_failed(self, reason: str) -> None:
        """A frame could not be inspected."""
        self._good_frames = 0
        self.trouble(Trouble(code="inspect_failed", said=heard(reason), degrades=True))

    def frame_judged(self) -> None:
        """A frame was inspected; enough of them end the trouble."""
        self._good_frames += 1
        if self._good_frames == RECOVER_FRAMES:
            self.recovered(Recovered(code="inspect_failed"))

    def change(self) -> StateChanged | None:
        """Return the event of a new state, once."""
        now_ns = self._now_ns()
        gone_ns = self._camera_gone_ns
        if gone_ns is not None and now_ns - gone_ns > CAMERA_GONE_S * 1e9:
            self._states.hold("camera", heard(self._camera_why))
        if self._starting:
            waited = now_ns - self._started_ns > START_GRACE_S * 1e9
            if self._states.held and not waited:
                return None
            self._starting = False
            self._alarm_missing()
        return self._states.change()

    def _alarm_missing(self) -> None:
        for code in ("link", "camera"):
            if self._states.holds(code):
                self._raise(code, *self._states.causes)

    def _raise(self, code: str, *said: Saying) -> None:
        if self._alarms.rise(code):
            detail = in_english(said)
            log.error("alarm %s: %s", code, detail)
            self._record(AlarmRaised(code=code, detail=detail, said=said))

    def _clear(self, code: str) -> None:
        if self._alarms.clear(code):
            log.info("alarm %s cleared", code)
            self._record(AlarmCleared(code=code))
