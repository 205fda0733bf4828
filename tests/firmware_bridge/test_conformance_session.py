"""Conformance with PROTOCOL.md: session, states, clock, safety; nothing twice.

The Python twin and the C firmware in simavr pass the same tests (conftest.py has both). They stand still
between the steps of a test, so nothing here depends on how fast the machine is.
"""

import pytest
from conformance_steps import (
    LATER_TICKS,
    TICK,
    TICKS_PER_MS,
    arm,
    hello,
    now,
    run_alive,
    shoot,
    shoot_in,
    status,
)

from firmware_bridge import messages as m
from firmware_bridge.config import SorterConfig
from firmware_bridge.protocol import encode
from firmware_bridge.types import Shot, ShotOutcome


def test_hello_is_answered_with_who_it_is(host):
    welcome = hello(host)
    assert (welcome.version, welcome.firmware) == (1, (0, 1, 0))
    assert (welcome.tick_hz, welcome.heartbeat_ms, welcome.schedule_size) == (250_000, 250, 64)
    assert welcome.max_on_ms == (200, 2000, 500, 2000)


def test_hello_of_another_version_is_told_ours_and_changes_nothing(host):
    arm(host)
    welcome = host.ask(m.Hello(seq=9, version=2))
    assert welcome.version == 1
    assert status(host).state is m.McuState.ARMED


def test_before_hello_nothing_is_armed_and_nothing_fires(host):
    assert status(host).state is m.McuState.BOOTED
    assert host.request(m.Arm, boot_id=1).result is m.Result.HELLO_NEEDED
    assert host.request(m.TriggerStart, run=1, pitch_counts=10).result is m.Result.HELLO_NEEDED
    assert host.request(m.ConfigWrite, config=SorterConfig()).result is m.Result.HELLO_NEEDED
    assert host.request(m.Disarm).result is m.Result.OK
    assert shoot_in(host, 20, 2)[1].outcome is ShotOutcome.UNARMED
    assert not host.mcu.line_may_run()


def test_arming_needs_the_boot_that_was_greeted(host):
    welcome = hello(host)
    assert host.request(m.Arm, boot_id=welcome.boot_id + 1).result is m.Result.WRONG_BOOT
    assert status(host).state is m.McuState.READY
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.OK
    assert (status(host).state, host.mcu.line_may_run()) == (m.McuState.ARMED, True)


def test_every_start_has_a_boot_id_of_its_own_and_is_not_armed(host):
    ids = [arm(host).boot_id]
    for _ in range(3):
        host.mcu.restart()
        assert not host.mcu.line_may_run()
        assert shoot_in(host, 20, 2)[1].outcome is ShotOutcome.UNARMED
        ids.append(hello(host).boot_id)
        assert host.request(m.Arm, boot_id=ids[-2]).result is m.Result.WRONG_BOOT
    assert len(set(ids)) == 4


@pytest.mark.parametrize("leave", ["disarm", "hello"])
def test_leaving_armed_switches_off_and_counts_what_is_given_up(host, leave):
    arm(host)
    start, _ = shoot_in(host, 10, 100)
    shoot_in(host, 200, 10)
    host.run_ms(30)
    assert status(host).outputs == 1
    if leave == "disarm":
        host.request(m.Disarm)
    else:
        hello(host)
    after = status(host)
    assert (after.state, after.outputs, after.counters.dropped) == (m.McuState.READY, 0, 1)
    assert not host.mcu.line_may_run()
    run_alive(host, 300)
    (pulse,) = host.mcu.pulses()
    assert pulse.tick_on - start <= LATER_TICKS
    assert pulse.tick_off - start < 100 * TICKS_PER_MS


def test_the_clock_ticks_at_its_rate_and_the_encoder_counts_both_ways(host):
    host.mcu.set_speed(10_000)
    before = now(host)
    host.run_ms(200)
    host.mcu.set_speed(-5_000)
    host.run_ms(100)
    host.mcu.set_speed(0)
    after = now(host)
    assert (after.tick - before.tick) / TICKS_PER_MS == pytest.approx(300, abs=6)
    assert after.encoder_count - before.encoder_count == pytest.approx(1500, abs=15)


def test_the_encoder_wraps_below_zero(host):
    host.mcu.set_speed(-10_000)
    host.run_ms(50)
    assert now(host).encoder_count > 0xFFFF_FF00 - 600


def test_a_duplicate_gets_the_same_answer_and_fires_once(host):
    arm(host)
    _, first = shoot_in(host, 20, 2)
    shot = m.ShotRequest(
        seq=host.seq, shot=Shot(outputs=2, basis=TICK, start=now(host).tick + 9000, length=99)
    )
    assert host.ask(shot) == first  # whatever it says: the sequence is known
    host.run_ms(60)
    assert host.ask(shot) == first
    assert [pulse.output for pulse in host.mcu.pulses()] == [0]
    counters = status(host).counters
    assert (counters.scheduled, counters.duplicates) == (1, 2)


@pytest.mark.parametrize("kind", ["arm", "disarm", "trigger_start", "trigger_stop", "config_write"])
def test_every_kind_of_request_is_answered_again_and_not_obeyed_again(host, kind):
    welcome = arm(host)
    requests = {
        "arm": (m.Arm, {"boot_id": welcome.boot_id}),
        "disarm": (m.Disarm, {}),
        "trigger_start": (m.TriggerStart, {"run": 5, "pitch_counts": 100}),
        "trigger_stop": (m.TriggerStop, {}),
        "config_write": (m.ConfigWrite, {"config": SorterConfig()}),
    }
    request, fields = requests[kind]
    first = host.request(request, **fields)
    seq = host.seq
    host.request(m.Disarm)
    assert host.ask(request(seq=seq, **fields)) == first
    assert status(host).state is m.McuState.READY  # also where the repeated one was ARM
    assert status(host).counters.duplicates == 1


def test_a_lost_request_may_come_behind_its_successors(host):
    arm(host)
    host.seq += 1
    late_comer = host.seq
    start, _ = shoot_in(host, 60, 2)
    shot = Shot(outputs=2, basis=TICK, start=start - 5000, length=250)
    assert host.ask(m.ShotRequest(seq=late_comer, shot=shot)).outcome is ShotOutcome.SCHEDULED
    host.run_ms(80)
    assert [pulse.output for pulse in host.mcu.pulses()] == [1, 0]


def test_a_request_whose_answer_is_gone_is_not_obeyed(host):
    arm(host)
    old = host.seq + 1
    for _ in range(40):
        shoot(host, 0, 0)
    shot = Shot(outputs=1, basis=TICK, start=now(host).tick + 5000, length=250)
    assert host.say(m.ShotRequest(seq=old, shot=shot)) == []
    host.run_ms(50)
    assert host.mcu.pulses() == []


def test_sequences_wrap(host):
    host.seq = 0xFFFC
    arm(host)
    for _ in range(6):
        assert shoot_in(host, 20, 1)[1].outcome is ShotOutcome.SCHEDULED
    assert host.seq == 4
    assert status(host).counters.duplicates == 0


def test_a_window_of_requests_at_once_is_answered_in_order(host):
    arm(host)
    start = now(host).tick + 40 * TICKS_PER_MS
    shots = [
        m.ShotRequest(
            seq=host.seq + 1 + n, shot=Shot(outputs=1 << n, basis=TICK, start=start + 250 * n, length=200)
        )
        for n in range(8)
    ]
    host.mcu.write(b"".join(encode(shot) for shot in shots))
    answers = host.run_ms(30)
    assert [answer.seq for answer in answers] == [shot.seq for shot in shots]
    assert {answer.outcome for answer in answers} == {ShotOutcome.SCHEDULED}


def test_a_lost_heartbeat_switches_everything_off_and_disarms(host):
    arm(host)
    shoot_in(host, 10, 260, outputs=1 << 16)
    shoot_in(host, 2000, 10)
    heard = status(host).tick
    host.run_ms(240)
    assert host.mcu.line_may_run()
    host.run_ms(20)
    assert not host.mcu.line_may_run()
    (pulse,) = host.mcu.pulses()
    assert (pulse.tick_off - heard) / TICKS_PER_MS == pytest.approx(250, abs=3)
    (fault,) = host.unasked
    assert (fault.reason, fault.dropped) == (m.SafeReason.HEARTBEAT_LOST, 1)
    after = status(host)
    assert (after.state, after.safe_reason) == (m.McuState.SAFE, m.SafeReason.HEARTBEAT_LOST)
    assert shoot_in(host, 20, 1)[1].outcome is ShotOutcome.UNARMED
    assert host.request(m.Arm, boot_id=after.boot_id).result is m.Result.HELLO_NEEDED
    arm(host)
    assert shoot_in(host, 20, 1)[1].outcome is ShotOutcome.SCHEDULED


def test_any_valid_frame_is_a_heartbeat_and_a_damaged_one_is_not(host):
    arm(host)
    for _ in range(4):
        host.run_ms(200)
        now(host)
    assert status(host).state is m.McuState.ARMED
    damaged = bytearray(encode(m.Heartbeat(seq=1)))
    damaged[5] ^= 1
    host.run_ms(200)
    host.mcu.write(bytes(damaged))
    host.run_ms(80)
    assert status(host).state is m.McuState.SAFE


def test_unarmed_it_does_not_watch_the_heartbeat(host):
    hello(host)
    host.run_ms(600)
    assert status(host).state is m.McuState.READY


def test_the_emergency_stop_holds_until_it_is_released_and_greeted(host):
    welcome = arm(host)
    shoot_in(host, 10, 100)
    host.run_ms(20)
    host.mcu.press_stop()
    host.run_ms(1)
    assert not host.mcu.line_may_run()
    (pulse,) = host.mcu.pulses()
    assert pulse.tick_off - pulse.tick_on < 30 * TICKS_PER_MS
    assert hello(host).boot_id == welcome.boot_id
    assert status(host).state is m.McuState.SAFE
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.EMERGENCY_STOP
    host.mcu.release_stop()
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.HELLO_NEEDED
    arm(host)
    assert host.mcu.line_may_run()
    assert [fault.reason for fault in host.unasked] == [m.SafeReason.EMERGENCY_STOP]


def test_the_emergency_stop_works_before_hello_too(host):
    host.mcu.press_stop()
    host.run_ms(2)
    assert status(host).state is m.McuState.SAFE
    assert not host.mcu.line_may_run()


def test_a_controller_that_hung_is_restarted_safe_and_says_so(host):
    welcome = arm(host)
    shoot_in(host, 10, 150)
    host.run_ms(20)
    host.mcu.hang()
    host.run_ms(300)
    assert not host.mcu.line_may_run()
    assert len(host.mcu.pulses()) == 1
    after = status(host)
    assert (after.state, after.safe_reason) == (m.McuState.SAFE, m.SafeReason.WATCHDOG)
    assert after.boot_id != welcome.boot_id
    assert [fault.reason for fault in host.unasked] == [m.SafeReason.WATCHDOG]
    arm(host)


def test_what_went_wrong_is_counted(host):
    arm(host)
    host.run_ms(300)
    host.mcu.press_stop()
    host.run_ms(2)
    diagnosis = host.poll(m.Diagnose)
    assert (diagnosis.heartbeats_lost, diagnosis.emergency_stops) == (1, 1)
    assert (diagnosis.encoder_errors, diagnosis.serial_errors) == (0, 0)
