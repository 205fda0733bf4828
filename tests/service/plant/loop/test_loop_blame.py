import pytest

from service.plant.loop.blame import Roll, blame, prior_of
from service.plant.views.loop import Blame

SUPPLIERS = {"a": "farm", "b": "farm", "c": "gin"}


def rolls(shares: dict[str, float], findings: int, number: int = 4, area_m2: float = 500.0) -> list[Roll]:
    return [Roll(shares=shares, area_m2=area_m2, findings=findings) for _ in range(number)]


def of(found: tuple[Blame, ...], name: str) -> Blame:
    return next(one for one in found if one.name == name)


def test_one_laydown_shares_the_blame_by_mass() -> None:
    found = blame(rolls({"a": 0.75, "b": 0.25}, 8), SUPPLIERS)
    assert of(found, "a").findings == pytest.approx(24, rel=0.2)  # of 32, three quarters
    assert of(found, "b").findings == pytest.approx(8, rel=0.4)
    assert not of(found, "a").moves  # nothing tells it from the other


def test_laydowns_of_other_mixtures_single_out_the_lot() -> None:
    found = blame(
        [
            *rolls({"a": 0.5, "b": 0.5}, 20),
            *rolls({"a": 0.5, "c": 0.5}, 20),
            *rolls({"b": 0.5, "c": 0.5}, 1),
        ],
        SUPPLIERS,
    )
    worst = found[0]
    assert worst.name == "a"
    assert worst.moves
    assert worst.factor_low > 1.5
    assert of(found, "b").factor_high < 1
    assert of(found, "c").moves  # relaxed


def test_two_lots_that_were_always_mixed_alike_stay_apart_in_doubt() -> None:
    found = blame([*rolls({"a": 0.5, "b": 0.5}, 20), *rolls({"c": 1.0}, 2)], SUPPLIERS)
    widths = of(found, "a").factor_high - of(found, "a").factor_low
    assert widths > 1.0
    assert of(found, "farm").factor_low > 1  # but the supplier of both is known


def test_little_evidence_moves_nothing() -> None:
    found = blame([*rolls({"a": 1.0}, 2, 1, 20.0), *rolls({"b": 1.0}, 0, 1, 20.0)], SUPPLIERS)
    assert not any(one.moves for one in found)
    assert prior_of(found, "a", "farm") == (1.0, "")


def test_rolls_that_differ_among_themselves_widen_the_interval() -> None:
    even = [*rolls({"a": 1.0}, 10), *rolls({"c": 1.0}, 5)]
    torn = [*rolls({"a": 1.0}, 0, 3), *rolls({"a": 1.0}, 40, 1), *rolls({"c": 1.0}, 5)]
    assert of(blame(torn, SUPPLIERS), "a").factor_low < of(blame(even, SUPPLIERS), "a").factor_low
    assert of(blame(torn, SUPPLIERS), "a").factor == pytest.approx(
        of(blame(even, SUPPLIERS), "a").factor, rel=0.1
    )


def test_a_lot_without_fabric_takes_its_suppliers_word_within_limits() -> None:
    found = blame([*rolls({"a": 1.0}, 60), *rolls({"c": 1.0}, 1, 30)], SUPPLIERS)
    factor, source = prior_of(found, "new", "farm")
    assert source == "supplier farm"
    assert 1 < factor <= 8.0
    assert prior_of(found, "new", "unknown") == (1.0, "")


def test_no_findings_blame_nobody() -> None:
    assert blame(rolls({"a": 1.0}, 0), SUPPLIERS) == ()
    assert blame(rolls({}, 5), SUPPLIERS) == ()
