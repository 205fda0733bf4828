"""One connection to one boot of the controller, from HELLO until it breaks; used by one thread."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.clock import ClockFit, EncoderFix, EncoderTrack, McuClock
from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.link_triggers import TriggerInbox
from firmware_bridge.link_window import Window
from firmware_bridge.messages import (
    PROTOCOL_VERSION,
    Answer,
    ConfigAnswer,
    Diagnosis,
    Fault,
    Heartbeat,
    Hello,
    McuState,
    Message,
    ReportMessage,
    SafeReason,
    ShotAnswer,
    Status,
    TimeAnswer,
    TimeRequest,
    TriggerResendAnswer,
    Welcome,
)
from firmware_bridge.protocol import DELIMITER, FrameReader, encode
from firmware_bridge.transport import Transport
from firmware_bridge.types import LinkDownError, TriggerReport, VersionMismatchError

HEARTBEAT_NS = 50_000_000  # of the controller's 250 ms: the rest is for a host that is busy
POLL_RETRY_NS = (
    30_000_000  # an unanswered heartbeat is repeated so soon that 250 ms never pass for one lost frame
)
SILENCE_NS = 500_000_000
HELLO_RETRY_NS = 100_000_000
HELLO_NS = 3_000_000_000  # an Arduino's boot loader takes 2 s after the port was opened
CLOCK_BURST = 8  # round trips right after HELLO, so that the clock fits before the first heartbeat
_MOST_POLLS = 32
_REFLASH = "make -C firmware_bridge/firmware flash PORT=/dev/ttyACM0"
_CURE_OLDER = f"reflash it with the firmware of this host: {_REFLASH} (docs/integrator.md, Flash)"
_CURE_NEWER = (
    f"reflash it with the firmware of this host ({_REFLASH}), or update this host: the firmware is "
    "the newer one (docs/integrator.md, Flash)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """One question to the controller and its answer, in host time."""

    sent_ns: int
    received_ns: int
    tick: int  # the controller's, somewhere between the two; unsigned 32 bit, as the count
    encoder_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears what the controller says, on the session's thread."""

    on_trigger: Callable[[TriggerReport], None]
    on_mcu_state: Callable[[McuState, str], None]
    on_armed: Callable[[int], None]  # at this host time, or after it, the controller was armed
    on_encoder: Callable[[ClockFit, EncoderFix], None]
    on_status: Callable[[Status], None] = lambda status: None
    on_round_trip: Callable[[RoundTrip], None] = lambda trip: None
    on_told: Callable[[ConfigAnswer | Diagnosis], None] = lambda message: None


class Session:
    """Heartbeat, requests and reports over an open transport.

    Every method that touches the port raises LinkDownError when it is gone or silent.
    """

    def __init__(
        self, transport: Transport, listener: Listener, *, counters: LinkCounters, now_ns: Callable[[], int]
    ) -> None:
        self._transport = transport
        self._listener = listener
        self._counters = counters
        self._now_ns = now_ns
        self._reader = FrameReader()
        self.window = Window(counters)
        self.triggers = TriggerInbox(listener.on_trigger, counters)
        self._poll_seq = 0
        self._polls: dict[int, int] = {}  # sequence of a heartbeat or time request -> when sent
        self._next_poll_ns = 0
        self._burst_left = CLOCK_BURST
        self._heard_ns = now_ns()
        self._welcome: Welcome | None = None
        self._clock: McuClock | None = None
        self._encoder: EncoderTrack | None = None

    def say_hello(self, seq: int, should_stop: Callable[[], bool]) -> Welcome:
        """Begin (again): the controller disarms and forgets; call window.flush() first.

        Raises:
            VersionMismatchError: reflash.
        """
        deadline_ns = self._now_ns() + HELLO_NS
        while not should_stop() and self._now_ns() < deadline_ns:
            self._transport.write(DELIMITER + encode(Hello(seq=seq)))
            retry_ns = self._now_ns() + HELLO_RETRY_NS
            while (wait_ns := retry_ns - self._now_ns()) > 0 and not should_stop():
                for message in self._read(wait_ns):
                    if isinstance(message, Welcome) and message.seq == seq:
                        return self._begin(message)
                    self._handle(message)
        raise LinkDownError(
            f"port {self._transport.port}: nothing answers HELLO within {HELLO_NS / 1e9:.0f} s: check power, "
            "baud rate and that the port is the sorter's controller"
        )

    def turn(self, longest_wait_ns: int) -> None:
        """Send what is due, wait for bytes or for the next thing to do, handle what came."""
        now_ns = self._now_ns()
        for request in self.window.expired(
            now_ns
        ):  # before sending: what is answered NO_ANSWER must not go out
            request.on_reply(None)
        self._send_due(now_ns)
        for message in self._read(min(longest_wait_ns, self._next_ns() - now_ns)):
            self._handle(message)
        silent_ns = self._now_ns() - self._heard_ns
        if silent_ns > SILENCE_NS:
            raise LinkDownError(
                f"port {self._transport.port}: the controller has been silent for {silent_ns / 1e6:.0f} ms, "
                f"the limit is {SILENCE_NS / 1e6:.0f} ms: check its power and the cable"
            )

    def send(self, message: Message) -> None:
        """Send something that needs no answer."""
        self._transport.write(encode(message))

    def _begin(self, welcome: Welcome) -> Welcome:
        port, version = self._transport.port, welcome.version
        if version != PROTOCOL_VERSION:
            firmware = ".".join(map(str, welcome.firmware))
            raise VersionMismatchError(
                f"the controller at {port} (firmware {firmware}) speaks protocol {version}, this host speaks "
                f"{PROTOCOL_VERSION}: {_CURE_OLDER if version < PROTOCOL_VERSION else _CURE_NEWER}"
            )
        self._counters.connections += 1
        self.window.begin(welcome.seq)
        if self._welcome is None or self._welcome.boot_id != welcome.boot_id:
            self._clock = McuClock(tick_hz=welcome.tick_hz)
            self._encoder = EncoderTrack(tick_hz=welcome.tick_hz)
        self._welcome = welcome
        now_ns = self._now_ns()
        self._note_time(now_ns - HELLO_RETRY_NS, now_ns, welcome.tick, welcome.encoder_count)
        return welcome

    def _send_due(self, now_ns: int) -> None:
        if now_ns >= self._next_poll_ns:
            self._poll(now_ns)
        due: list[Message] = self.window.due(now_ns)
        resend = self.triggers.due(now_ns, self._poll_seq)
        if resend is not None:
            due.append(resend)
        if due:
            self._transport.write(b"".join(encode(message) for message in due))

    def _poll(self, now_ns: int) -> None:
        self._poll_seq = (self._poll_seq + 1) & 0xFFFF
        is_burst = self._burst_left > 0
        self._burst_left -= is_burst
        self.send(TimeRequest(seq=self._poll_seq) if is_burst else Heartbeat(seq=self._poll_seq))
        self._polls[self._poll_seq] = now_ns
        if len(self._polls) > _MOST_POLLS:
            del self._polls[next(iter(self._polls))]
        self._next_poll_ns = now_ns + POLL_RETRY_NS

    def _next_ns(self) -> int:
        times = [self._next_poll_ns]
        for next_ns in (self.window.next_ns(), self.triggers.next_ns()):
            if next_ns is not None:
                times.append(next_ns)
        return min(times)

    def _read(self, wait_ns: int) -> list[Message]:
        bad_before = self._reader.bad_frames
        messages = self._reader.feed(self._transport.read(max(wait_ns, 0) / 1e9))
        self._counters.bad_frames += self._reader.bad_frames - bad_before
        if messages:
            self._heard_ns = self._now_ns()
        return messages

    def _handle(self, message: Message) -> None:
        match message:
            case Answer() | ShotAnswer():
                request = self.window.answered(message)
                if request is not None:
                    request.on_reply(message)
            case ReportMessage(run=run, report=report):
                self._note_encoder(report.tick, report.encoder_count)
                self.triggers.take(run, report, self._now_ns())
            case TriggerResendAnswer():
                self.triggers.note_oldest(message.run, message.oldest)
            case TimeAnswer():
                self._take_poll(message.seq, message.tick, message.encoder_count)
                self._next_poll_ns = 0 if self._burst_left else self._heard_ns + HEARTBEAT_NS
            case Status():
                self._take_status(message)
            case ConfigAnswer() | Diagnosis():
                self._listener.on_told(message)
            case Fault():
                dropped = f"; {message.dropped} scheduled shots were given up" if message.dropped else ""
                self._listener.on_mcu_state(McuState.SAFE, _WHY_SAFE[message.reason] + dropped)

    def _take_status(self, status: Status) -> None:
        if self._welcome is not None and status.boot_id != self._welcome.boot_id:
            raise LinkDownError(
                f"the controller at {self._transport.port} restarted (boot {self._welcome.boot_id} is now "
                f"{status.boot_id}): check its supply if this comes again"
            )
        sent_ns = self._take_poll(status.seq, status.tick, status.encoder_count)
        if sent_ns is not None and status.state is McuState.ARMED:
            self._listener.on_armed(sent_ns)
        self._next_poll_ns = self._heard_ns + HEARTBEAT_NS
        self.triggers.note_exposures(status.run, status.triggers, self._heard_ns)
        self._listener.on_status(status)
        why = _WHY_SAFE[status.safe_reason] if status.state is McuState.SAFE else ""
        self._listener.on_mcu_state(status.state, why)

    def _take_poll(self, seq: int, tick: int, count: int) -> int | None:
        sent_ns = self._polls.pop(seq, None)
        if sent_ns is not None:
            self._note_time(sent_ns, self._heard_ns, tick, count)
            self._listener.on_round_trip(
                RoundTrip(sent_ns=sent_ns, received_ns=self._heard_ns, tick=tick, encoder_count=count)
            )
        return sent_ns

    def _note_time(self, sent_ns: int, received_ns: int, tick: int, count: int) -> None:
        if self._clock is not None:
            self._clock.add(sent_ns=sent_ns, received_ns=received_ns, tick=tick)
            self._note_encoder(tick, count)

    def _note_encoder(self, tick: int, count: int) -> None:
        if self._clock is not None and self._encoder is not None and self._clock.fit is not None:
            fix = self._encoder.add(tick=tick, count=count, fit=self._clock.fit)
            self._listener.on_encoder(self._clock.fit, fix)


_WHY_SAFE = {
    SafeReason.NONE: "the controller is in its safe state",
    SafeReason.HEARTBEAT_LOST: "the controller missed the host's heartbeat and went to its safe state",
    SafeReason.EMERGENCY_STOP: "emergency stop",
    SafeReason.WATCHDOG: "the controller hung and restarted: report this with its firmware version",
}
