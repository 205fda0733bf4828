"""The host's end of the bridge: connects, arms, sends shots, passes triggers on, reconnects; one thread."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.clock import ClockFit, EncoderFix
from firmware_bridge.counting import WRAP
from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.link_orders import disarm, expect_ok, give_up, trigger_stop
from firmware_bridge.link_session import Listener, Session
from firmware_bridge.link_state import STATES, WHY_NOT_ARMED, StateBoard
from firmware_bridge.link_window import Reply, Request
from firmware_bridge.messages import (
    LONGEST_PITCH_COUNTS,
    Answer,
    Arm,
    McuState,
    Message,
    Result,
    ShotAnswer,
    ShotRequest,
    Status,
    TriggerStart,
    Welcome,
)
from firmware_bridge.transport import Transport
from firmware_bridge.types import (
    BridgeError,
    LinkDownError,
    LinkState,
    Shot,
    ShotOutcome,
    ShotResult,
    TriggerReport,
)

log = logging.getLogger(__name__)

_ORDER_NS = 1_000_000_000  # an order other than a shot is answered within this, or the link is down
_GOODBYE_NS = 200_000_000
_LONGEST_TURN_NS = 500_000_000
_FIRST_BACK_OFF_S = 0.05
_LONGEST_BACK_OFF_S = 2.0
_JOIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submitted:
    shot: Shot
    on_result: Callable[[ShotResult], None]
    deadline_ns: int

    def answer(self, outcome: ShotOutcome, margin: int, now_ns: int, sent_ns: int = 0) -> None:
        self.on_result(
            ShotResult(shot=self.shot, outcome=outcome, margin=margin, answered_ns=now_ns, sent_ns=sent_ns)
        )


class SorterLink:
    """Talks to one microcontroller; its thread "sorter-link" calls every callback.

    `transport` makes a fresh, closed transport for each attempt to connect, so the port may change:
    `SorterLink(lambda: SerialTransport(twin.port), ...)`. A callback that raises ends the thread: the state
    is FAULT with its text, the port is closed and the controller, hearing nothing, goes to its safe state.
    """

    def __init__(
        self,
        transport: Callable[[], Transport],
        *,
        now_ns: Callable[[], int],
        on_trigger: Callable[[TriggerReport], None],
        on_state: Callable[[LinkState, str], None],
    ) -> None:
        self._make_transport = transport
        self._now_ns = now_ns
        self._board = StateBoard(on_state)
        self.counters = LinkCounters()
        self._listener = Listener(
            on_trigger=on_trigger,
            on_mcu_state=self._follow_mcu,
            on_armed=self._note_armed,
            on_encoder=self._note_encoder,
            on_status=self._note_status,
        )
        self._lock = threading.Lock()  # over what other threads want, that is the next five
        self._submitted: deque[_Submitted] = deque()
        self._is_serving = False  # the thread takes shots
        self._wants_armed: bool | None = None  # None: as it is
        self._pitch_counts: int | None = None  # None: no triggers
        self._is_pitch_new = False
        self._run = now_ns() // 1_000_000 & 0xFFFF  # not the run a host before this one may have left behind
        self._hello_seq = self._run
        self._fit: ClockFit | None = None
        self._fix: EncoderFix | None = None
        self._welcome: Welcome | None = None
        self._status: Status | None = None
        self._armed_ns = 0
        self._has_unanswered_order = False
        self._open: Transport | None = None
        self._back_off_s = _FIRST_BACK_OFF_S
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sorter-link", daemon=True)

    @property
    def state(self) -> LinkState:
        """What the host knows of the microcontroller now."""
        return self._board.state

    @property
    def welcome(self) -> Welcome | None:
        """Who answered the last HELLO, and its limits; None before the first."""
        return self._welcome

    @property
    def status(self) -> Status | None:
        """What the controller said of itself last; None before the first heartbeat."""
        return self._status

    @property
    def clock_fit(self) -> ClockFit | None:
        """The controller's clock against the host's; None before contact."""
        return self._fit

    @property
    def armed_ns(self) -> int:
        """Until when the controller surely was armed, in host time: what it was to do later is in doubt."""
        return self._armed_ns

    def start(self) -> None:
        """Start the thread; returns at once, on_state tells what comes of it."""
        self._is_serving = True
        self._thread.start()

    def stop(self) -> None:
        """Stop triggers, disarm, answer what is in flight NO_ANSWER, close the port and join the thread."""
        self._stopping.set()
        self._wake()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)
            if self._thread.is_alive():
                raise BridgeError(f"thread sorter-link did not end within {_JOIN_S} s: a callback hangs")

    def wait_for(self, state: LinkState, timeout_s: float) -> None:
        """Block until the link is in `state`.

        Raises:
            BridgeError: it is not so within `timeout_s`; where an error keeps it from it, that very error.
        """
        self._board.wait_for(state, timeout_s)

    def arm(self) -> None:
        """Ask to arm, as soon as connected; out of FAULT with a new HELLO first. on_state tells the end."""
        with self._lock:
            self._wants_armed = True
        self._wake()

    def disarm(self) -> None:
        """Ask the controller to switch all outputs off, drop its schedule and disarm."""
        with self._lock:
            self._wants_armed = False
        self._wake()

    def submit(self, shot: Shot, on_result: Callable[[ShotResult], None], deadline_ns: int) -> None:
        """Send a shot without waiting; on_result is called once, soon after `deadline_ns` at the latest.

        NO_ANSWER: none came in time, or the link went down before it came; the shot may still fire.
        FULL: the controller's schedule, or the host's queue, is full. While there is no connection shots are
        answered NO_ANSWER at once and never sent later (before start() and after stop() in the caller's
        thread).
        """
        submitted = _Submitted(shot=shot, on_result=on_result, deadline_ns=deadline_ns)
        with self._lock:
            is_taken = self._is_serving
            if is_taken:
                self._submitted.append(submitted)
        if is_taken:
            self._wake()
        else:
            submitted.answer(ShotOutcome.NO_ANSWER, 0, self._now_ns())

    def start_triggers(self, pitch_counts: int) -> None:
        """Expose every `pitch_counts`, while connected; after a reconnection again, numbered from 0 again."""
        if not 0 < pitch_counts <= LONGEST_PITCH_COUNTS:
            raise BridgeError(
                f"a trigger pitch of {pitch_counts} counts is outside 1..{LONGEST_PITCH_COUNTS}"
            )
        with self._lock:
            self._pitch_counts, self._is_pitch_new = pitch_counts, True
        self._wake()

    def stop_triggers(self) -> None:
        """Stop exposing."""
        with self._lock:
            self._pitch_counts, self._is_pitch_new = None, True
        self._wake()

    def encoder_now(self) -> int:
        """Estimate the encoder count (unsigned 32 bit) now; LinkDownError before the first contact."""
        return self._known_fix().count_at(self._now_ns())

    def encoder_told(self) -> int:
        """The newest count (unsigned 32 bit) the controller told, not put forward; LinkDownError as above."""
        return self._known_fix().count % WRAP

    def encoder_speed(self) -> float:
        """Speed in counts/s over the last 0.2 s, 0.0 until it is known; LinkDownError before contact."""
        return self._known_fix().counts_s

    def host_ns(self, tick: int) -> int:
        """Convert a tick, e.g. of a TriggerReport, to host time; LinkDownError before contact."""
        if self._fit is None:
            raise LinkDownError("the controller's clock is not known yet: wait for CONNECTED")
        return self._fit.ns_at(tick)

    def _known_fix(self) -> EncoderFix:
        if self._fix is None:
            raise LinkDownError("no encoder count has come from the controller yet: wait for CONNECTED")
        return self._fix

    def _wake(self) -> None:
        self._woken.set()
        transport = self._open
        if transport is not None:
            transport.wake()

    # All below runs in the thread.

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._connect_and_serve()
                except BridgeError as error:
                    self._board.set_with_news(LinkState.DISCONNECTED, str(error), error)
                self._pause()
            self._board.set(LinkState.DISCONNECTED, "stopped")
        except Exception as error:  # noqa: BLE001 - the thread's top: whoever waits for shots must hear of it
            self._die(error)
        finally:
            with self._lock:
                self._is_serving = False
            self._refuse_submitted()

    def _connect_and_serve(self) -> None:
        transport = self._make_transport()
        session = Session(transport, self._listener, counters=self.counters, now_ns=self._now_ns)
        try:
            transport.open()
            self._open = transport
            self._shake_hands(session)
            self._back_off_s = _FIRST_BACK_OFF_S
            with self._lock:
                self._is_pitch_new = self._pitch_counts is not None
            while not self._stopping.is_set():
                self._do_what_is_wanted(session)
                session.turn(_LONGEST_TURN_NS)
            self._say_goodbye(session)
        finally:
            self._open = None
            transport.close()
            give_up(session)

    def _shake_hands(self, session: Session) -> None:
        give_up(session)
        self._has_unanswered_order = False
        self._hello_seq = (self._hello_seq + 0x1000) & 0xFFFF
        welcome = session.say_hello(self._hello_seq, self._is_stopping_meanwhile)
        is_new = self._welcome is not None and self._welcome.boot_id != welcome.boot_id
        self._welcome = welcome
        firmware = ".".join(map(str, welcome.firmware))
        news = "; it has restarted, its counts start anew" if is_new else ""
        self._board.set(LinkState.CONNECTED, f"firmware {firmware}, boot {welcome.boot_id}{news}")

    def _is_stopping_meanwhile(self) -> bool:
        self._refuse_submitted()  # a shot can't be sent without a session, and after it might be too late
        return self._stopping.is_set()

    def _do_what_is_wanted(self, session: Session) -> None:
        if self._has_unanswered_order:
            raise LinkDownError(
                "the controller left an order unanswered for a second: is the cable disturbed?"
            )
        with self._lock:
            wants_armed, self._wants_armed = self._wants_armed, None
            is_pitch_new, self._is_pitch_new = self._is_pitch_new, False
            submitted, self._submitted = self._submitted, deque()
        if is_pitch_new:
            self._send_pitch(session)
        if wants_armed:
            self._send_arm(session)
        elif wants_armed is False:
            self._request(session, disarm, lambda _: None)
        for one in submitted:
            self._send_shot(session, one)

    def _send_shot(self, session: Session, submitted: _Submitted) -> None:
        def take(reply: Reply | None) -> None:
            sent_ns = request.first_sent_ns
            if isinstance(reply, ShotAnswer):
                submitted.answer(reply.outcome, reply.margin, self._now_ns(), sent_ns)
            else:
                submitted.answer(ShotOutcome.NO_ANSWER, 0, self._now_ns(), sent_ns)

        request = Request(
            make=lambda seq: ShotRequest(seq=seq, shot=submitted.shot),
            on_reply=take,
            deadline_ns=submitted.deadline_ns,
        )
        if not session.window.add(request):
            submitted.answer(ShotOutcome.FULL, 0, self._now_ns())

    def _send_arm(self, session: Session) -> None:
        if self._board.state is LinkState.FAULT:
            self._shake_hands(session)
        welcome = self._welcome
        if welcome is None:
            raise LinkDownError("there is no WELCOME to arm for")
        self._request(session, lambda seq: Arm(seq=seq, boot_id=welcome.boot_id), self._take_arm_result)

    def _take_arm_result(self, result: Result) -> None:
        if result is Result.OK:
            self._board.set(LinkState.ARMED, "armed")
            return
        self._board.set_with_news(LinkState.FAULT, f"not armed: {WHY_NOT_ARMED[result]}")

    def _send_pitch(self, session: Session) -> None:
        with self._lock:
            pitch_counts = self._pitch_counts
        if pitch_counts is None:
            self._request(session, trigger_stop, lambda _: None)
            return
        self._run = run = (self._run + 1) & 0xFFFF
        session.triggers.begin(run)
        self._request(
            session,
            lambda seq: TriggerStart(seq=seq, run=run, pitch_counts=pitch_counts),
            lambda result: expect_ok(result, f"triggers every {pitch_counts} counts"),
        )

    def _request(
        self, session: Session, make: Callable[[int], Message], on_result: Callable[[Result], None]
    ) -> None:
        def take(reply: Reply | None) -> None:
            if isinstance(reply, Answer):
                on_result(reply.result)
            elif self._now_ns() >= request.deadline_ns:
                self._has_unanswered_order = True

        request = Request(make=make, on_reply=take, deadline_ns=self._now_ns() + _ORDER_NS)
        if not session.window.add(request):
            raise LinkDownError("so many shots wait for the controller that an order finds no place")

    def _say_goodbye(self, session: Session) -> None:
        gone: list[Reply | None] = []
        deadline_ns = self._now_ns() + _GOODBYE_NS
        for make in (trigger_stop, disarm):
            session.window.add(Request(make=make, on_reply=gone.append, deadline_ns=deadline_ns))
        while len(gone) < 2 and self._now_ns() <= deadline_ns:
            session.turn(_GOODBYE_NS)

    def _follow_mcu(self, state: McuState, cause: str) -> None:
        self._board.set(STATES[state], cause or f"the controller is {state.name}")

    def _note_status(self, status: Status) -> None:
        self._status = status

    def _note_armed(self, sent_ns: int) -> None:
        self._armed_ns = sent_ns

    def _note_encoder(self, fit: ClockFit, fix: EncoderFix) -> None:
        self._fit, self._fix = fit, fix

    def _pause(self) -> None:
        until_ns = self._now_ns() + round(self._back_off_s * 1e9)
        self._back_off_s = min(self._back_off_s * 2, _LONGEST_BACK_OFF_S)
        while not self._stopping.is_set() and (left_ns := until_ns - self._now_ns()) > 0:
            self._woken.wait(left_ns / 1e9)
            self._woken.clear()
            self._refuse_submitted()

    def _refuse_submitted(self) -> None:
        with self._lock:
            submitted, self._submitted = self._submitted, deque()
        for one in submitted:
            one.answer(ShotOutcome.NO_ANSWER, 0, self._now_ns())

    def _die(self, error: Exception) -> None:
        cause = f"the sorter link ended: {type(error).__name__}: {error}"
        log.error("%s; nothing is sorted until the line is started anew", cause, exc_info=error)
        self._board.set_with_news(LinkState.FAULT, cause, BridgeError(cause))
