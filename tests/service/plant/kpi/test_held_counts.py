from datetime import timedelta
from typing import Any

from service.plant.kpi.held import HELD_FOR, MOST, HeldCounts
from service.plant.views.kpis import Window


def window(clock: Any, days: float) -> Window:
    return Window(from_utc=clock() - timedelta(days=days), to_utc=clock())


def test_a_long_window_is_counted_once_in_half_a_minute(clock: Any) -> None:
    held: HeldCounts[int] = HeldCounts(clock)
    counts = iter(range(100))
    asked = window(clock, 90)
    assert [held.get(asked, None, lambda: next(counts)) for _ in range(3)] == [0, 0, 0]
    assert held.get(asked, "loom-1", lambda: next(counts)) == 1  # a line's own count is another one
    clock.pass_s(HELD_FOR.total_seconds())
    assert held.get(asked, None, lambda: next(counts)) == 2


def test_a_short_window_is_counted_each_time_a_baseline_is_not(clock: Any) -> None:
    held: HeldCounts[int] = HeldCounts(clock)
    counts = iter(range(100))
    asked = window(clock, 1)
    assert [held.get(asked, None, lambda: next(counts)) for _ in range(2)] == [0, 1]
    kept = [held.get(asked, None, lambda: next(counts), held_for=timedelta(minutes=10)) for _ in range(2)]
    assert kept == [2, 2]


def test_old_windows_make_room(clock: Any) -> None:
    held: HeldCounts[int] = HeldCounts(clock)
    first = window(clock, 3)
    assert held.get(first, None, lambda: 1) == 1
    for day in range(4, 4 + MOST):
        held.get(window(clock, day), None, lambda: 2)
    assert held.get(first, None, lambda: 3) == 3
