"""Conformance with PROTOCOL.md: shots on the pins, and every reason not to fire.

The Python twin and the C firmware in simavr pass the same tests (conftest.py has both). They stand still
between the steps of a test, so nothing here depends on how fast the machine is.
"""

import random
from collections import Counter

import pytest
from conformance_steps import (
    ENCODER,
    LATER_TICKS,
    TICK,
    TICKS_PER_MS,
    arm,
    hello,
    is_pulse,
    now,
    run_alive,
    shoot,
    shoot_in,
    status,
)

from firmware_bridge.types import Output, ShotOutcome


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
