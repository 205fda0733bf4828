"""Requests on their way: at most eight at a time, sent again until answered or too late; pure."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.messages import Answer, Message, ShotAnswer

WINDOW = 8
SPREAD = 24  # newest less oldest sequence on the way; the controller keeps the last 32 answers
WAITING = 64  # shots that may wait for a place in the window
RETRY_NS = 25_000_000  # a full window and a STATUS take 20 ms at 115 200 baud; the line has no one to spare

Reply = Answer | ShotAnswer


@dataclass(slots=True, kw_only=True, eq=False)
class Request:
    """One request; on_reply is called exactly once, with None where no answer came in time."""

    make: Callable[[int], Message]  # sequence -> message
    on_reply: Callable[[Reply | None], None]
    deadline_ns: int
    seq: int = -1  # given when it is first sent; the same in every repetition
    first_sent_ns: int = field(default=0, init=False)
    last_sent_ns: int = field(default=0, init=False)
    retry_ns: int = field(default=0, init=False)
    sendings: int = field(default=0, init=False)


class Window:
    """Keeps requests in order of submission; answers may come in any order."""

    def __init__(self, counters: LinkCounters) -> None:
        self._counters = counters
        self._next_seq = 0
        self._waiting: deque[Request] = deque()
        self._sent: dict[int, Request] = {}  # by sequence, oldest first

    def begin(self, hello_seq: int) -> None:
        """Start a session; call flush() first."""
        self._next_seq = (hello_seq + 1) & 0xFFFF

    def add(self, request: Request) -> bool:
        """Queue a request; False: the queue is full."""
        if len(self._waiting) >= WAITING:
            self._counters.overflowed += 1
            return False
        self._waiting.append(request)
        return True

    def due(self, now_ns: int) -> list[Message]:
        """Return what is to be sent now: repetitions first, then new requests that find a place."""
        again = [request for request in self._sent.values() if now_ns >= request.retry_ns]
        self._counters.repeated += len(again)
        new = []
        while self._waiting and self._has_place():
            request = self._waiting.popleft()
            request.seq = self._next_seq
            self._next_seq = (self._next_seq + 1) & 0xFFFF
            request.first_sent_ns = now_ns
            self._sent[request.seq] = request
            new.append(request)
        for request in again + new:
            request.sendings += 1
            request.last_sent_ns, request.retry_ns = now_ns, now_ns + RETRY_NS
        return [request.make(request.seq) for request in again + new]

    def answered(self, reply: Reply) -> Request | None:
        """Take an answer; None: it is a repetition of one that was taken, or came too late.

        The line keeps its order, so whatever was sent before the answered request and has no answer yet was
        lost, or its answer was: it is due again at once.
        """
        request = self._sent.pop(reply.seq, None)
        if request is not None:
            for other in self._sent.values():
                if other.last_sent_ns < request.first_sent_ns:
                    other.retry_ns = request.first_sent_ns
        return request

    def expired(self, now_ns: int) -> list[Request]:
        """Take out what has passed its deadline, sent or not."""
        late = [request for request in self._all() if now_ns >= request.deadline_ns]
        for request in late:
            self._take_out(request)
        self._counters.unanswered += len(late)
        return late

    def flush(self) -> list[Request]:
        """Take out everything."""
        everything = self._all()
        self._counters.unanswered += len(everything)
        self._waiting.clear()
        self._sent.clear()
        return everything

    def next_ns(self) -> int | None:
        """Return when due() or expired() will have something, if nothing else happens."""
        times = [min(request.retry_ns, request.deadline_ns) for request in self._sent.values()]
        times += [request.deadline_ns for request in self._waiting]
        return min(times, default=None)

    def _all(self) -> list[Request]:
        return [*self._sent.values(), *self._waiting]

    def _take_out(self, request: Request) -> None:
        if request.sendings:
            del self._sent[request.seq]
        else:
            self._waiting.remove(request)

    def _has_place(self) -> bool:
        if not self._sent:
            return True
        oldest = next(iter(self._sent))
        return len(self._sent) < WINDOW and (self._next_seq - oldest) % 0x10000 < SPREAD
