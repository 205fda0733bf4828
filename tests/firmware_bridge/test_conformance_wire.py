"""Conformance with PROTOCOL.md: frames, good and bad.

The Python twin and the C firmware in simavr pass the same tests (conftest.py has both). They stand still
between the steps of a test, so nothing here depends on how fast the machine is.
"""

import random
import zlib

import pytest
from conformance_steps import (
    arm,
    hello,
    status,
)
from test_golden_frames import examples, message_of

from firmware_bridge import cobs
from firmware_bridge import messages as m
from firmware_bridge.protocol import encode

GOOD = encode(m.TimeRequest(seq=7))


def bad_frames_of(host, damaged):
    """How many bad frames these bytes count as; none is answered, what follows them is understood."""
    before = status(host).counters.bad_frames
    host.mcu.write(damaged + GOOD)
    (answer,) = host.run_ms(30)
    assert isinstance(answer, m.TimeAnswer)
    return status(host).counters.bad_frames - before


@pytest.mark.parametrize(
    "damaged",
    [
        bytes([1, 0]),
        bytes([2, 5, 0]),
        bytes([200, 1, 2, 3, 0]),
        bytes([255] * 80 + [0]),
        bytes([2, 1] * 200 + [0]),
        GOOD[:-2] + b"\0",
        GOOD[:4] + bytes([GOOD[4] ^ 0x10]) + GOOD[5:],
        GOOD[:-1] + GOOD[1:],
    ],
    ids=["empty body", "short", "code beyond", "overlong", "overlong blocks", "cut", "bit", "merged"],
)
def test_damaged_frames_are_counted_and_the_next_is_understood(host, damaged):
    assert bad_frames_of(host, damaged) == 1


def raw(version, code, seq, payload):
    body = bytes([version, code]) + seq.to_bytes(2, "little") + payload
    return cobs.encode(body + zlib.crc32(body).to_bytes(4, "little")) + b"\0"


@pytest.mark.parametrize(
    "frame",
    [
        raw(1, 0x00, 1, b""),
        raw(1, 0x0D, 1, b""),
        raw(1, 0x77, 1, b"1234"),
        raw(1, 0x09, 1, b"x"),
        raw(1, 0x02, 1, b"123"),
        raw(1, 0x05, 1, bytes(12)),
        raw(2, 0x09, 1, b""),
        raw(1, 0x05, 1, bytes([1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0])),
        raw(1, 0x01, 1, b"x"),
    ],
    ids=[
        "type 0",
        "unknown",
        "unknown 2",
        "long TIME",
        "short ARM",
        "long SHOT",
        "version",
        "basis",
        "HELLO",
    ],
)
def test_frames_that_are_whole_but_say_nothing_known_are_counted(host, frame):
    assert bad_frames_of(host, frame) == 1


def test_lone_delimiters_are_no_frames(host):
    assert bad_frames_of(host, b"\0\0\0\0") == 0


def test_after_any_noise_it_is_in_step_at_the_next_delimiter(host):
    noise = random.Random(5)
    arm(host)
    for _ in range(25):
        host.mcu.write(noise.randbytes(noise.randrange(1, 200)) + b"\0" + GOOD)
        (answer,) = host.run_ms(12)
        assert answer.seq == 7
    after = status(host)
    assert after.counters.bad_frames >= 25
    assert (after.counters.scheduled, after.outputs, after.state) == (0, 0, m.McuState.ARMED)
    assert host.mcu.pulses() == []


def test_golden_frames_of_a_host_are_answered(host):
    hello(host)
    for example in examples():
        text, wire = example.values
        message = message_of(text)
        if type(message).__name__ in FROM_HOST:
            host.mcu.write(wire)
            answers = host.run_ms(10)
            assert [answer.seq for answer in answers] == [message.seq], text


FROM_HOST = {
    *("Hello", "Arm", "Disarm", "Heartbeat", "ShotRequest", "TriggerStart", "TriggerStop", "TriggerResend"),
    *("TimeRequest", "ConfigRead", "ConfigWrite", "Diagnose"),
}
