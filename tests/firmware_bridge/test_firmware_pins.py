"""What only the C firmware has: pins and their times in processor cycles, wires, a supply that fails.

The emulator stands still between the steps: these times are the firmware's own, the same on any machine.
"""

import random

import emulated_sorter
import pytest
from controllers import FirmwareController, Host
from emulated_sorter import LAMP, RUN, TRIGGER

from firmware_bridge import messages as m
from firmware_bridge.config import TRIGGER_ACTIVE_LOW, SorterConfig
from firmware_bridge.protocol import encode
from firmware_bridge.types import Shot, ShotBasis

pytestmark = pytest.mark.skipif(
    bool(emulated_sorter.why_not()),
    reason=f"the C firmware can't run in an emulator: {emulated_sorter.why_not()}",
)


@pytest.fixture
def host(tmp_path):
    controller = FirmwareController(tmp_path)
    yield Host(controller)
    controller.close()


def hello(host):
    host.seq = (host.seq + 1) & 0xFFFF
    return host.ask(m.Hello(seq=host.seq))


def arm(host):
    welcome = hello(host)
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.OK


def send_shots(host, count):
    """Send a shot every 5 ms on the valves in turn, and heartbeats; return the starts by valve."""
    chance = random.Random(1)
    tick = host.poll(m.TimeRequest).tick
    starts = {}
    for number in range(count):
        start, valve = tick + 250 * 30 + chance.randrange(1250), number % 16
        starts.setdefault(valve, []).append(start)
        shot = Shot(outputs=1 << valve, basis=ShotBasis.TICK, start=start, length=500)
        host.seq = (host.seq + 1) & 0xFFFF
        host.mcu.write(encode(m.ShotRequest(seq=host.seq, shot=shot)) + encode(m.TimeRequest(seq=1)))
        if number % 8 == 0:
            host.mcu.write(encode(m.Heartbeat(seq=2)))
        tick = next(one.tick for one in host.run_ms(5) if isinstance(one, m.TimeAnswer))
    host.run_ms(60)
    return starts


def test_at_200_shots_a_second_every_edge_is_within_200_us_and_no_byte_can_be_lost(host):
    arm(host)
    host.mcu.set_speed(10_000)
    starts = send_shots(host, 400)
    pulses = {}
    for pulse in host.mcu.pulses():
        pulses.setdefault(pulse.output, []).append(pulse)
    late = []
    for valve, asked in starts.items():
        assert len(pulses[valve]) == len(asked)
        for start, pulse in zip(asked, pulses[valve], strict=True):
            late += [pulse.tick_on - start, pulse.tick_off - start - 500]
    assert min(late) >= 0
    assert max(late) * 4 <= 200
    # The receiver holds two bytes of 20 us each beside the one that is coming in.
    assert host.mcu.blocked_us() < 40


def test_the_emergency_stop_is_on_the_pins_within_a_millisecond(host):
    arm(host)
    tick = host.poll(m.TimeRequest).tick
    shot = Shot(outputs=0xFFFF, basis=ShotBasis.TICK, start=tick + 2500, length=25_000)
    host.request(m.ShotRequest, shot=shot)
    host.run_ms(30)
    host.mcu.press_stop()
    host.run_ms(5)
    fallen = [change for change in host.mcu.changes() if not change.is_high and change.pin <= RUN]
    assert {change.pin for change in fallen} == {*range(16), RUN}
    assert max(change.cycle for change in fallen) - host.mcu.stop_cycle() <= 16_000


def test_a_lost_heartbeat_is_on_the_pins_within_300_ms_of_the_last_byte(host):
    arm(host)
    host.run_ms(10)
    host.mcu.tell("silent 1")
    host.run_ms(400)
    (fall,) = [change for change in host.mcu.changes() if change.pin == RUN and not change.is_high]
    assert 240 <= (fall.cycle - host.mcu.last_byte_cycle()) / 16_000 <= 300


@pytest.mark.parametrize("flags", [0, TRIGGER_ACTIVE_LOW])
def test_the_trigger_pulses_at_each_exposure_as_long_and_as_it_is_configured(host, flags):
    hello(host)
    config = SorterConfig(trigger_pulse_us=400, flags=flags)
    assert host.request(m.ConfigWrite, config=config).result is m.Result.OK
    host.run_ms(5)
    host.mcu.changes()
    host.request(m.TriggerStart, run=1, pitch_counts=50)
    host.mcu.set_speed(10_000)
    host.run_ms(52)
    host.mcu.set_speed(0)
    host.run_ms(5)
    edges = [change for change in host.mcu.changes() if change.pin == TRIGGER]
    begins, ends = edges[::2], edges[1::2]
    assert {begin.is_high for begin in begins} == {flags == 0}
    counts = [one.report.encoder_count for one in host.unasked if isinstance(one, m.ReportMessage)]
    assert [begin.count for begin in begins] == counts
    for begin, end in zip(begins, ends, strict=True):
        assert (end.cycle - begin.cycle) / 16 == pytest.approx(400, abs=20)


def test_pulses_that_the_encoder_lost_are_counted(host):
    hello(host)
    host.mcu.slip()
    host.run_ms(1)
    assert host.poll(m.Diagnose).encoder_errors == 1


def test_the_lamp_says_the_state(host):
    def changes(ms):
        host.mcu.changes()
        for _ in range(ms // 100):
            host.run_ms(100)
            host.poll(m.TimeRequest)  # keeps it armed
        return len([change for change in host.mcu.changes() if change.pin == LAMP])

    assert changes(2000) == 0
    arm(host)
    host.run_ms(5)
    assert changes(2000) == 0
    host.request(m.Disarm)
    assert 3 <= changes(2000) <= 5
    host.mcu.press_stop()
    assert 25 <= changes(2000) <= 35


@pytest.mark.parametrize("after_ms", [1, 5, 10, 20])
def test_a_reset_while_a_configuration_is_stored_leaves_the_old_one(host, after_ms):
    hello(host)
    for heartbeat_ms in (300, 400):
        host.request(m.ConfigWrite, config=SorterConfig(heartbeat_ms=heartbeat_ms))
        host.run_ms(200)
    host.request(m.ConfigWrite, config=SorterConfig(heartbeat_ms=500))
    host.run_ms(after_ms)
    host.mcu.restart()
    answer = host.poll(m.ConfigRead)
    assert (answer.source, answer.config.heartbeat_ms) == (m.ConfigSource.STORED, 400)
