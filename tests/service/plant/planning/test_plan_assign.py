import pytest

from service.plant.errors import PlantError
from service.plant.planning.advice import plan
from service.plant.planning.planfile import load_plan
from service.plant.views.plan import LotOffer, OrderNeed

CLEAN = LotOffer(
    lot_id="clean", name="", supplier="", available_kg=1000.0, trash_area_pct=0.5, contaminants_per_t=1.0,
    price_per_kg=2.0, second_share=0.02,
)  # fmt: skip
TRASHY = LotOffer(
    lot_id="trashy", name="", supplier="", available_kg=1000.0, trash_area_pct=2.0, contaminants_per_t=2.0,
    price_per_kg=1.0, second_share=0.05,
)  # fmt: skip
FOREIGN = LotOffer(
    lot_id="foreign", name="", supplier="", available_kg=1000.0, trash_area_pct=0.5, contaminants_per_t=9.0,
    price_per_kg=0.5, second_share=0.20,
)  # fmt: skip


def order(needs_kg: float = 1000.0, **limits: object) -> OrderNeed:
    return OrderNeed(order_id="17", needs_kg=needs_kg, **limits)  # type: ignore[arg-type]  # of a dict


def test_the_cheapest_mixture_within_the_limit_is_taken() -> None:
    made = plan([CLEAN, TRASHY], [order(trash_area_pct_max=1.25)])
    assert made.feasible
    assert {part.lot_id: part.kg for part in made.assigned} == {"clean": 500.0, "trashy": 500.0}  # mean 1.25
    assert made.cost == pytest.approx(500 * 2.0 + 500 * 1.0)
    assert made.mixtures[0].trash_area_pct == pytest.approx(1.25)


def test_second_grade_has_a_price() -> None:
    made = plan([CLEAN, FOREIGN], [order(second_loss_per_kg=10.0)])
    assert [part.lot_id for part in made.assigned] == ["clean"]  # 2.0 + 0.2 against 0.5 + 2.0


def test_contamination_is_not_thinned_out() -> None:
    made = plan([CLEAN, FOREIGN], [order(contaminants_per_t_max=5.0)])
    assert [part.lot_id for part in made.assigned] == ["clean"]
    foreign = next(lot for lot in made.lots if lot.lot_id == "foreign")
    assert foreign.advice == "hold"
    assert "9/t lies above the limit 5/t" in foreign.reason


def test_what_lacks_is_told_with_how_much() -> None:
    made = plan([CLEAN, FOREIGN], [order(1800.0, contaminants_per_t_max=5.0)])
    (obstacle,) = made.obstacles
    assert not made.feasible
    assert (obstacle.limit, obstacle.by, obstacle.unit) == ("quantity", pytest.approx(800.0), "kg")
    assert "lacks 800 of 1800 kg" in obstacle.text
    assert "foreign matter" in obstacle.text


def test_the_cheapest_limit_gives_way_and_says_how_far() -> None:
    made = plan([TRASHY], [order(trash_area_pct_max=1.9)])
    (obstacle,) = made.obstacles
    assert (obstacle.limit, obstacle.reached) == ("trash_area_pct", pytest.approx(2.0))
    assert obstacle.by == pytest.approx(0.1)  # 5 % of the limit, where the whole quantity would be 100 %
    assert "above the limit 1.9%" in obstacle.text


def test_most_lots_and_least_part_are_whole_decisions() -> None:
    lots = [CLEAN, TRASHY]
    assert len(plan(lots, [order(trash_area_pct_max=1.25, most_lots=1)]).assigned) == 1
    made = plan(lots, [order(1000.0, trash_area_pct_max=0.6, least_part_kg=100.0)])
    assert [part.lot_id for part in made.assigned] == ["clean"]  # 66 kg of the other would be too little


def test_a_lot_that_misses_its_order_is_rerouted() -> None:
    meant = LotOffer(
        lot_id="x",
        name="",
        supplier="",
        available_kg=500.0,
        trash_area_pct=2.0,
        meant_for="17",
        price_per_kg=1.0,
    )
    other = OrderNeed(order_id="18", needs_kg=500.0)
    made = plan([CLEAN, meant], [order(trash_area_pct_max=0.5), other])
    advice = next(lot for lot in made.lots if lot.lot_id == "x")
    assert (advice.advice, advice.order_ids) == ("reroute", ("18",))
    assert "trash area 2% lies above the limit 0.5% of order 17" in advice.reason


def test_an_unmeasured_lot_is_not_promised() -> None:
    blind = LotOffer(lot_id="blind", name="", supplier="", available_kg=5000.0)
    made = plan([blind], [order(trash_area_pct_max=1.0)])
    assert made.obstacles[0].limit == "quantity"
    assert "was not measured" in made.lots[0].reason


def test_two_lots_of_one_name_are_refused() -> None:
    with pytest.raises(PlantError, match="twice"):
        plan([CLEAN, CLEAN], [order()])


def test_a_plan_file_with_an_unknown_key_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]  # pytest's
    path = tmp_path / "plan.toml"
    path.write_text('[[orders]]\norder_id = "17"\nneeds_kg = 5.0\ntrash_max = 1.0\n')
    with pytest.raises(PlantError, match="trash_max"):
        load_plan(path)
