"""The decoder on a good line, on a noisy one, and against another version."""

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge import cobs
from firmware_bridge.messages import Heartbeat, Hello, ShotAnswer, ShotRequest, TimeAnswer, Welcome
from firmware_bridge.protocol import DELIMITER, LONGEST_FRAME, FrameReader, decode, encode
from firmware_bridge.types import ProtocolError, Shot, ShotBasis, ShotOutcome

U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFFFFFF)
SHOTS = st.builds(Shot, outputs=U32, basis=st.sampled_from(ShotBasis), start=U32, length=U16)
MESSAGES = st.one_of(
    st.builds(Hello, seq=U16),
    st.builds(Heartbeat, seq=U16),
    st.builds(ShotRequest, seq=U16, shot=SHOTS),
    st.builds(TimeAnswer, seq=U16, tick=U32, encoder_count=U32),
)


@given(st.lists(MESSAGES, max_size=8), st.integers(1, 40))
def test_messages_come_back_however_the_bytes_are_cut(messages, cut):
    stream = b"".join(encode(message) for message in messages)
    reader = FrameReader()
    read = [message for at in range(0, len(stream), cut) for message in reader.feed(stream[at : at + cut])]
    assert read == messages
    assert reader.bad_frames == 0


@given(st.binary(max_size=400), MESSAGES)
def test_after_garbage_the_next_delimiter_brings_it_in_step(garbage, message):
    reader = FrameReader()
    reader.feed(garbage)
    assert reader.feed(DELIMITER + encode(message))[-1] == message


@settings(max_examples=300)
@given(MESSAGES, st.data())
def test_a_damaged_byte_never_makes_another_message(message, data):
    frame = bytearray(encode(message))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] ^= data.draw(st.integers(1, 255))
    reader = FrameReader()
    read = reader.feed(bytes(frame) + DELIMITER)
    assert read in ([], [message])  # the message itself: where only its delimiter was hit


def test_fuzz_of_random_bytes_ends_and_yields_nothing():
    noise = random.Random(7)
    reader = FrameReader()
    # 200 kB of noise hold about 800 delimiters; a frame passes CRC-32 once in 4.3e9.
    read = [message for _ in range(200) for message in reader.feed(noise.randbytes(1000))]
    assert read == []
    assert reader.bad_frames > 500


def test_an_endless_frame_keeps_no_more_than_a_frame():
    reader = FrameReader()
    for _ in range(1000):
        assert reader.feed(b"\x05" * LONGEST_FRAME) == []
    assert reader.feed(DELIMITER + encode(Heartbeat(seq=3))) == [Heartbeat(seq=3)]
    assert reader.bad_frames == 1


def test_lone_delimiters_are_no_bad_frames():
    reader = FrameReader()
    assert reader.feed(DELIMITER * 5) == []
    assert reader.bad_frames == 0


def frame_of(body):
    return cobs.encode(body + zlib.crc32(body).to_bytes(4, "little"))


def test_another_version_is_read_in_hello_and_welcome_only():
    assert decode(frame_of(bytes([9, 0x01, 1, 0]))) == Hello(seq=1, version=9)
    with pytest.raises(ProtocolError, match="HEARTBEAT of protocol 9"):
        decode(frame_of(bytes([9, 0x04, 1, 0])))


def test_welcome_of_another_version_tells_its_firmware():
    welcome = Welcome(
        seq=2,
        version=3,
        firmware=(2, 5, 1),
        boot_id=1,
        tick_hz=1_000_000,
        tick=0,
        encoder_count=0,
        heartbeat_ms=250,
        schedule_size=16,
        max_on_ms=(1, 2, 3, 4),
    )
    assert decode(encode(welcome)[:-1]) == welcome


@pytest.mark.parametrize(
    "body",
    [
        bytes([1, 0x7F, 1, 0]),  # unknown type
        bytes([1, 0x05, 1, 0, 1]),  # a SHOT of one byte
        bytes([1, 0x85, 1, 0, 99, 0, 0, 0, 0, 0]),  # outcome 99
        bytes([1]),  # no head
        bytes([1, 0x04, 1, 0]) + bytes(70),  # too long
    ],
)
def test_a_sound_crc_does_not_excuse_a_wrong_body(body):
    with pytest.raises(ProtocolError):
        decode(frame_of(body))


def test_a_value_that_does_not_fit_is_refused_before_it_is_sent():
    shot = Shot(outputs=1, basis=ShotBasis.ENCODER, start=1 << 32, length=1)
    with pytest.raises(ProtocolError, match="does not fit the wire"):
        encode(ShotRequest(seq=1, shot=shot))
    with pytest.raises(ProtocolError, match="16 bit"):
        encode(Heartbeat(seq=1 << 16))
    with pytest.raises(ProtocolError, match="never on the wire"):
        encode(ShotAnswer(seq=1, outcome=ShotOutcome.NO_ANSWER, margin=0, free=0))
