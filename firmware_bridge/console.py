"""A person's hands on a controller: ask, arm, shoot, disarm; one step after another, without a thread.

The heartbeat goes out while a method runs. Whoever does something else for longer than 250 ms finds an armed
controller in its safe state: that is meant so.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from firmware_bridge.clock import ClockFit, EncoderFix
from firmware_bridge.config import SorterConfig, check_config
from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.link_session import Listener, RoundTrip, Session
from firmware_bridge.link_window import Reply, Request
from firmware_bridge.messages import (
    Answer,
    Arm,
    ConfigAnswer,
    ConfigRead,
    ConfigWrite,
    Diagnose,
    Diagnosis,
    Disarm,
    McuState,
    Message,
    Result,
    ShotAnswer,
    ShotRequest,
    Status,
    TriggerStart,
    TriggerStop,
    Welcome,
)
from firmware_bridge.transport import Transport
from firmware_bridge.types import BridgeError, LinkDownError, Shot, ShotOutcome, ShotResult, TriggerReport

ANSWER_S = 1.0
ASKED_TIMES = 4
GOODBYE_S = 0.3
_TURN_NS = 20_000_000

WHY_NOT_ARMED = {
    Result.HELLO_NEEDED: "the controller is in its safe state; connect again",
    Result.WRONG_BOOT: "the controller has just restarted; connect again",
    Result.EMERGENCY_STOP: "the emergency stop is pressed; release it where that is safe, then try again",
    Result.ILLEGAL: "the controller calls ARM illegal; reflash it",
    Result.CONFIG_DAMAGED: (
        "its stored configuration is damaged, and the factory's limits may be wider than the machine bears; "
        "write it anew: maqta sorter config"
    ),
    Result.DISARM_FIRST: "the controller calls ARM illegal; reflash it",
}
WHY_NOT_CONFIGURED = {
    Result.HELLO_NEEDED: "the controller is in its safe state; release the emergency stop, then try again",
    Result.WRONG_BOOT: "the controller calls it illegal; reflash it",
    Result.EMERGENCY_STOP: "the emergency stop is pressed; release it where that is safe, then try again",
    Result.ILLEGAL: "a value is outside the range of this firmware; reflash it",
    Result.CONFIG_DAMAGED: "the controller can't store it: its EEPROM is worn out; replace the board",
    Result.DISARM_FIRST: "the controller is armed; stop the line first",
}


class Console:
    """One session with a controller; leaving it disarms, stops exposures and closes the port."""

    def __init__(
        self,
        transport: Transport,
        *,
        on_trigger: Callable[[TriggerReport], None] = lambda report: None,
        on_mcu_state: Callable[[McuState, str], None] = lambda state, why: None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._transport = transport
        self._now_ns = now_ns
        self._statuses = 0
        self._last_status: Status | None = None
        self._is_armed = self._is_exposing = False
        self._welcome: Welcome | None = None
        self._config: ConfigAnswer | None = None
        self._diagnosis: Diagnosis | None = None
        self.counters = LinkCounters()
        self.round_trips: list[RoundTrip] = []
        self.fit: ClockFit | None = None
        self.fix: EncoderFix | None = None
        self._session = Session(
            transport,
            Listener(
                on_trigger=on_trigger,
                on_mcu_state=on_mcu_state,
                on_armed=lambda sent_ns: None,
                on_encoder=self._note_encoder,
                on_status=self._note_status,
                on_round_trip=self.round_trips.append,
                on_told=self._note_told,
            ),
            counters=self.counters,
            now_ns=now_ns,
        )

    def __enter__(self) -> Self:
        """Open the port and say HELLO: the controller is disarmed and has no shots after it.

        Raises:
            LinkDownError: the port is missing or in use, or nothing answers.
            VersionMismatchError: reflash.
        """
        self._transport.open()
        try:
            self._welcome = self._session.say_hello(self._now_ns() // 1_000_000 & 0xFFFF, lambda: False)
        except BaseException:
            self._transport.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not isinstance(error, LinkDownError):
                self._say_goodbye()
        finally:
            self._transport.close()

    @property
    def welcome(self) -> Welcome:
        """Who answered, and its limits."""
        if self._welcome is None:
            raise LinkDownError(f"port {self._transport.port}: not connected")
        return self._welcome

    def now_ns(self) -> int:
        """The host's clock, as the session reads it."""
        return self._now_ns()

    def run_for(self, seconds: float) -> None:
        """Keep the session alive for so long."""
        self._turn_until(lambda: False, seconds)

    def run_until(self, is_so: Callable[[], bool], timeout_s: float) -> bool:
        """Keep the session alive until something is so; False when it isn't in time."""
        return self._turn_until(is_so, timeout_s)

    def status(self) -> Status:
        """Ask how the controller is; the answer is newer than the question.

        Raises:
            LinkDownError: no answer within a second.
        """
        before = self._statuses
        if not self._turn_until(lambda: self._statuses > before + 1, ANSWER_S) or self._last_status is None:
            raise LinkDownError(
                f"port {self._transport.port}: no STATUS within {ANSWER_S:g} s: check the cable"
            )
        return self._last_status

    def arm(self) -> None:
        """Arm: the line-stop relay closes and shots are taken.

        Raises:
            BridgeError: the controller refuses; the message says why.
        """
        boot_id = self.welcome.boot_id
        result = self._order(lambda seq: Arm(seq=seq, boot_id=boot_id), "ARM")
        if result is not Result.OK:
            raise BridgeError(f"not armed: {WHY_NOT_ARMED[result]}")
        self._is_armed = True

    def disarm(self) -> None:
        """Switch everything off and give up what is scheduled."""
        self._order(lambda seq: Disarm(seq=seq), "DISARM")
        self._is_armed = False

    def config(self) -> ConfigAnswer:
        """Ask for the configuration in force.

        Raises:
            LinkDownError: no answer within a second.
        """
        self._config = None
        self._ask(lambda seq: ConfigRead(seq=seq), lambda: self._config is not None, "CONFIG_READ")
        if self._config is None:
            raise LinkDownError(f"port {self._transport.port}: no CONFIG came")
        return self._config

    def diagnose(self) -> Diagnosis:
        """Ask what went wrong since the controller started.

        Raises:
            LinkDownError: no answer within a second.
        """
        self._diagnosis = None
        self._ask(lambda seq: Diagnose(seq=seq), lambda: self._diagnosis is not None, "DIAGNOSE")
        if self._diagnosis is None:
            raise LinkDownError(f"port {self._transport.port}: no DIAGNOSIS came")
        return self._diagnosis

    def configure(self, config: SorterConfig) -> None:
        """Take a configuration into force and store it.

        Raises:
            BridgeError: a value is outside its range, or the controller refuses it.
        """
        check_config(config)
        result = self._order(lambda seq: ConfigWrite(seq=seq, config=config), "CONFIG_WRITE")
        if result is not Result.OK:
            raise BridgeError(f"not configured: {WHY_NOT_CONFIGURED[result]}")

    def expose_every(self, pitch_counts: int, *, run: int) -> None:
        """Trigger the camera every so many counts from now on.

        Raises:
            BridgeError: the controller refuses the pitch.
        """
        self._session.triggers.begin(run)
        result = self._order(
            lambda seq: TriggerStart(seq=seq, run=run, pitch_counts=pitch_counts), "TRIGGER_START"
        )
        if result is not Result.OK:
            raise BridgeError(f"the controller refuses to expose every {pitch_counts} counts: {result.name}")
        self._is_exposing = True

    def shoot(self, shot: Shot) -> ShotResult:
        """Send a shot and wait for the controller's word on it; NO_ANSWER after a second."""
        replies: list[Reply | None] = []
        request = Request(
            make=lambda seq: ShotRequest(seq=seq, shot=shot),
            on_reply=replies.append,
            deadline_ns=self._now_ns() + round(ANSWER_S * 1e9),
        )
        self._session.window.add(request)
        self._turn_until(lambda: bool(replies), 2 * ANSWER_S)
        reply = replies[0] if replies else None
        outcome, margin = ShotOutcome.NO_ANSWER, 0
        if isinstance(reply, ShotAnswer):
            outcome, margin = reply.outcome, reply.margin
        return ShotResult(
            shot=shot,
            outcome=outcome,
            margin=margin,
            answered_ns=self._now_ns(),
            sent_ns=request.first_sent_ns,
        )

    def _ask(self, make: Callable[[int], Message], is_told: Callable[[], bool], name: str) -> None:
        """Ask what changes nothing, a few times if need be: such questions have no retry of their own."""
        for seq in range(ASKED_TIMES):
            self._session.send(make(seq))
            if self._turn_until(is_told, ANSWER_S / ASKED_TIMES):
                return
        raise LinkDownError(
            f"port {self._transport.port}: no answer to {name} within {ANSWER_S:g} s: check the cable"
        )

    def _order(self, make: Callable[[int], Message], name: str) -> Result:
        replies: list[Reply | None] = []
        deadline_ns = self._now_ns() + round(ANSWER_S * 1e9)
        self._session.window.add(Request(make=make, on_reply=replies.append, deadline_ns=deadline_ns))
        self._turn_until(lambda: bool(replies), 2 * ANSWER_S)
        reply = replies[0] if replies else None
        if not isinstance(reply, Answer):
            raise LinkDownError(
                f"port {self._transport.port}: no answer to {name} within {ANSWER_S:g} s: check the cable"
            )
        return reply.result

    def _turn_until(self, is_so: Callable[[], bool], timeout_s: float) -> bool:
        end_ns = self._now_ns() + round(timeout_s * 1e9)
        while not is_so():
            left_ns = end_ns - self._now_ns()
            if left_ns <= 0:
                return False
            self._session.turn(min(left_ns, _TURN_NS))
        return True

    def _say_goodbye(self) -> None:
        makers: list[Callable[[int], Message]] = []
        if self._is_exposing:
            makers.append(lambda seq: TriggerStop(seq=seq))
        if self._is_armed:
            makers.append(lambda seq: Disarm(seq=seq))
        gone: list[Reply | None] = []
        deadline_ns = self._now_ns() + round(GOODBYE_S * 1e9)
        for make in makers:
            self._session.window.add(Request(make=make, on_reply=gone.append, deadline_ns=deadline_ns))
        self._turn_until(lambda: len(gone) == len(makers), 2 * GOODBYE_S)

    def _note_status(self, status: Status) -> None:
        self._statuses += 1
        self._last_status = status

    def _note_encoder(self, fit: ClockFit, fix: EncoderFix) -> None:
        self.fit, self.fix = fit, fix

    def _note_told(self, message: ConfigAnswer | Diagnosis) -> None:
        if isinstance(message, ConfigAnswer):
            self._config = message
        else:
            self._diagnosis = message
