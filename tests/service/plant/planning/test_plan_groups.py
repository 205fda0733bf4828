import numpy as np
import pytest

from service.plant.loop.blame import Roll, blame
from service.plant.planning.groups import group_lots, silhouette
from service.plant.planning.scorecards import LotMeasured, per_tonne, scorecards
from service.plant.planning.tree import Case, explain
from service.plant.views.plan import LotOffer


def lots(*centres: tuple[float, float], each: int = 8, spread: float = 0.05) -> list[LotOffer]:
    rng = np.random.default_rng(3)
    return [
        LotOffer(
            lot_id=f"{group}-{number}", name="", supplier="", available_kg=1.0,
            trash_area_pct=trash + spread * float(rng.standard_normal()),
            contaminants_per_t=foreign + spread * float(rng.standard_normal()),
        )
        for group, (trash, foreign) in enumerate(centres)
        for number in range(each)
    ]  # fmt: skip


def test_three_groups_are_found_and_the_choice_of_k_is_stated() -> None:
    found = group_lots(lots((1.0, 1.0), (2.0, 5.0), (3.0, 1.0)))
    assert (found.k, found.why) == (3, "best_silhouette")
    assert found.silhouettes[3] == max(found.silhouettes.values())
    prefixes = [{lot_id[0] for lot_id in group.lot_ids} for group in found.groups]
    assert sorted(map(len, prefixes)) == [1, 1, 1]
    assert found == group_lots(lots((1.0, 1.0), (2.0, 5.0), (3.0, 1.0)))  # seeded


def test_few_lots_are_one_group_and_unmeasured_ones_are_left_out() -> None:
    blind = LotOffer(lot_id="blind", name="", supplier="", available_kg=1.0)
    found = group_lots([*lots((1.0, 1.0), each=4), blind])
    assert (found.k, found.why, found.left_out) == (1, "few_lots", ("blind",))


def test_silhouette_by_hand() -> None:
    values, labels = np.array([[0.0], [1.0], [10.0]]), np.array([0, 0, 1], np.int32)
    # points 0 and 1: a = 1, b = 10 and 9; the lone point counts 0
    assert silhouette(values, labels) == pytest.approx((9 / 10 + 8 / 9 + 0) / 3)


def test_the_tree_says_who_goes_where() -> None:
    cases = [Case(features={"trash_area_pct": trash}, goes="order 17") for trash in (0.5, 0.6, 0.7)]
    cases += [Case(features={"trash_area_pct": trash}, goes="hold") for trash in (1.9, 2.1)]
    assert [rule.words for rule in explain(cases)] == [
        "trash area at most 1.3: order 17 (3 of 3 lots)",
        "trash area above 1.3: hold (2 of 2 lots)",
    ]
    assert explain([]) == ()


def measured(lot_id: str, supplier: str, contaminants: int, kg: float = 1000.0) -> LotMeasured:
    return LotMeasured(
        lot_id=lot_id, name=lot_id, supplier=supplier, inspected_kg=kg, fed_kg=kg, passed_kg=kg * 0.99,
        trash_area_pct=1.0, contaminants=contaminants, ejected_kg=kg * 0.01, good_fibre_kg=kg * 0.008,
        second_share=None, demo=False,
    )  # fmt: skip


def test_scorecards_put_the_worst_supplier_first_with_its_interval() -> None:
    blamed = blame([Roll(shares={"a": 1.0}, area_m2=500.0, findings=9)], {"a": "farm"})
    worst, best = scorecards([measured("a", "farm", 12), measured("b", "gin", 0)], blamed)
    assert (worst.supplier, worst.contaminants_per_t) == ("farm", 12.0)
    assert worst.contaminants_low is not None
    assert worst.contaminants_low < 12 < (worst.contaminants_high or 0)
    assert worst.fabric_factor == pytest.approx(1.0, rel=0.1)
    assert (best.ejected_pct, best.good_fibre_lost_pct) == (pytest.approx(1.0), pytest.approx(0.8))
    assert best.second_share is None
    assert per_tonne(0, 1000.0) == (0.0, 0.0, pytest.approx(3.689, abs=0.001))  # Garwood
