"""Figures by supplier, worked by hand: 200 kg of one and 600 kg of another in a laydown."""

from datetime import timedelta
from typing import Any

import pytest

from service.event_terms import MassFlow
from service.plant.complaints import Grievance
from service.plant.errors import PlantError
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import FlowBooked, UnitMade
from service.plant.ledger.terms import Origin, Step
from service.plant.plant import Plant
from service.plant.suppliers import mostly_of
from service.plant.views.kpis import Window
from service.plant.views.suppliers import FEATURES, SupplierScore, features_of


def enter(plant: Plant, clock: Any, *bodies: Any) -> None:
    plant.ledger.enter(
        [Draft(body=body, at_utc=clock(), entered_by="aigul", origin=Origin.TYPED) for body in bodies]
    )


def unit(step: str, unit_id: str, *parents: str, supplier: str = "") -> UnitMade:
    return UnitMade(step=Step(step), unit_id=unit_id, name=unit_id, parents=parents, supplier=supplier)


def mass(unit_id: str, kg: float) -> FlowBooked:
    return FlowBooked(
        place="bale-store", flow=MassFlow.INPUT, step=Step.BALE, unit_id=unit_id, value=kg, unit="kg"
    )


@pytest.fixture
def window(plant: Plant, clock: Any, new_log: Any) -> Window:
    """Roll r1 (second) of a mixture of 1 : 3, r2 (A) of the first one alone, r3 (A) of unknown origin."""
    enter(
        plant,
        clock,
        unit("lot", "LA", supplier="Turan"),
        unit("lot", "LB", supplier="Shymkent"),
        unit("bale", "BA", "LA"),
        unit("bale", "BB", "LB"),
        mass("BA", 200.0),
        mass("BB", 600.0),
        unit("laydown", "D", "BA", "BB"),
        unit("run", "U", "D"),
        unit("roll", "r1", "U"),
        unit("roll", "r2", "LA"),
    )
    log = new_log()
    events = [log.started(), log.roll_started("r1"), log.span(0, 100_000)]
    events += [log.defect(f"d{at}", at * 2000.0, 300.0) for at in range(25)]  # 100 points on 150 m2: 66.7
    events += [log.roll_ended("r1", 100_000)]
    for number, roll in enumerate(("r2", "r3"), start=1):
        begin = number * 100_000.0
        events += [log.roll_started(roll, begin), log.span(begin, begin + 100_000, roll=roll)]
        events += [log.roll_ended(roll, begin + 100_000)]
    plant.ingest("loom-1", events)
    plant.mill.complaints.file(Grievance(roll="r1", customer="K", text="stripes"), "aigul")
    fibre = new_log("opener-1", "log-b")
    events = [fibre.started("fibre")]
    for lot, kg in (("l1", 500.0), ("D", 800.0)):
        events += [
            fibre.lot_started(lot),
            fibre.span(0, 1000, roll=None, lot=lot, fed_kg=kg, trash_area_pct=0.2),
        ]
    events += [fibre.defect(f"f{at}", at, kind="jute", roll=None, lot="l1") for at in range(2)]
    events += [fibre.defect(f"g{at}", at, kind="jute", roll=None, lot="D") for at in range(8)]
    plant.ingest("opener-1", events)
    clock.pass_s(3600)
    return Window(from_utc=clock() - timedelta(days=1), to_utc=clock())


def values(score: SupplierScore) -> dict[str, float | None]:
    return dict(zip(FEATURES, features_of(score), strict=True))


def test_a_supplier_is_weighted_by_its_share_in_the_laydown(plant: Plant, window: Window) -> None:
    by_name = {score.supplier: score for score in plant.suppliers.scores(window)}
    assert sorted(by_name) == ["", "Shymkent", "Turan", "farm"]
    turan, shymkent = values(by_name["Turan"]), values(by_name["Shymkent"])
    assert turan["defect_level.area"] == pytest.approx(20.0)  # 0.25 x 150 of 0.25 x 150 + 150 m2
    assert shymkent["defect_level.area"] == pytest.approx(100.0)
    assert turan["points.area"] == pytest.approx(100 * 0.25 * 100 / 187.5)
    assert turan["claims.rolls"] == pytest.approx(20.0)  # 0.25 of a claim on 1.25 rolls
    assert shymkent["claims.rolls"] == pytest.approx(100.0)
    assert turan["foreign_matter.mass"] == pytest.approx(10.0)  # 0.25 x 8 on 0.25 x 0.8 t
    assert values(by_name["farm"])["foreign_matter.mass"] == pytest.approx(
        4.0
    )  # 2 on 0.5 t, as the line said
    assert values(by_name["farm"])["defect_level.area"] is None  # no cloth of it: no zero
    assert values(by_name["farm"])["trash.mass"] == pytest.approx(0.2)


def test_every_figure_has_both_sides_and_what_it_rests_on(plant: Plant, window: Window) -> None:
    by_name = {score.supplier: score for score in plant.suppliers.scores(window)}
    level = by_name["Turan"].figures[0]
    assert (level.numerator, level.denominator, level.unit) == (
        pytest.approx(37.5),
        pytest.approx(187.5),
        "%",
    )
    assert level.completeness == pytest.approx(300 / 450)  # r3 has no known supplier
    farm = by_name["farm"].figures[0]
    assert (farm.value, farm.missing[:6]) == (None, "Needed")
    rolls = [score.figures[0] for score in by_name.values()]
    assert sum(figure.denominator for figure in rolls) == pytest.approx(450.0)  # shares add up to all
    assert sum(figure.numerator for figure in rolls) == pytest.approx(150.0)


def test_one_supplier_opens_into_its_rolls_and_lots(plant: Plant, window: Window) -> None:
    detail = plant.suppliers.detail("Turan", window)
    assert {(row.kind, row.id, row.share, row.claims) for row in detail.rows} == {
        ("lot", "D", 0.25, 0),
        ("roll", "r2", 1.0, 0),
        ("roll", "r1", 0.25, 1),
    }
    level = detail.score.figures[0]
    rolls = [row for row in detail.rows if row.kind == "roll"]
    assert sum(row.share * row.quantity for row in rolls) == pytest.approx(level.denominator)
    with pytest.raises(PlantError) as refused:
        plant.suppliers.detail("Nobody", window)
    assert refused.value.problem == "unknown_supplier"


def test_one_lines_suppliers_are_those_it_ran(plant: Plant, window: Window) -> None:
    assert [score.supplier for score in plant.suppliers.scores(window, "opener-1")] == [
        "Shymkent",
        "Turan",
        "farm",
    ]


def test_forecasts_and_advice_take_a_roll_for_a_suppliers_where_nearly_all_of_it_is_his(
    plant: Plant, window: Window
) -> None:
    with plant.ledger.database.read() as tx:
        assert mostly_of(tx, ["r1", "r2", "r3"]) == {"r2": "Turan"}  # r1 is a mixture of 1 : 3
