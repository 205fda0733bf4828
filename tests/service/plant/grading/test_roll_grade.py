from pathlib import Path

import pytest

from service.plant.errors import PlantError
from service.plant.grading.four_point import Flaw
from service.plant.grading.grade import grade_roll
from service.plant.grading.profile import FOUR_POINT, load_profile
from service.plant.ledger.lengths import account
from service.plant.views.rolls import GradeStatus
from service.settings import AcceptanceSettings

CONTRACT = AcceptanceSettings(first_points_per_100_m2=20.0, second_points_per_100_m2=40.0)


def four_pointers(number: int) -> list[Flaw]:
    return [
        Flaw(defect_id=str(i), kind="stain", y0_mm=i * 1000.0, y1_mm=i * 1000.0 + 250, length_mm=250.0)
        for i in range(number)
    ]


def graded(number: int, inspected_mm: float = 100_000.0, *, ended: bool = True):  # type: ignore[no-untyped-def]
    length = account(0.0, 100_000.0, [(0.0, inspected_mm)], [])
    return grade_roll(
        four_pointers(number), length, 1500.0, ended=ended, profile=load_profile(), acceptance=CONTRACT
    )


@pytest.mark.parametrize(
    ("number", "density", "grade"),
    [(0, 0.0, "A"), (7, 18.67, "A"), (8, 21.33, "B"), (15, 40.0, "B"), (16, 42.67, "second")],
)
def test_the_grade_follows_the_contract(number: int, density: float, grade: str) -> None:
    # number x 4 points x 100 000 / (100 m x 1500 mm)
    grading = graded(number)
    assert grading.points_per_100_m2 == pytest.approx(density, abs=0.005)
    assert (grading.grade, grading.status) == (grade, GradeStatus.FINAL)


def test_uninspected_length_makes_a_grade_provisional_and_dilutes_nothing() -> None:
    # 7 x 4 x 100 000 / (50 m x 1500 mm) = 37.33: B, though over 100 m it would be an A
    grading = graded(7, inspected_mm=50_000.0)
    assert grading.points_per_100_m2 == pytest.approx(37.33, abs=0.005)
    assert (grading.grade, grading.status) == ("B", GradeStatus.PROVISIONAL)
    assert "inspected 50.0 % of 100.000 m" in grading.workings[-1]


def test_a_roll_that_nobody_saw_has_no_grade() -> None:
    grading = graded(0, inspected_mm=0.0)
    assert (grading.grade, grading.points_per_100_m2) == (None, None)
    assert grading.status is GradeStatus.PROVISIONAL


def test_a_running_roll_is_open_whatever_its_coverage() -> None:
    assert graded(0, ended=False).status is GradeStatus.OPEN


def test_the_workings_show_the_sum_and_say_that_the_contract_is_an_example() -> None:
    text = "\n".join(graded(7).workings)
    assert "28 x 100000 / (100.000 m x 1500.0 mm) = 18.67" in text
    assert "example contract" in text


def test_the_profile_says_that_the_standard_was_not_read() -> None:
    profile = load_profile()
    assert profile.verified is False
    assert profile.edition == "D5430-13(2017)"


def test_an_unknown_rule_in_a_profile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("surprise = 1\n" + FOUR_POINT.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(PlantError, match="surprise") as caught:
        load_profile(path)
    assert caught.value.problem == "bad_profile"


def test_lengths_that_do_not_rise_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    text = FOUR_POINT.read_text(encoding="utf-8").replace("to_mm = 150.0", "to_mm = 75.0")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlantError, match="don't rise"):
        load_profile(path)
