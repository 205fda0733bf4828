import random

import pytest

from service.line.latencies import Latencies


def counted(values: list[float]) -> Latencies:
    times = Latencies()
    for ms in values:
        times.add(ms)
    return times


def test_percentiles_are_right_to_two_percent_and_never_too_short() -> None:
    noise = random.Random(5)
    values = sorted(noise.lognormvariate(1.0, 1.5) for _ in range(5000))
    times = counted(values)
    for percent, place in ((50, 2499), (99, 4949), (99.9, 4994)):  # the 2500th, 4950th and 4995th
        assert values[place] <= times.percentile_ms(percent) <= values[place] * 1.021
    assert times.percentile_ms(100) == times.max_ms == values[-1]


def test_one_slow_frame_in_a_thousand_is_the_maximum_and_not_the_p99() -> None:
    times = counted([1.0] * 999 + [400.0])
    assert times.percentile_ms(99) == pytest.approx(1.0, rel=0.02)
    assert times.percentile_ms(99.9) == pytest.approx(1.0, rel=0.02)  # the 999th of 1000
    assert times.max_ms == 400.0


def test_nothing_counted_is_zero_and_not_a_guess() -> None:
    assert Latencies().percentile_ms(99.9) == 0.0


def test_what_clocks_that_disagree_make_negative_is_counted_all_the_same() -> None:
    times = counted([-0.2, 0.0])
    assert times.count == 2
    assert times.percentile_ms(50) <= 0.001


def test_longer_than_the_last_bucket_is_kept_as_the_maximum() -> None:
    times = counted([3_600_000.0])
    assert times.max_ms == 3_600_000.0
    assert times.percentile_ms(50) >= 100_000.0


def test_two_halves_merged_are_the_whole() -> None:
    whole, one, other = counted([1.0, 2.0, 3.0, 90.0]), counted([1.0, 90.0]), counted([2.0, 3.0])
    one.merge(other)
    assert (one.count, one.sum_ms, one.max_ms) == (4, 96.0, 90.0)
    assert [one.percentile_ms(p) for p in (25, 50, 75, 99)] == [
        whole.percentile_ms(p) for p in (25, 50, 75, 99)
    ]
