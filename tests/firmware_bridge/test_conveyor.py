"""Counts, millimetres, and where to fire."""

import math

import pytest

from firmware_bridge.conveyor import Conveyor
from firmware_bridge.counting import WRAP
from firmware_bridge.types import BridgeError, ShotBasis


@pytest.fixture
def belt():
    return Conveyor(10.0)


def test_counts_become_millimetres_across_the_wrap(belt):
    belt.unwrap(WRAP // 2 - 1)
    belt.unwrap(WRAP - 100)
    count = belt.unwrap(400)
    assert count == WRAP + 400
    assert belt.mm(count) == (WRAP + 400) / 10
    assert belt.count(belt.mm(count)) == count


def test_a_belt_may_run_backwards(belt):
    belt.unwrap(100)
    assert belt.unwrap(WRAP - 50) == -50


def test_a_shot_meets_the_material_at_the_valve(belt):
    # Material at 1000 .. 1020 mm, valve 300 mm downstream, 5 mm margin, 20 ms latency at 500 mm/s = 10 mm:
    # from 1000 + 300 - 5 - 10 = 1285 mm for 20 + 2 * 5 = 30 mm.
    shot = belt.shot_for(
        1000.0, 1020.0, 300.0, outputs=4, latency_ms=20.0, speed_mm_s=500.0, margin_mm=5.0, max_on_ms=200.0
    )
    assert (shot.outputs, shot.basis, shot.start, shot.length) == (4, ShotBasis.ENCODER, 12850, 300)


def test_a_shot_is_cut_at_its_end_to_the_maximum_on_time(belt):
    # 100 ms at 500 mm/s are 50 mm.
    shot = belt.shot_for(0.0, 80.0, 300.0, outputs=1, latency_ms=0.0, speed_mm_s=500.0, max_on_ms=100.0)
    assert (shot.start, shot.length) == (3000, 500)


def test_a_shot_has_at_least_a_count_and_at_most_what_the_wire_holds(belt):
    common = {"outputs": 1, "latency_ms": 0.0, "speed_mm_s": 500.0}
    assert belt.shot_for(10.0, 10.0, 0.0, **common).length == 1
    assert belt.shot_for(0.0, 1e6, 0.0, **common).length == 0xFFFF


def test_the_start_wraps_with_the_counter(belt):
    shot = belt.shot_for(WRAP / 10, WRAP / 10 + 1, 7.0, outputs=1, latency_ms=0.0, speed_mm_s=1.0)
    assert shot.start == 70


def test_a_shot_whose_ends_are_swapped_is_refused(belt):
    with pytest.raises(BridgeError, match=r"from 20\.0 mm to 10\.0 mm runs backwards"):
        belt.shot_for(20.0, 10.0, 0.0, outputs=1, latency_ms=0.0, speed_mm_s=1.0)


def test_time_left_is_distance_over_speed(belt):
    shot = belt.shot_for(100.0, 110.0, 300.0, outputs=1, latency_ms=0.0, speed_mm_s=500.0)
    assert belt.time_left_ms(shot, count32=3000, speed_mm_s=500.0) == pytest.approx(200.0)  # 100 mm
    assert belt.time_left_ms(shot, count32=4500, speed_mm_s=500.0) == pytest.approx(-100.0)
    assert belt.time_left_ms(shot, count32=3000, speed_mm_s=0.0) == math.inf
    assert belt.time_left_ms(shot, count32=4500, speed_mm_s=0.0) == -math.inf


@pytest.mark.parametrize("counts_per_mm", [0.0, -1.0, math.nan])
def test_an_impossible_scale_is_refused(counts_per_mm):
    with pytest.raises(BridgeError, match="counts_per_mm"):
        Conveyor(counts_per_mm)
