from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from service.plant.kpi.compute import compute
from service.plant.kpi.economics import ArticlePrices, Economics, Investment, PriceVersion
from service.plant.kpi.inputs import Amount, Inputs, MassBalance, Produced, Records, Saving, Side, Timing
from service.plant.kpi.totals import RollTotals, Totals
from service.plant.views.kpis import Kpi, KpiSource

FROM = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
TO = FROM + timedelta(hours=8)
# 1000 m2 graded: 800 A, 150 B, 50 second
ROLLS = RollTotals(ended=10, graded=10, final=10, graded_m2=1000.0, downgraded_m2=200.0, second_m2=50.0)
CLOTH = Produced(article="greige", quantity=1000.0, good=950.0, second=50.0, best=800.0)
SCALES = MassBalance(
    input_kg=10_000.0,
    good_kg=9_000.0,
    by_product_kg=300.0,
    ejected_kg=200.0,
    waste_kg=400.0,
    source=KpiSource.MEASURED,
)
LINT = Produced(article="lint", quantity=10_000.0, good=9_000.0)
PRICES = Economics(
    currency="KZT",
    versions=(
        PriceVersion(
            from_=date(2026, 1, 1),
            source="test",
            is_example=True,
            machine_hour=1000.0,
            labour_hour=500.0,
            kwh=20.0,
            by_product_kg=100.0,
            articles=(
                ArticlePrices(
                    article="greige",
                    basis="area",
                    material=100.0,
                    price_first=300.0,
                    price_b=250.0,
                    price_second=150.0,
                    planned_per_h=200.0,
                ),
                ArticlePrices(
                    article="lint", basis="mass", material=600.0, price_first=900.0, planned_per_h=2000.0
                ),
            ),
        ),
    ),
    investment=Investment(amount=1_000_000.0, since=date(2026, 1, 1), source="test"),
)
FABRIC = Side(
    run_h=Amount(value=6.0),
    planned_h=Amount(value=8.0),
    labour_h=Amount(value=16.0),
    energy_kwh=Amount(value=475.0),
    scrap=Amount(value=10.0),
    rework=Amount(value=20.0),
    produced=(CLOTH,),
)
FIBRE = Side(
    run_h=Amount(value=6.0),
    planned_h=Amount(value=8.0),
    labour_h=Amount(value=9.0),
    energy_kwh=Amount(value=900.0),
    produced=(LINT,),
)
FULL = Inputs(fabric=FABRIC, fibre=FIBRE, mass=SCALES, economics=PRICES)


def figures(inputs: Inputs = FULL, rolls: RollTotals = ROLLS) -> dict[str, Kpi]:
    counted = Totals(window_from=FROM, window_to=TO, line=None, rolls=rolls)
    return {kpi.code: kpi for kpi in compute(counted, events_held=1.0, now=TO, inputs=inputs)}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("equipment_productivity.area", 950 / 6),
        ("equipment_productivity.mass", 9000 / 6),
        ("material_loss.mass", 7.0),  # 10000 - 9000 - 300 = 700
        ("energy_per_unit.area", 0.5),  # 475 / 950
        ("energy_per_unit.mass", 100.0),  # 900 / 9 t
        ("labour_productivity.area", 950 / 16),
        ("labour_productivity.mass", 1000.0),
        ("availability.area", 75.0),
        ("effectiveness.area", 1000 / 200 / 6 * 100),  # PRU x PQ = 5 h
        ("quality_ratio.area", 95.0),
        ("oee.area", 0.75 * (5 / 6) * 0.95 * 100),
        ("scrap_ratio.area", 1.0),
        ("rework_ratio.area", 2.0),
        ("quality_ratio.mass", 90.0),
        ("scrap_ratio.mass", 6.0),  # 200 + 400 kg
        ("loss_ratio.mass", 7.0),  # 600 + 100 unaccounted
        ("integrated_goods_ratio.mass", 93.0),
    ],
)
def test_each_figure_by_hand(code: str, value: float) -> None:
    assert figures()[code].value == pytest.approx(value)


def test_loss_and_integrated_goods_make_the_input_even_where_more_came_out_than_went_in() -> None:
    for good_kg in (9_000.0, 9_800.0):
        found = figures(replace(FULL, mass=replace(SCALES, good_kg=good_kg)))
        loss, useful = found["loss_ratio.mass"].value, found["integrated_goods_ratio.mass"].value
        assert loss is not None
        assert useful is not None
        assert loss + useful == pytest.approx(100.0)


def test_oee_is_the_product_of_its_three_ratios() -> None:
    found = figures()
    parts = [found[f"{slug}.mass"].value for slug in ("availability", "effectiveness", "quality_ratio")]
    assert None not in parts
    product = parts[0] * parts[1] * parts[2] / 100**2  # type: ignore[operator]  # none of them is None
    assert found["oee.mass"].value == pytest.approx(product)


def test_cost_and_profit_of_a_unit_by_hand() -> None:
    found = figures()
    # 1000 m2 x 100 + 6 h x 1000 + 16 h x 500 + 475 kWh x 20 = 123 500, over 950 m2
    assert found["unit_cost.area"].value == pytest.approx(123_500 / 950)
    assert found["unit_cost.area"].unit == "KZT/m2"
    # 800 x 300 + 150 x 250 + 50 x 150 = 285 000; less the cost, over 1000 m2
    assert found["unit_profit.area"].value == pytest.approx(161.5)
    # 10 t x 600 000 + 6000 + 4500 + 18000 = 6 028 500 over 9 t
    assert found["unit_cost.mass"].value == pytest.approx(6_028_500 / 9)
    # 9000 x 900 + 300 x 100 = 8 130 000
    assert found["unit_profit.mass"].value == pytest.approx((8_130_000 - 6_028_500) / 9)
    assert found["unit_cost.area"].source is KpiSource.ESTIMATED
    assert found["unit_cost.area"].completeness == 1.0


def test_a_cost_whose_quantity_nobody_measures_is_not_guessed() -> None:
    found = figures(replace(FULL, fabric=replace(FABRIC, energy_kwh=None)))
    assert found["unit_cost.area"].value is None
    assert "metered energy" in found["unit_cost.area"].missing
    assert found["energy_per_unit.area"].value is None
    assert "energy meter" in found["energy_per_unit.area"].missing


def test_an_article_without_prices_is_named() -> None:
    strange = replace(CLOTH, article="drill")
    found = figures(replace(FULL, fabric=replace(FABRIC, produced=(CLOTH, strange))))
    assert "'drill'" in found["unit_cost.area"].missing
    # half of the area has a planned rate
    assert found["effectiveness.area"].completeness == pytest.approx(0.5)


def test_an_estimated_input_makes_an_estimated_figure() -> None:
    planned = Amount(value=8.0, source=KpiSource.ESTIMATED)
    found = figures(replace(FULL, fabric=replace(FABRIC, planned_h=planned)))
    assert found["availability.area"].source is KpiSource.ESTIMATED
    assert found["loss_ratio.mass"].source is KpiSource.MEASURED  # by scales
    belt = replace(SCALES, source=KpiSource.ESTIMATED)
    assert figures(replace(FULL, mass=belt))["loss_ratio.mass"].source is KpiSource.ESTIMATED


def test_payback_and_return_come_from_the_saving_and_the_investment() -> None:
    found = figures(replace(FULL, saving=Saving(per_year=400_000.0, priced=1.0)))
    assert found["payback.money"].value == pytest.approx(2.5)
    assert found["roi.money"].value == pytest.approx(40.0)
    assert (found["payback.money"].numerator_unit, found["payback.money"].denominator_unit) == (
        "KZT",
        "KZT/a",
    )


def test_a_saving_that_is_a_loss_pays_nothing_back() -> None:
    found = figures(replace(FULL, saving=Saving(per_year=-5.0, priced=0.5)))
    assert found["payback.money"].value is None
    assert "saves nothing" in found["payback.money"].missing
    assert found["roi.money"].value == pytest.approx(-0.0005)


def test_records_and_decisions() -> None:
    records = Records(
        rolls=10,
        complete=8,
        graded=9,
        first_pass=6,
        release=Timing(cases=9, of=10, minutes=18.0),
        alarms=Timing(cases=3, of=4, minutes=7.0),
        reviews=Timing(cases=0, of=50, minutes=0.0),
    )
    found = figures(Inputs(records=records))
    assert found["digitalisation.rolls"].value == pytest.approx(80.0)
    assert found["first_pass_yield.rolls"].value == pytest.approx(6 / 9 * 100)
    assert found["cycle_time.rolls"].value == pytest.approx(2.0)
    alarm = found["decision_speed.alarm"]
    assert (alarm.value, alarm.numerator, alarm.denominator, alarm.completeness) == (7.0, 7.0, 3, 0.75)
    assert found["decision_speed.review"].value is None
