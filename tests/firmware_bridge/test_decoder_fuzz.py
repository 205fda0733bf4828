"""A bounded fuzz of the decoder: no crash, no hang, no memory, in step again after the next delimiter."""

import random
import zlib
from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge import cobs
from firmware_bridge.config import SorterConfig
from firmware_bridge.messages import (
    Arm,
    Fault,
    Heartbeat,
    Hello,
    MessageType,
    SafeReason,
    ShotRequest,
    TimeAnswer,
)
from firmware_bridge.protocol import DELIMITER, LONGEST_BODY, LONGEST_FRAME, FrameReader, decode, encode
from firmware_bridge.twin_motion import Instant
from firmware_bridge.twin_rules import SCHEDULE_SIZE, SorterRules
from firmware_bridge.types import ProtocolError, Shot, ShotBasis

SHOT = Shot(outputs=8, basis=ShotBasis.ENCODER, start=1500, length=120)
SEEDS = (
    Hello(seq=1),
    Arm(seq=2, boot_id=7),
    Heartbeat(seq=3),
    ShotRequest(seq=4, shot=SHOT),
    TimeAnswer(seq=5, tick=1, encoder_count=0xFFFFFFFF),
    Fault(seq=6, reason=SafeReason.WATCHDOG, tick=0, encoder_count=0, dropped=3),
)
SENTINEL = Heartbeat(seq=0xBEEF)
ROUNDS = 20_000  # two seconds


def mutated(noise: random.Random) -> bytes:
    """A few frames with up to four changes: what a bad wire, a restart or another program may send."""
    data = bytearray(b"".join(encode(noise.choice(SEEDS)) for _ in range(noise.randrange(1, 4))))
    for _ in range(noise.randrange(5)):
        at = noise.randrange(len(data) + 1)
        match noise.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << noise.randrange(8)
            case 1:
                del data[at : at + noise.randrange(1, 12)]
            case 2:
                data[at:at] = noise.randbytes(noise.randrange(1, 12))
            case 3:
                data[at:at] = data[: noise.randrange(len(data) + 1)]  # a piece once more
            case 4:
                data[at:at] = bytes(noise.randrange(1, 4))  # delimiters
            case _:
                data[at:at] = bytes([noise.randrange(1, 256)]) * noise.randrange(1, 200)  # stuck
    return bytes(data)


def test_the_reader_survives_mutated_traffic_and_is_in_step_after_each() -> None:
    noise = random.Random(11)
    reader = FrameReader()
    for _ in range(ROUNDS):
        read = reader.feed(mutated(noise))
        assert all(message in SEEDS for message in read)  # none was made up: CRC-32 over 20 000 tries
        assert reader.feed(DELIMITER + encode(SENTINEL))[-1:] == [SENTINEL]
        assert len(reader._partial) <= LONGEST_FRAME
    assert reader.bad_frames > ROUNDS / 4


@settings(max_examples=500)
@given(
    st.integers(0, 255),
    st.one_of(st.sampled_from(list(MessageType)), st.integers(0, 255)),
    st.integers(0, 0xFFFF),
    st.binary(max_size=80),
)
def test_any_body_with_a_sound_crc_is_a_message_or_refused(
    version: int, code: int, seq: int, payload: bytes
) -> None:
    body = bytes([version, code]) + seq.to_bytes(2, "little") + payload
    stuffed = cobs.encode(body + zlib.crc32(body).to_bytes(4, "little"))
    try:
        message = decode(stuffed)
    except ProtocolError:
        return
    assert len(body) + 4 <= LONGEST_BODY
    assert encode(message) == stuffed + DELIMITER  # what is read is what was said, and nothing more


U32 = st.integers(0, 0xFFFFFFFF)
REQUESTS = st.lists(
    st.one_of(
        st.builds(Hello, seq=st.integers(0, 0xFFFF)),
        st.builds(Arm, seq=st.integers(0, 0xFFFF), boot_id=st.sampled_from([7, 8])),
        st.builds(
            ShotRequest,
            seq=st.integers(0, 0xFFFF),
            shot=st.builds(
                Shot,
                outputs=U32,
                basis=st.sampled_from(ShotBasis),
                start=U32,
                length=st.integers(0, 0xFFFF),
            ),
        ),
    ),
    max_size=40,
)


@settings(max_examples=150)
@given(REQUESTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_the_rules_answer_any_requests_in_any_order_and_keep_their_account(
    requests: list[Hello | Arm | ShotRequest], steps: list[int]
) -> None:
    rules = SorterRules(
        config=SorterConfig(), tick_hz=250_000, boot_id=7, at=Instant(tick=0, count=0), fired=deque()
    )
    tick = 0
    for number, request in enumerate(requests):
        tick += steps[number % len(steps)]
        rules.advance(Instant(tick=tick, count=tick // 50), heard=True)
        rules.handle(request)
        waiting = rules.counters.scheduled - rules.counters.started - rules.counters.dropped
        assert 0 <= waiting <= SCHEDULE_SIZE
        for answer in rules.take_outbox():
            assert decode(encode(answer)[:-1]) == answer
