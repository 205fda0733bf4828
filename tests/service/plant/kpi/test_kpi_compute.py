from datetime import UTC, datetime, timedelta

import pytest

from service.plant.kpi.catalogue import CATALOGUE
from service.plant.kpi.compute import compute
from service.plant.kpi.inputs import Inputs, MassBalance
from service.plant.kpi.totals import DefectTotals, RollTotals, ShotTotals, SpanTotals, Totals
from service.plant.views.kpis import Kpi, KpiSource

FROM = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
NOW = FROM + timedelta(hours=8)


def worked_out(
    events_held: float | None = 1.0, inputs: Inputs | None = None, **totals: object
) -> dict[tuple[str, str], Kpi]:
    counted = Totals(window_from=FROM, window_to=NOW, line=None, **totals)  # type: ignore[arg-type]  # by name
    kpis = compute(counted, events_held=events_held, now=NOW, inputs=inputs)
    return {(kpi.slug, kpi.basis): kpi for kpi in kpis}


def test_without_data_nothing_has_a_value_and_all_say_what_is_missing() -> None:
    kpis = worked_out(events_held=None)
    assert len(kpis) == len(CATALOGUE)
    for kpi in kpis.values():
        assert (kpi.value, kpi.numerator, kpi.denominator, kpi.age_s) == (None, None, None, None)
        assert kpi.missing


def test_a_true_zero_is_a_value() -> None:
    kpi = worked_out(fabric=SpanTotals(inspected_mm=1000.0, inspected_m2=1.5))["defect_rate", "area"]
    assert (kpi.value, kpi.numerator, kpi.denominator, kpi.missing) == (0.0, 0, 1.5, "")


def test_defect_rate_per_1000_m2() -> None:
    # 9 defects on 450 m2: 9 / 450 x 1000 = 20; 300 of 400 m inspected
    kpi = worked_out(
        fabric=SpanTotals(inspected_mm=300_000.0, not_inspected_mm=100_000.0, inspected_m2=450.0),
        fabric_defects=DefectTotals(found=12, counted=9),
        fibre_defects=DefectTotals(found=100, counted=100),
    )["defect_rate", "area"]
    assert kpi.value == pytest.approx(20.0)
    assert (kpi.unit, kpi.completeness, kpi.completeness_of) == ("1/1000 m2", 0.75, "inspected length")


def test_contamination_is_counted_by_inspected_tonne_and_is_an_estimate() -> None:
    # 30 findings in 600 kg inspected of 800 kg fed: 50 a tonne
    kpi = worked_out(
        fibre=SpanTotals(inspected_kg=600.0, not_inspected_kg=200.0), fibre_defects=DefectTotals(counted=30)
    )["defect_rate", "mass"]
    assert kpi.value == pytest.approx(50.0)
    assert (kpi.source, kpi.completeness) == (KpiSource.ESTIMATED, 0.75)


def test_material_loss_keeps_area_and_mass_apart() -> None:
    belt = MassBalance(
        input_kg=1000.0,
        good_kg=988.0,
        by_product_kg=0.0,
        ejected_kg=12.0,
        waste_kg=0.0,
        source=KpiSource.ESTIMATED,
    )
    kpis = worked_out(
        inputs=Inputs(mass=belt),
        fibre=SpanTotals(inspected_kg=900.0, not_inspected_kg=100.0),
        shots=ShotTotals(ordered=5, answered=5, ejected_kg=12.0, good_fibre_kg=9.0),
        rolls=RollTotals(
            ended=4,
            graded=4,
            final=3,
            graded_m2=600.0,
            downgraded_m2=150.0,
            second_m2=30.0,
            points=90,
            inspected_m2=500.0,
        ),
    )
    assert kpis["material_loss", "mass"].value == pytest.approx(1.2)  # 12 of 1000 kg
    assert kpis["material_loss", "area"].value == pytest.approx(25.0)  # 150 of 600 m2
    assert kpis["defect_level", "area"].value == pytest.approx(5.0)  # 30 of 600 m2
    assert kpis["points_per_100_m2", "area"].value == pytest.approx(18.0)  # 90 points on 500 m2
    assert kpis["good_fibre_share", "mass"].value == pytest.approx(75.0)  # 9 of 12 kg
    assert kpis["ejected_kg", "mass"].value == pytest.approx(12.0)
    assert kpis["ejected_kg", "mass"].denominator == 1000.0
    assert kpis["defect_level", "area"].completeness == 0.75  # 3 of 4 rolls final


def test_line_figures_take_both_kinds_of_line() -> None:
    kpis = worked_out(
        events_held=0.9,
        fabric=SpanTotals(
            spans=3,
            inspected_mm=60_000.0,
            not_inspected_mm=20_000.0,
            frames=300,
            deadline_misses=3,
            decision_ms_sum=90.0,
        ),
        fibre=SpanTotals(spans=1, inspected_mm=20_000.0, frames=100, deadline_misses=1, decision_ms_sum=10.0),
    )
    assert kpis["coverage", "length"].value == pytest.approx(80.0)  # 80 of 100 m
    assert kpis["deadline_miss_rate", "frames"].value == pytest.approx(1.0)  # 4 of 400
    assert kpis["decision_speed", "time"].value == pytest.approx(25.0)  # 100 ms over 4 spans
    assert kpis["coverage", "length"].completeness == 0.9


def test_false_alarms_and_escapes_are_shares_of_what_was_answered() -> None:
    kpis = worked_out(
        fabric_defects=DefectTotals(found=40, counted=30, marked=8, wrong=2),
        shots=ShotTotals(ordered=20, answered=16, escaped=4),
    )
    assert kpis["false_alarm_share", "marks"].value == pytest.approx(25.0)
    assert kpis["false_alarm_share", "marks"].completeness == pytest.approx(0.2)
    assert kpis["escape_share", "shots"].value == pytest.approx(25.0)
    assert kpis["escape_share", "shots"].completeness == pytest.approx(0.8)


def test_a_figure_knows_its_window_age_and_demo() -> None:
    kpis = worked_out(fabric=SpanTotals(inspected_mm=1.0), newest_utc=NOW - timedelta(seconds=30), demo=True)
    kpi = kpis["coverage", "length"]
    assert (kpi.window_from, kpi.window_to, kpi.age_s, kpi.demo) == (FROM, NOW, 30.0, True)
