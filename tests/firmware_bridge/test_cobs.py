"""COBS: bytes without zeros and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import cobs
from firmware_bridge.types import ProtocolError


@pytest.mark.parametrize(
    ("body", "stuffed"),
    [
        (b"", b"\x01"),
        (b"\0", b"\x01\x01"),
        (b"\x11\x22\0\x33", b"\x03\x11\x22\x02\x33"),
        (b"\x11\0\0", b"\x02\x11\x01\x01"),
    ],
)
def test_examples_of_the_published_rule(body, stuffed):
    assert cobs.encode(body) == stuffed
    assert cobs.decode(stuffed) == body


@given(st.binary(max_size=cobs.LONGEST_BODY))
def test_any_body_comes_back_and_has_no_zero_on_the_wire(body):
    stuffed = cobs.encode(body)
    assert 0 not in stuffed
    assert len(stuffed) == len(body) + 1
    assert cobs.decode(stuffed) == body


def test_a_body_that_would_need_the_code_0xff_is_refused():
    with pytest.raises(ProtocolError, match="254 bytes is above the limit of 253"):
        cobs.encode(bytes([1]) * 254)


@pytest.mark.parametrize("damaged", [b"", b"\x05\x11", b"\xff" + b"\x01" * 254, b"\x02\x00"])
def test_impossible_bytes_are_refused(damaged):
    with pytest.raises(ProtocolError):
        cobs.decode(damaged)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    try:
        body = cobs.decode(data)
    except ProtocolError:
        return
    assert cobs.encode(body) == data
