"""From a place on the web to the count at which an output opens, and the time that is left until then."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.conveyor import LONGEST_LENGTH, Conveyor
from firmware_bridge.counting import WRAP, unwrap

SPEEDS = st.floats(10.0, 15_000.0)
COUNTS = st.floats(0.1, 100.0)
PLACES = st.floats(0.0, 3_000.0)


def test_the_duct_of_the_findings_leaves_fifteen_milliseconds() -> None:
    # 0.3 m at 12 m/s are 25 ms; less a valve's 10 ms.
    duct = Conveyor(10.0)
    shot = duct.shot_for(0.0, 10.0, 300.0, outputs=1, latency_ms=10.0, speed_mm_s=12_000.0)
    assert duct.time_left_ms(shot, count32=0, speed_mm_s=12_000.0) == pytest.approx(15.0, abs=0.01)


def test_half_a_millisecond_of_jitter_is_six_millimetres_in_the_duct() -> None:
    duct = Conveyor(10.0)
    early = duct.shot_for(0.0, 10.0, 300.0, outputs=1, latency_ms=10.0, speed_mm_s=12_000.0)
    late = duct.shot_for(0.0, 10.0, 300.0, outputs=1, latency_ms=9.5, speed_mm_s=12_000.0)
    assert (late.start - early.start) / 10.0 == pytest.approx(6.0)


@given(PLACES, PLACES, SPEEDS, COUNTS, st.floats(0.0, 50.0), st.integers(0, WRAP - 1))
def test_time_left_is_the_way_left_over_the_speed_wherever_the_counter_stands(
    gone_mm: float, distance_mm: float, speed_mm_s: float, counts_per_mm: float, latency_ms: float, here: int
) -> None:
    belt = Conveyor(counts_per_mm)
    from_mm = here / counts_per_mm - gone_mm  # the material passed the camera so long ago
    shot = belt.shot_for(
        from_mm, from_mm + 10.0, distance_mm, outputs=1, latency_ms=latency_ms, speed_mm_s=speed_mm_s
    )
    left_ms = belt.time_left_ms(shot, count32=here, speed_mm_s=speed_mm_s)
    count_ms = 1 / counts_per_mm / speed_mm_s * 1000  # a start is a whole count
    assert left_ms == pytest.approx(
        (distance_mm - gone_mm) / speed_mm_s * 1000 - latency_ms, abs=count_ms + 1e-3
    )


@given(SPEEDS, COUNTS, st.floats(0.0, 100.0), st.floats(0.0, 50.0))
def test_a_margin_opens_earlier_and_closes_later_by_itself(
    speed_mm_s: float, counts_per_mm: float, length_mm: float, margin_mm: float
) -> None:
    belt = Conveyor(counts_per_mm)
    common = {"outputs": 1, "latency_ms": 0.0, "speed_mm_s": speed_mm_s}
    bare = belt.shot_for(1000.0, 1000.0 + length_mm, 300.0, **common)
    wide = belt.shot_for(1000.0, 1000.0 + length_mm, 300.0, margin_mm=margin_mm, **common)
    assert (bare.start - wide.start) / counts_per_mm == pytest.approx(margin_mm, abs=1 / counts_per_mm)
    assert (wide.length - bare.length) / counts_per_mm == pytest.approx(
        2 * margin_mm, abs=1.5 / counts_per_mm
    )


@given(SPEEDS, COUNTS, st.floats(0.0, 1e6), st.floats(1.0, 500.0))
def test_no_shot_is_longer_than_the_output_may_be_on(
    speed_mm_s: float, counts_per_mm: float, length_mm: float, max_on_ms: float
) -> None:
    shot = Conveyor(counts_per_mm).shot_for(
        0.0, length_mm, 300.0, outputs=1, latency_ms=0.0, speed_mm_s=speed_mm_s, max_on_ms=max_on_ms
    )
    on_ms = (shot.length - 1) / counts_per_mm / speed_mm_s * 1000  # at least one count, whatever it takes
    assert 1 <= shot.length <= LONGEST_LENGTH
    assert on_ms <= max_on_ms + 1e-6


@given(st.integers(-(1 << 40), 1 << 40), st.integers(-(1 << 31) + 1, (1 << 31) - 1))
def test_a_wrapped_counter_near_a_known_one_has_one_meaning(near: int, apart: int) -> None:
    assert unwrap((near + apart) % WRAP, near) == near + apart


def test_a_belt_that_stands_never_gets_there_and_one_that_passed_is_late_for_ever() -> None:
    belt = Conveyor(10.0)
    shot = belt.shot_for(0.0, 10.0, 300.0, outputs=1, latency_ms=0.0, speed_mm_s=0.0)
    assert belt.time_left_ms(shot, count32=2999, speed_mm_s=0.0) == math.inf
    assert belt.time_left_ms(shot, count32=3000, speed_mm_s=0.0) == -math.inf
