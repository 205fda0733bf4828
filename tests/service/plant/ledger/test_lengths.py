import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.plant.ledger.lengths import account, shifted
from service.plant.views.rolls import Stretch


def missed(from_mm: float, to_mm: float, reason: str = "frame_lost") -> Stretch:
    return Stretch(from_mm=from_mm, to_mm=to_mm, reason=reason, detail="")


def test_inspected_and_not_inspected_add_up_and_silence_is_a_reason() -> None:
    length = account(100, 1100, [(0, 400), (400, 600)], [missed(600, 700), missed(700, 800)])
    assert (length.length_mm, length.inspected_mm, length.not_inspected_mm) == (1000, 500, 500)
    assert length.coverage == 0.5
    assert length.stretches == (missed(600, 800), missed(800, 1100, "no_record"))


def test_what_is_both_inspected_and_missed_counts_as_missed() -> None:
    length = account(0, 100, [(0, 100)], [missed(40, 60, "joint")])
    assert length.inspected_mm == pytest.approx(80)


def test_two_reasons_for_one_stretch_are_both_shown_and_counted_once() -> None:
    length = account(0, 100, [(0, 50)], [missed(50, 100, "held"), missed(60, 100, "camera_gone")])
    assert length.not_inspected_mm == 50
    assert [item.reason for item in length.stretches] == ["held", "camera_gone"]


def test_a_roll_without_length_has_no_coverage() -> None:
    assert account(5, 5, [], []).coverage == 0.0
    assert account(5, 1, [(0, 9)], []).length_mm == 0.0


def test_rounding_of_the_encoder_is_no_stretch() -> None:
    assert account(0, 100, [(0, 49.999), (50.0, 100)], []).stretches == ()


def test_stretches_can_be_counted_from_the_rolls_start() -> None:
    assert shifted([missed(150, 160)], 100) == (missed(50, 60),)


PARTS = st.lists(st.tuples(st.integers(-50, 250), st.integers(0, 80)), max_size=8)


@given(seen=PARTS, lost=PARTS)
def test_every_millimetre_is_booked_exactly_once(
    seen: list[tuple[int, int]], lost: list[tuple[int, int]]
) -> None:
    start, end = 0, 200
    length = account(start, end, [(a, a + n) for a, n in seen], [missed(a, a + n) for a, n in lost])
    expected = sum(
        1
        for mm in range(start, end)
        if any(a <= mm < a + n for a, n in seen) and not any(a <= mm < a + n for a, n in lost)
    )
    assert length.inspected_mm == pytest.approx(expected)
    assert length.inspected_mm + length.not_inspected_mm == pytest.approx(end - start)
