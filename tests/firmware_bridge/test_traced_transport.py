from collections.abc import Callable

import pytest

from firmware_bridge.messages import Heartbeat, Hello, TimeRequest
from firmware_bridge.protocol import DELIMITER, LONGEST_FRAME, encode
from firmware_bridge.tracing import Direction, SeenFrame, TracedTransport
from firmware_bridge.types import LinkDownError


class Bytes:
    """A transport that reads what it was given and keeps what was written."""

    port = "a drawer"

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)
        self.written = b""
        self.calls: list[str] = []

    def open(self) -> None:
        self.calls.append("open")

    def read(self, timeout_s: float) -> bytes:
        if not self.chunks:
            raise LinkDownError("nothing left")
        return self.chunks.pop(0)

    def write(self, data: bytes) -> None:
        self.written += data

    def wake(self) -> None:
        self.calls.append("wake")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def trace() -> tuple[list[SeenFrame], Callable[[Bytes], TracedTransport]]:
    seen: list[SeenFrame] = []
    return seen, lambda inner: TracedTransport(inner, seen.append, now_ns=lambda: 5)


def test_frames_of_both_directions_are_seen_and_passed_on_unchanged(trace) -> None:
    seen, make = trace
    answer = encode(Heartbeat(seq=2))
    inner = Bytes(answer[:3], answer[3:] + encode(TimeRequest(seq=3)))
    traced = make(inner)
    traced.write(DELIMITER + encode(Hello(seq=1)))
    assert (traced.read(0.1), traced.read(0.1)) == (answer[:3], answer[3:] + encode(TimeRequest(seq=3)))
    assert inner.written == DELIMITER + encode(Hello(seq=1))
    assert [(frame.direction, frame.message) for frame in seen] == [
        (Direction.TO_CONTROLLER, Hello(seq=1)),
        (Direction.FROM_CONTROLLER, Heartbeat(seq=2)),
        (Direction.FROM_CONTROLLER, TimeRequest(seq=3)),
    ]
    assert seen[1].stuffed + DELIMITER == answer
    assert {frame.at_ns for frame in seen} == {5}


def test_a_damaged_frame_is_seen_with_what_is_wrong_with_it(trace) -> None:
    seen, make = trace
    damaged = bytearray(encode(Heartbeat(seq=2)))
    damaged[2] ^= 0x40
    make(Bytes(bytes(damaged))).read(0.1)
    assert seen[0].message is None
    assert "CRC-32 does not match" in seen[0].fault


def test_an_endless_frame_is_seen_in_pieces_and_kept_in_none(trace) -> None:
    seen, make = trace
    traced = make(Bytes(*[b"\x05" * 40] * 10, DELIMITER + encode(Heartbeat(seq=9))))
    for _ in range(11):
        traced.read(0.1)
    assert max(len(frame.stuffed) for frame in seen) <= LONGEST_FRAME + 40
    assert seen[-1].message == Heartbeat(seq=9)


def test_the_rest_goes_to_the_port_itself(trace) -> None:
    _, make = trace
    inner = Bytes()
    traced = make(inner)
    traced.open()
    traced.wake()
    traced.close()
    assert inner.calls == ["open", "wake", "close"]
    assert traced.port == "a drawer"
    with pytest.raises(LinkDownError, match="nothing left"):
        traced.read(0.1)
