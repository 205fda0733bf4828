"""What every controller must do, as PROTOCOL.md says: the Python twin and the C firmware pass the same tests.

The firmware runs in simavr with its pins traced; both stand still between the steps of a test. A pin of the
firmware may be later than the twin's, which is exact, by LATER_TICKS.
"""

import random
from collections import Counter
from dataclasses import replace

import emulated_sorter
import pytest
from controllers import FirmwareController, Host, TwinController

from firmware_bridge import messages as m
from firmware_bridge.config import ENCODER_REVERSED, SorterConfig
from firmware_bridge.protocol import encode
from firmware_bridge.types import Output, Shot, ShotBasis, ShotOutcome

LATER_TICKS = 40  # 160 us; the firmware needs 75 us, and 1 us more for each output that it has to step over
TICKS_PER_MS = 250
TICK, ENCODER = ShotBasis.TICK, ShotBasis.ENCODER


@pytest.fixture(params=["twin", "firmware"])
def host(request, tmp_path):
    if request.param == "firmware" and (missing := emulated_sorter.why_not()):
        pytest.skip(f"the C firmware can't run in an emulator: {missing}")
    controller = TwinController() if request.param == "twin" else FirmwareController(tmp_path)
    yield Host(controller)
    controller.close()


def hello(host):
    host.seq = (host.seq + 1) & 0xFFFF
    return host.ask(m.Hello(seq=host.seq))


def arm(host):
    welcome = hello(host)
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.OK
    return welcome


def status(host):
    return host.poll(m.Heartbeat)


def now(host):
    return host.poll(m.TimeRequest)


def shoot(host, start, length, *, outputs=1, basis=TICK):
    shot = Shot(outputs=outputs, basis=basis, start=start % (1 << 32), length=length)
    return host.request(m.ShotRequest, shot=shot)


def shoot_in(host, ahead_ms, length_ms, *, outputs=1):
    """Ask for a shot by tick so far ahead; return its start and the answer."""
    start = now(host).tick + round(ahead_ms * TICKS_PER_MS)
    return start, shoot(host, start, round(length_ms * TICKS_PER_MS), outputs=outputs)


def run_alive(host, ms):
    """Let time pass with a heartbeat every 100 ms at the most."""
    while ms > 0:
        host.run_ms(min(ms, 100))
        status(host)
        ms -= 100


def is_pulse(pulse, output, on, off, later=LATER_TICKS):
    return (
        pulse.output == output and on <= pulse.tick_on <= on + later and off <= pulse.tick_off <= off + later
    )


# Session and states


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


# The clock and the encoder


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


# Shots


def test_a_shot_by_tick_fires_at_its_tick_for_its_length(host):
    arm(host)
    start, answer = shoot_in(host, 20, 3, outputs=0b1000_0000_0000_1001)
    assert answer.outcome is ShotOutcome.SCHEDULED
    assert 17 * TICKS_PER_MS <= answer.margin <= 20 * TICKS_PER_MS
    assert answer.free == 63
    host.run_ms(40)
    pulses = host.mcu.pulses()
    assert sorted(pulse.output for pulse in pulses) == [0, 3, 15]
    assert all(is_pulse(pulse, pulse.output, start, start + 750) for pulse in pulses)


@pytest.mark.parametrize("output", [*range(16), int(Output.GATE), int(Output.MARKER)])
def test_every_output_has_its_pin(host, output):
    arm(host)
    start, _ = shoot_in(host, 10, 2, outputs=1 << output)
    host.run_ms(15)
    (pulse,) = host.mcu.pulses()
    assert is_pulse(pulse, output, start, start + 500)


def test_a_shot_on_the_line_stop_stops_the_line_for_its_length(host):
    arm(host)
    shoot_in(host, 10, 20, outputs=1 << 18)
    host.run_ms(20)
    assert not host.mcu.line_may_run()
    host.run_ms(20)
    assert host.mcu.line_may_run()


def test_a_shot_by_count_fires_where_the_belt_is(host):
    arm(host)
    host.mcu.set_speed(10_000)
    run_alive(host, 100)
    at = now(host)
    answer = shoot(host, at.encoder_count + 300, 40, outputs=2, basis=ENCODER)
    assert answer.outcome is ShotOutcome.SCHEDULED
    assert 200 < answer.margin <= 300
    run_alive(host, 100)
    (pulse,) = host.mcu.pulses()
    count_ticks = 25  # a count
    assert pulse.tick_on == pytest.approx(at.tick + 300 * count_ticks, abs=2 * count_ticks + LATER_TICKS)
    assert pulse.tick_off - pulse.tick_on == pytest.approx(40 * count_ticks, abs=LATER_TICKS)


def test_shots_that_overlap_or_touch_are_one_pulse(host):
    arm(host)
    start = now(host).tick + 30 * TICKS_PER_MS
    shoot(host, start, 1000)
    shoot(host, start + 800, 1000)
    shoot(host, start + 1800, 200)
    shoot(host, start + 900, 10, outputs=2)
    host.run_ms(60)
    pulses = sorted(host.mcu.pulses(), key=lambda pulse: pulse.output)
    assert len(pulses) == 2
    assert is_pulse(pulses[0], 0, start, start + 2000)
    assert is_pulse(pulses[1], 1, start + 900, start + 910)
    assert status(host).counters.started == 4


def test_a_full_schedule_of_shots_in_any_order_fires_in_order(host):
    arm(host)
    start = now(host).tick + 150 * TICKS_PER_MS
    order = random.Random(1).sample(range(64), 64)
    for place in order:
        answer = shoot(host, start + 500 * place, 250, outputs=1 << place % 16)
        assert answer.outcome is ShotOutcome.SCHEDULED
    assert answer.free == 0
    assert shoot(host, start, 250).outcome is ShotOutcome.FULL
    run_alive(host, 320)
    pulses = sorted(host.mcu.pulses(), key=lambda pulse: pulse.tick_on)
    assert len(pulses) == 64
    for place, pulse in enumerate(pulses):
        assert is_pulse(pulse, place % 16, start + 500 * place, start + 500 * place + 250)
    assert shoot_in(host, 20, 1)[1].free == 63


def test_what_is_too_late_is_refused_with_its_margin_and_never_fires(host):
    arm(host)
    host.mcu.set_speed(1000)
    at = now(host)
    late = shoot(host, at.tick - 500, 250)
    assert late.outcome is ShotOutcome.LATE
    assert -500 - 3 * TICKS_PER_MS < late.margin <= -500
    assert shoot(host, at.encoder_count - 1, 10, basis=ENCODER).outcome is ShotOutcome.LATE
    host.run_ms(100)
    assert host.mcu.pulses() == []
    assert status(host).counters.refused == 2


def test_half_a_turn_of_the_clock_ahead_is_far_in_the_past_or_illegal(host):
    arm(host)
    tick = now(host).tick
    assert shoot(host, tick + (1 << 31) - 100_000, 10).outcome is ShotOutcome.ILLEGAL
    assert shoot(host, tick + (1 << 31) + 100_000, 10).outcome is ShotOutcome.LATE


@pytest.mark.parametrize(
    ("shot", "is_legal"),
    [
        ({"outputs": 0}, False),
        ({"outputs": 1 << 19}, False),
        ({"outputs": 1 << 31 | 1}, False),
        ({"length": 0}, False),
        ({"length": 200 * TICKS_PER_MS}, True),
        ({"length": 200 * TICKS_PER_MS + 1}, False),
        ({"length": 200 * TICKS_PER_MS + 1, "outputs": 1 << 17}, True),
        ({"length": 200 * TICKS_PER_MS + 1, "outputs": 1 << 17 | 1}, False),
        ({"start": 29_900 * TICKS_PER_MS}, True),
        ({"start": 30_100 * TICKS_PER_MS}, False),
        ({"start": (1 << 20) + 1, "basis": ENCODER}, False),
        ({"start": 1 << 20, "basis": ENCODER}, True),
    ],
)
def test_illegal_shots_are_refused(host, shot, is_legal):
    arm(host)
    at = now(host)
    values = {"outputs": 1, "basis": TICK, "start": 20 * TICKS_PER_MS, "length": 100} | shot
    values["start"] += at.tick if values["basis"] is TICK else at.encoder_count
    answer = shoot(host, values.pop("start"), values.pop("length"), **values)
    assert answer.outcome is (ShotOutcome.SCHEDULED if is_legal else ShotOutcome.ILLEGAL)


def test_an_output_is_cut_off_at_its_maximum_on_time(host):
    arm(host)
    start, _ = shoot_in(host, 10, 150)
    shoot(host, start + 140 * TICKS_PER_MS, 150 * TICKS_PER_MS)  # together 290 ms, the limit is 200
    run_alive(host, 350)
    (pulse,) = host.mcu.pulses()
    assert is_pulse(pulse, 0, start, start + 200 * TICKS_PER_MS, later=LATER_TICKS * 2)
    after = status(host)
    assert (after.counters.cut, after.outputs) == (1, 0)
    assert shoot_in(host, 20, 1)[1].free == 63


def test_a_belt_that_stops_under_a_shot_does_not_hold_the_valve_open(host):
    arm(host)
    host.mcu.set_speed(10_000)
    run_alive(host, 50)
    shoot(host, now(host).encoder_count + 100, 1000, basis=ENCODER)
    host.run_ms(30)
    host.mcu.set_speed(0)
    run_alive(host, 300)
    (pulse,) = host.mcu.pulses()
    assert pulse.tick_off - pulse.tick_on == pytest.approx(200 * TICKS_PER_MS, abs=LATER_TICKS * 2)
    assert shoot_in(host, 20, 1)[1].free == 63  # the cut shot left its place


def test_a_valve_that_used_up_its_duty_is_refused_until_it_has_rested(host):
    arm(host)
    start = now(host).tick + 400 * TICKS_PER_MS
    for n in range(5):  # five times 200 ms are the whole second of burst
        answer = shoot(host, start + 300 * n * TICKS_PER_MS, 200 * TICKS_PER_MS)
        assert answer.outcome is ShotOutcome.SCHEDULED
    far = start + 2000 * TICKS_PER_MS
    assert shoot(host, far, 50 * TICKS_PER_MS).outcome is ShotOutcome.DUTY
    assert shoot(host, far, 50 * TICKS_PER_MS, outputs=3).outcome is ShotOutcome.DUTY
    assert shoot(host, far, 50 * TICKS_PER_MS, outputs=2).outcome is ShotOutcome.SCHEDULED
    run_alive(host, 220)  # half of it drains: 110 ms
    assert shoot(host, far, 100 * TICKS_PER_MS).outcome is ShotOutcome.SCHEDULED
    assert shoot(host, far, 50 * TICKS_PER_MS).outcome is ShotOutcome.DUTY


def test_an_encoder_shot_is_booked_with_the_time_it_takes(host):
    arm(host)
    host.mcu.set_speed(10_000)
    run_alive(host, 100)
    at = now(host).encoder_count
    outcomes = Counter(
        shoot(host, at + 9000 + 3000 * n, 1000, basis=ENCODER).outcome for n in range(12)
    )  # 1000 counts are 100 ms, ten of them the burst
    assert outcomes == {ShotOutcome.SCHEDULED: 10, ShotOutcome.DUTY: 2}


def test_no_shot_is_unaccounted_for(host):
    arm(host)
    start = now(host).tick + 100 * TICKS_PER_MS
    for n in range(20):
        shoot(host, start + 10 * n * TICKS_PER_MS, 250, outputs=1 << n % 16)
    shoot(host, start - 10_000_000, 250)
    run_alive(host, 150)
    hello(host)
    counters = status(host).counters
    assert (counters.scheduled, counters.refused) == (20, 1)
    assert counters.started + counters.dropped == 20
    assert 0 < counters.started == len(host.mcu.pulses())


# Nothing twice


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


# Safety


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


# Triggers


def reports(host):
    found = [message for message in host.unasked if isinstance(message, m.ReportMessage)]
    host.unasked = []
    return found


def test_triggers_come_every_pitch_numbered_from_0(host):
    hello(host)
    host.mcu.set_speed(10_000)
    host.run_ms(20)
    begun = now(host).encoder_count
    assert host.request(m.TriggerStart, run=3, pitch_counts=100).result is m.Result.OK
    host.run_ms(100)
    assert host.request(m.TriggerStop).result is m.Result.OK
    made = reports(host)
    assert 9 <= len(made) <= 11
    assert [report.report.seq for report in made] == list(range(len(made)))
    assert {report.run for report in made} == {3}
    assert 100 <= made[0].report.encoder_count - begun <= 130
    counts = [report.report.encoder_count for report in made]
    assert {later - earlier for earlier, later in zip(counts, counts[1:], strict=False)} == {100}
    ticks = [report.report.tick for report in made]
    assert all(
        later - earlier == pytest.approx(2500, abs=LATER_TICKS)
        for earlier, later in zip(ticks, ticks[1:], strict=False)
    )
    unasked = [report.seq for report in made]
    assert unasked == list(range(unasked[0], unasked[0] + len(made)))
    host.run_ms(50)
    assert reports(host) == []
    assert (status(host).run, status(host).triggers) == (3, len(made))


def test_a_belt_that_goes_back_and_forth_exposes_nothing_twice(host):
    hello(host)
    host.request(m.TriggerStart, run=1, pitch_counts=100)
    for speed in (10_000, -10_000, 10_000):
        host.mcu.set_speed(speed)
        host.run_ms(35)
    host.mcu.set_speed(0)
    host.run_ms(5)
    begun = reports(host)
    assert [report.report.seq for report in begun] == list(range(len(begun)))
    counts = [report.report.encoder_count for report in begun]
    assert counts == sorted(set(counts))
    assert len(counts) == 3


def test_reports_are_sent_again_and_then_it_says_which_are_kept(host):
    hello(host)
    host.request(m.TriggerStart, run=2, pitch_counts=10)
    host.mcu.set_speed(10_000)
    host.run_ms(80)
    host.mcu.set_speed(0)
    host.run_ms(5)
    first = {report.report.seq: report.report for report in reports(host)}
    made = status(host).triggers
    assert 75 <= made <= 90
    assert set(first) == set(range(made))
    answer = host.poll(m.TriggerResend, run=2, first=made - 5, count=3)
    assert (answer.run, answer.oldest) == (2, made - 64)
    again = [report.report for report in reports(host)]
    assert again == [first[number] for number in range(made - 5, made - 2)]
    host.poll(m.TriggerResend, run=2, first=made - 66, count=4)  # two of them are gone
    assert [report.report.seq for report in reports(host)] == [made - 64, made - 63]
    host.poll(m.TriggerResend, run=1, first=made - 5, count=3)  # another run
    host.poll(m.TriggerResend, run=2, first=made + 7, count=3)  # not yet made
    assert reports(host) == []
    host.poll(m.TriggerResend, run=2, first=0, count=255)
    host.run_ms(60)
    assert len(reports(host)) == 64


def test_a_new_run_numbers_from_0_again(host):
    hello(host)
    host.mcu.set_speed(10_000)
    host.request(m.TriggerStart, run=7, pitch_counts=50)
    host.run_ms(50)
    host.request(m.TriggerStart, run=8, pitch_counts=50)
    host.run_ms(30)
    numbers = [report.report.seq for report in reports(host) if report.run == 8]
    assert numbers == list(range(len(numbers)))
    assert numbers


@pytest.mark.parametrize(("pitch", "is_legal"), [(0, False), (1 << 24, True), ((1 << 24) + 1, False)])
def test_a_pitch_out_of_range_is_refused(host, pitch, is_legal):
    hello(host)
    result = host.request(m.TriggerStart, run=1, pitch_counts=pitch).result
    assert result is (m.Result.OK if is_legal else m.Result.ILLEGAL)


def test_triggers_go_on_through_arming_hello_and_the_safe_state(host):
    hello(host)
    host.mcu.set_speed(10_000)
    host.request(m.TriggerStart, run=1, pitch_counts=100)
    arm(host)
    host.run_ms(300)
    assert status(host).state is m.McuState.SAFE
    hello(host)
    host.run_ms(100)
    numbers = [report.report.seq for report in reports(host)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 40


# The decoder


GOOD = encode(m.TimeRequest(seq=7))


def refuse(host, damaged, *, bad=1):
    """The bytes are no message: counted, not answered, and what follows the next delimiter is understood."""
    before = status(host).counters.bad_frames
    host.mcu.write(damaged + GOOD)
    (answer,) = host.run_ms(30)
    assert isinstance(answer, m.TimeAnswer)
    assert status(host).counters.bad_frames == before + bad


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
    refuse(host, damaged)


def raw(version, code, seq, payload):
    import zlib

    from firmware_bridge import cobs

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
    refuse(host, frame)


def test_lone_delimiters_are_no_frames(host):
    refuse(host, b"\0\0\0\0", bad=0)


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
    from test_golden_frames import examples, message_of

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


# The configuration

CONFIG = SorterConfig(
    heartbeat_ms=500,
    max_on_ms=(50, 700, 300, 900),
    duty_percent=(20, 90, 80, 70),
    burst_ms=400,
    horizon_counts=5000,
    horizon_ms=2000,
    min_lead_counts=10,
    min_lead_us=5000,
)


def write_config(host, config):
    return host.request(m.ConfigWrite, config=config).result


def store_config(host, config):
    assert write_config(host, config) is m.Result.OK
    host.run_ms(200)
    assert host.poll(m.ConfigRead).source is m.ConfigSource.STORED


def test_the_factory_configuration_is_the_page_s(host):
    answer = host.poll(m.ConfigRead)
    assert (answer.source, answer.config) == (m.ConfigSource.FACTORY, SorterConfig())


def test_a_configuration_is_in_force_at_once_and_after_a_restart(host):
    hello(host)
    store_config(host, CONFIG)
    for _ in range(2):
        welcome = arm(host)
        assert (welcome.heartbeat_ms, welcome.max_on_ms) == (500, (50, 700, 300, 900))
        assert host.poll(m.ConfigRead).config == CONFIG
        host.run_ms(400)
        assert status(host).state is m.McuState.ARMED
        assert shoot_in(host, 20, 51)[1].outcome is ShotOutcome.ILLEGAL
        assert shoot_in(host, 2100, 50)[1].outcome is ShotOutcome.ILLEGAL
        assert shoot_in(host, 4, 50)[1].outcome is ShotOutcome.LATE
        at = now(host).encoder_count
        assert shoot(host, at + 9, 5, basis=ENCODER).outcome is ShotOutcome.LATE
        assert shoot(host, at + 5001, 5, basis=ENCODER).outcome is ShotOutcome.ILLEGAL
        outcomes = Counter(shoot_in(host, 1500, 50)[1].outcome for _ in range(10))
        assert outcomes == {ShotOutcome.SCHEDULED: 8, ShotOutcome.DUTY: 2}
        host.mcu.restart()


def test_the_newer_of_two_stored_configurations_counts(host):
    hello(host)
    for heartbeat_ms in (300, 400, 450):
        store_config(host, replace(CONFIG, heartbeat_ms=heartbeat_ms))
    host.mcu.restart()
    assert hello(host).heartbeat_ms == 450


@pytest.mark.parametrize(
    "wrong",
    [
        {"heartbeat_ms": 99},
        {"heartbeat_ms": 1001},
        {"max_on_ms": (0, 1, 1, 1)},
        {"max_on_ms": (1, 1, 1, 10_001)},
        {"duty_percent": (0, 1, 1, 1)},
        {"duty_percent": (1, 101, 1, 1)},
        {"burst_ms": 0},
        {"horizon_counts": 0},
        {"horizon_counts": (1 << 30) + 1},
        {"horizon_ms": 60_001},
        {"min_lead_counts": 0},
        {"min_lead_us": 199},
        {"trigger_pulse_us": 7},
        {"flags": 4},
    ],
)
def test_a_configuration_out_of_range_is_refused_and_changes_nothing(host, wrong):
    hello(host)
    assert write_config(host, replace(CONFIG, **wrong)) is m.Result.ILLEGAL
    assert host.poll(m.ConfigRead).config == SorterConfig()


def test_armed_it_takes_no_configuration(host):
    arm(host)
    assert write_config(host, CONFIG) is m.Result.DISARM_FIRST
    assert host.poll(m.ConfigRead).config == SorterConfig()


def test_with_a_damaged_configuration_it_does_not_arm_until_one_is_written(host):
    hello(host)
    store_config(host, CONFIG)
    host.mcu.damage_config()
    answer = host.poll(m.ConfigRead)
    assert (answer.source, answer.config) == (m.ConfigSource.DAMAGED, SorterConfig())
    welcome = hello(host)
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.CONFIG_DAMAGED
    assert not host.mcu.line_may_run()
    store_config(host, CONFIG)
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.OK


def test_a_reversed_encoder_counts_the_other_way(host):
    hello(host)
    store_config(host, replace(SorterConfig(), flags=ENCODER_REVERSED))
    host.mcu.set_speed(-10_000)
    before = now(host).encoder_count
    host.run_ms(50)
    assert now(host).encoder_count - before == pytest.approx(500, abs=60)
