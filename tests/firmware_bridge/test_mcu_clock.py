"""The controller's clock and encoder as the host reckons them."""

import random

import pytest

from firmware_bridge.clock import EncoderTrack, McuClock
from firmware_bridge.counting import WRAP, unwrap

TICK_HZ = 250_000
SECOND = 1_000_000_000


def true_tick(host_ns, ppm, first_tick):
    return first_tick + host_ns * TICK_HZ * (1 + ppm / 1e6) / SECOND


def clock_after(seconds, *, ppm=0.0, first_tick=0):
    """Ten round trips a second: 1 ms at best, some held up by up to 30 ms on one of the two ways."""
    noise = random.Random(3)
    clock = McuClock(tick_hz=TICK_HZ)
    for n in range(seconds * 10):
        sent_ns = n * SECOND // 10
        there_ns = 500_000 + noise.choice([0, 0, 0, noise.randrange(30_000_000)])
        back_ns = 500_000 + noise.choice([0, 0, 0, noise.randrange(30_000_000)])
        tick = int(true_tick(sent_ns + there_ns, ppm, first_tick))
        fit = clock.add(sent_ns=sent_ns, received_ns=sent_ns + there_ns + back_ns, tick=tick % WRAP)
    return fit


@pytest.mark.parametrize("ppm", [0, 80, -4000])
def test_the_rate_is_found_in_spite_of_slow_round_trips(ppm):
    fit = clock_after(7, ppm=ppm)
    assert fit.tick_hz == pytest.approx(TICK_HZ * (1 + ppm / 1e6), rel=5e-6)
    later_ns = 8 * SECOND
    assert fit.tick_at(later_ns) == pytest.approx(true_tick(later_ns, ppm, 0), abs=TICK_HZ * 100e-6)


def test_one_round_trip_gives_an_answer_at_the_nominal_rate():
    fit = McuClock(tick_hz=TICK_HZ).add(sent_ns=0, received_ns=2_000_000, tick=1000)
    assert fit.tick_at(1_000_000) == 1000
    assert fit.ns_at(1000 + TICK_HZ) == 1_000_000 + SECOND


def test_the_tick_counter_may_wrap():
    fit = clock_after(7, first_tick=WRAP - 3 * TICK_HZ)
    tick = int(true_tick(6 * SECOND, 0, WRAP - 3 * TICK_HZ)) % WRAP
    assert tick < WRAP // 2  # it has wrapped
    assert fit.ns_at(tick) == pytest.approx(6 * SECOND, abs=100_000)


def test_nonsense_does_not_bend_the_clock_by_more_than_a_percent():
    clock = McuClock(tick_hz=TICK_HZ)
    clock.add(sent_ns=0, received_ns=0, tick=0)
    for n in range(1, 20):
        fit = clock.add(sent_ns=n * SECOND, received_ns=n * SECOND, tick=3 * n * TICK_HZ)
    assert fit.tick_hz == pytest.approx(TICK_HZ * 1.01)


def steady_fit():
    return McuClock(tick_hz=TICK_HZ).add(sent_ns=0, received_ns=0, tick=0)


def test_the_encoder_is_followed_between_readings():
    track = EncoderTrack(tick_hz=TICK_HZ)
    fit = steady_fit()
    for n in range(11):  # 10 000 counts/s, read every 10 ms
        fix = track.add(tick=n * 2500, count=n * 100, fit=fit)
    assert fix.counts_s == pytest.approx(10_000)
    assert fix.count_at(105_000_000) == 1050


def test_the_speed_is_a_line_through_all_readings_not_through_the_first_and_the_last():
    track = EncoderTrack(tick_hz=TICK_HZ)
    # 20 ms apart; the true speed is 1000 counts/s, but the last reading came just before its count.
    for n, count in enumerate([0, 20, 40, 60, 79]):
        fix = track.add(tick=n * 5000, count=count, fit=steady_fit())
    # Slope: (-2*0 - 1*20 + 0*40 + 1*60 + 2*79) / 10 = 19.8 counts per 20 ms; through the ends it were 19.75.
    assert fix.counts_s == pytest.approx(990.0)
    assert fix.count_at(80_000_000) == 79


def test_while_a_belt_speeds_up_the_place_is_the_last_readings_own():
    track = EncoderTrack(tick_hz=TICK_HZ)
    for n in range(11):  # 0, 1, 4, 9 ... counts: it gains 2 counts per 20 ms each 20 ms
        fix = track.add(tick=n * 5000, count=n * n, fit=steady_fit())
    assert fix.count_at(fix.host_ns) == 100  # the line through all of them says less
    assert fix.counts_s == pytest.approx(500.0)  # 10 counts per 20 ms: of the middle of the readings


def test_two_readings_right_after_each_other_tell_no_speed():
    track = EncoderTrack(tick_hz=TICK_HZ)
    track.add(tick=0, count=0, fit=steady_fit())
    assert track.add(tick=50, count=3, fit=steady_fit()).counts_s == 0.0  # 3 counts in 0.2 ms: 2 or 4 as well


def test_without_news_the_belt_is_not_believed_to_run_for_ever():
    track = EncoderTrack(tick_hz=TICK_HZ)
    track.add(tick=0, count=0, fit=steady_fit())
    fix = track.add(tick=25_000, count=1000, fit=steady_fit())
    assert fix.count_at(100_000_000 + 300_000_000) == fix.count_at(60 * SECOND) == 4000


def test_an_old_report_does_not_move_the_encoder_back():
    track = EncoderTrack(tick_hz=TICK_HZ)
    track.add(tick=0, count=0, fit=steady_fit())
    newest = track.add(tick=50_000, count=200, fit=steady_fit())
    assert track.add(tick=25_000, count=100, fit=steady_fit()) == newest


def test_encoder_and_speed_survive_the_wrap_and_running_backwards():
    track = EncoderTrack(tick_hz=TICK_HZ)
    track.add(tick=0, count=50, fit=steady_fit())
    fix = track.add(tick=25_000, count=WRAP - 50, fit=steady_fit())
    assert fix.counts_s == pytest.approx(-1000)
    assert fix.count_at(200_000_000) == WRAP - 150


@pytest.mark.parametrize(
    ("wrapped", "near", "expected"),
    [
        (5, WRAP - 5, WRAP + 5),
        (WRAP - 5, 5, -5),
        (7, 0, 7),
        (0, 5 * WRAP + 1, 5 * WRAP),
    ],
)
def test_unwrap_takes_the_nearest(wrapped, near, expected):
    assert unwrap(wrapped, near) == expected
