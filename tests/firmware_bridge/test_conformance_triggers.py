"""Conformance with PROTOCOL.md: exposures and their reports.

The Python twin and the C firmware in simavr pass the same tests (conftest.py has both). They stand still
between the steps of a test, so nothing here depends on how fast the machine is.
"""

import pytest
from conformance_steps import (
    LATER_TICKS,
    arm,
    hello,
    now,
    status,
)

from firmware_bridge import messages as m


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
