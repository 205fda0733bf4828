"""pyserial on a real pty."""

import os
import threading
import tty
from pathlib import Path

import pytest
import serial

from firmware_bridge.transport import SerialTransport
from firmware_bridge.types import LinkDownError


@pytest.fixture
def far_end():
    """Yield the other end of a cable, and the path of this one."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    for descriptor in (master, slave):
        try:
            os.close(descriptor)
        except OSError:
            continue  # the test pulled it


@pytest.fixture
def transport(far_end):
    transport = SerialTransport(far_end[1])
    transport.open()
    yield transport
    transport.close()


def test_bytes_go_both_ways_unchanged(far_end, transport):
    everything = bytes(range(256))
    transport.write(everything)
    assert os.read(far_end[0], 1000) == everything
    os.write(far_end[0], everything)
    assert transport.read(1.0) == everything


def test_nothing_within_the_timeout_is_no_bytes(transport):
    assert transport.read(0.01) == b""


def test_wake_ends_a_read_that_waits(transport):
    threading.Timer(0.05, transport.wake).start()
    assert transport.read(30.0) == b""  # would hang half a minute without


def test_wake_before_the_read_is_not_lost(transport):
    transport.wake()
    assert transport.read(30.0) == b""


def test_a_missing_port_is_named_with_the_cure():
    with pytest.raises(LinkDownError, match=r"port /dev/ttyNOT_THERE can't be opened .*check that the cable"):
        SerialTransport("/dev/ttyNOT_THERE").open()


def test_a_file_is_not_taken_for_a_port(tmp_path):
    plain = tmp_path / "not-a-port"
    plain.write_text("")
    with pytest.raises(LinkDownError, match="can't be opened"):
        SerialTransport(str(plain)).open()


def test_low_latency_is_asked_for_and_a_port_that_doesnt_know_it_says_so(far_end, monkeypatch):
    asked = []
    with monkeypatch.context() as patch:
        patch.setattr(serial.Serial, "set_low_latency_mode", lambda self, on: asked.append(on))
        transport = SerialTransport(far_end[1])
        transport.open()
        assert (asked, transport.has_low_latency) == ([True], True)
        transport.close()
    transport.open()  # a pty doesn't know it
    assert not transport.has_low_latency
    transport.close()


def test_a_port_in_use_is_not_shared(far_end, transport):
    with pytest.raises(LinkDownError, match="no other program uses it"):
        SerialTransport(far_end[1]).open()


def test_a_pulled_cable_is_an_error_at_once(transport, far_end):
    os.close(far_end[0])
    with pytest.raises(LinkDownError, match=r"read failed .*check cable and power"):
        transport.read(5.0)


def test_a_port_that_takes_no_bytes_is_an_error_not_a_hang(transport):
    with pytest.raises(LinkDownError, match="write failed"):
        transport.write(bytes(1_000_000))  # nobody reads at the far end


def test_a_closed_port_says_so(transport):
    transport.close()
    transport.close()
    transport.wake()
    with pytest.raises(LinkDownError, match="not open"):
        transport.read(0.0)
    with pytest.raises(LinkDownError, match="not open"):
        transport.write(b"x")


def test_a_hundred_openings_leak_no_descriptor(far_end):
    def count():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    for _ in range(100):
        transport = SerialTransport(far_end[1])
        transport.open()
        transport.close()
    assert count() == before
