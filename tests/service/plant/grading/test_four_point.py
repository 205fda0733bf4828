from dataclasses import replace

import pytest

from service.plant.grading.four_point import Flaw, count_points, per_100_m2, per_100_yd2, points_of
from service.plant.grading.profile import HoleRule, load_profile

PROFILE = load_profile()


def flaw(
    name: str, y_mm: float, length_mm: float, height_mm: float = 1.0, kind: str = "stain", because: str = ""
) -> Flaw:
    return Flaw(
        defect_id=name,
        kind=kind,
        y0_mm=y_mm,
        y1_mm=y_mm + height_mm,
        length_mm=length_mm,
        ignored_because=because,
    )


@pytest.mark.parametrize(
    ("length_mm", "points"),
    [(0.5, 1), (75.0, 1), (75.1, 2), (150.0, 2), (150.1, 3), (230.0, 3), (230.1, 4), (5000.0, 4)],
)
def test_points_follow_the_longest_dimension(length_mm: float, points: int) -> None:
    assert points_of("stain", length_mm, PROFILE) == points


@pytest.mark.parametrize(
    ("rule", "length_mm", "points"),
    [("any_4", 3.0, 4), ("by_25_mm", 25.0, 2), ("by_25_mm", 25.1, 4), ("as_length", 80.0, 2)],
)
def test_holes_follow_the_profile(rule: str, length_mm: float, points: int) -> None:
    profile = replace(PROFILE, holes=HoleRule(rule=rule, kinds=("hole",)))  # type: ignore[arg-type]  # by name
    assert points_of("hole", length_mm, profile) == points


def test_a_metre_gets_four_points_at_most() -> None:
    # Metre 0: 2 + 3 = 5 points, capped to 4. Metre 1: 1 point. Metre 2: none.
    sheet = count_points([flaw("a", 100, 100), flaw("b", 999, 200), flaw("c", 1000, 75)], 2500, PROFILE)
    assert sheet.by_metre == (4, 1, 0)
    assert (sheet.total, sheet.capped) == (5, 1)
    assert sheet.by_defect == {"a": 2, "b": 3, "c": 1}


def test_a_continuous_defect_gets_four_points_in_each_metre_it_touches() -> None:
    # From 0.5 m to 2.5 m: metres 0, 1 and 2, twelve points.
    sheet = count_points([flaw("run", 500, 2000, height_mm=2000)], 4000, PROFILE)
    assert sheet.by_metre == (4, 4, 4, 0)
    assert sheet.by_defect == {"run": 12}


def test_a_defect_over_a_metres_border_is_one_defect() -> None:
    sheet = count_points([flaw("a", 900, 300, height_mm=300)], 2000, PROFILE)
    assert sheet.by_metre == (4, 0)


def test_doubtful_and_wrong_ones_get_no_points_and_say_why() -> None:
    flaws = [flaw("u", 0, 50, because="unsure"), flaw("w", 0, 50, because="marked_wrong"), flaw("s", 0, 2)]
    sheet = count_points(flaws, 1000, replace(PROFILE, ignored_below_mm=3.0))
    assert sheet.total == 0
    assert sheet.ignored == {"u": "unsure", "w": "marked_wrong", "s": "below_length"}


def test_a_defect_at_the_very_end_counts_in_the_last_metre() -> None:
    assert count_points([flaw("a", 2000, 50)], 2000, PROFILE).by_metre == (0, 1)


def test_28_points_on_100_m_of_1500_mm_are_18_67_per_100_m2() -> None:
    # 28 x 100 000 / (100 x 1500) = 2 800 000 / 150 000
    assert per_100_m2(28, 100, 1500) == pytest.approx(18.67, abs=0.005)


def test_22_points_on_120_yd_of_45_in_are_14_67_per_100_yd2() -> None:
    # 22 x 3600 / (120 x 45) = 79 200 / 5 400
    assert per_100_yd2(22, 120, 45) == pytest.approx(14.67, abs=0.005)


def test_no_area_has_no_density() -> None:
    assert per_100_m2(3, 0, 1500) is None
    assert per_100_yd2(3, 120, 0) is None
