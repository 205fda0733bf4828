"""What is drawn by chance for the review queue."""

from service.plant.review.value import value_of_defect
from service.plant.views.review import ReviewWhy


def test_ordinary_findings_are_drawn_by_chance_and_stay_drawn() -> None:
    worth = [value_of_defect(f"d{number}", "nep", 5.0, unsure=False, profile=None) for number in range(4_000)]
    drawn = [each for each in worth if each is not None]
    assert 0.08 < len(drawn) / len(worth) < 0.12
    assert {why for why, _ in drawn} == {ReviewWhy.SPOT_CHECK}
    assert worth[7] == value_of_defect("d7", "nep", 5.0, unsure=False, profile=None)
