"""A session and the firmware's rules joined by a wire that loses and damages, on a clock that tests push on.

No thread, no pty, no waiting: a second of traffic takes milliseconds, and the same seed gives the same run.
"""

import random
from collections import deque

from firmware_bridge.config import SorterConfig
from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.link_session import Listener, Session
from firmware_bridge.link_window import Request
from firmware_bridge.messages import Arm, ShotAnswer, ShotRequest
from firmware_bridge.protocol import FrameReader, encode
from firmware_bridge.twin_motion import Instant
from firmware_bridge.twin_rules import SorterRules
from firmware_bridge.types import ShotOutcome, ShotResult

TICK_HZ = 250_000
COUNTS_S = 5000
BYTE_NS = 20_000  # 500 000 baud, ten bits a byte
STEP_NS = 200_000  # the controller looks at its line this often


class Damage:
    """What becomes of bytes on their way: lost, changed, invented, or a whole stretch cut out."""

    def __init__(self, seed, *, lost=0.0, changed=0.0, invented=0.0, cuts=0.0):
        self._random = random.Random(seed)
        self._lost, self._changed, self._invented, self._cuts = lost, changed, invented, cuts

    def of(self, data):
        if data and self._random.random() < self._cuts:
            at = self._random.randrange(len(data))
            data = data[:at] + data[at + self._random.randrange(1, 40) :]
        arrived = bytearray()
        for byte in data:
            if self._random.random() < self._invented:
                arrived.append(self._random.randrange(256))
            if self._random.random() < self._lost:
                continue
            is_hit = self._random.random() < self._changed
            arrived.append(self._random.randrange(256) if is_hit else byte)
        return bytes(arrived)


class WireInTime:
    """A transport for a Session, with the controller at its far end."""

    port = "wire"

    def __init__(self, there, back, *, heartbeat_ms=250):
        self.now_ns = 0
        self.fired = deque()
        self.rules = SorterRules(
            config=SorterConfig(heartbeat_ms=heartbeat_ms),
            tick_hz=TICK_HZ,
            boot_id=7,
            at=Instant(tick=0, count=0),
            fired=self.fired,
        )
        self._there, self._back = there, back
        self._reader = FrameReader()
        self._to_controller, self._to_host = deque(), deque()  # (when it has arrived, bytes)
        self._free_there_ns = self._free_back_ns = 0

    def clock(self):
        return self.now_ns

    def at(self, ns):
        return Instant(tick=ns * TICK_HZ // 10**9, count=ns * COUNTS_S // 10**9)

    def open(self):
        pass

    def close(self):
        pass

    def wake(self):
        pass

    def write(self, data):
        self._free_there_ns = max(self._free_there_ns, self.now_ns) + len(data) * BYTE_NS
        self._to_controller.append((self._free_there_ns, self._there.of(data)))

    def read(self, timeout_s):
        end_ns = self.now_ns + max(1, round(timeout_s * 1e9))
        while True:
            arrived = self._arrived(self._to_host)
            if arrived or self.now_ns >= end_ns:
                return arrived
            self.now_ns = min(end_ns, self.now_ns + STEP_NS)
            self._controller_turn()

    def _arrived(self, queue):
        data = b""
        while queue and queue[0][0] <= self.now_ns:
            data += queue.popleft()[1]
        return data

    def _controller_turn(self):
        messages = self._reader.feed(self._arrived(self._to_controller))
        self.rules.advance(self.at(self.now_ns), heard=bool(messages))
        for message in messages:
            self.rules.handle(message)
        self.rules.take_exposures()
        for message in self.rules.take_outbox():
            data = encode(message)
            self._free_back_ns = max(self._free_back_ns, self.now_ns) + len(data) * BYTE_NS
            self._to_host.append((self._free_back_ns, self._back.of(data)))


class Played:
    """A host that keeps its session alive over such a wire and shoots."""

    def __init__(self, wire):
        self.wire = wire
        self.states = []
        self.results = []
        self.counters = LinkCounters()
        self.session = Session(
            wire,
            Listener(
                on_trigger=lambda report: None,
                on_mcu_state=lambda state, why: self.states.append(state),
                on_armed=lambda ns: None,
                on_encoder=lambda fit, fix: None,
            ),
            counters=self.counters,
            now_ns=wire.clock,
        )

    def connect(self):
        welcome = self.session.say_hello(0xFFF0, lambda: False)  # the sequence wraps soon
        replies = []
        while not replies or replies[0] is None:
            replies.clear()
            request = Request(
                make=lambda seq: Arm(seq=seq, boot_id=welcome.boot_id),
                on_reply=replies.append,
                deadline_ns=self.wire.now_ns + 10**9,
            )
            self.session.window.add(request)
            self.run_until(lambda: replies)

    def shoot(self, shot, patience_ns):
        def take(reply):
            outcome, margin = ShotOutcome.NO_ANSWER, 0
            if isinstance(reply, ShotAnswer):
                outcome, margin = reply.outcome, reply.margin
            self.results.append(
                ShotResult(shot=shot, outcome=outcome, margin=margin, answered_ns=self.wire.now_ns)
            )

        request = Request(
            make=lambda seq: ShotRequest(seq=seq, shot=shot),
            on_reply=take,
            deadline_ns=self.wire.now_ns + patience_ns,
        )
        if not self.session.window.add(request):
            self.results.append(
                ShotResult(shot=shot, outcome=ShotOutcome.FULL, margin=0, answered_ns=self.wire.now_ns)
            )

    def run_until(self, is_so, limit_ns=60 * 10**9):
        end_ns = self.wire.now_ns + limit_ns
        while not is_so():
            assert self.wire.now_ns < end_ns, "did not happen within a minute of the wire's time"
            self.session.turn(5_000_000)

    def run_for(self, ns):
        end_ns = self.wire.now_ns + ns
        while self.wire.now_ns < end_ns:
            self.session.turn(min(5_000_000, end_ns - self.wire.now_ns))
