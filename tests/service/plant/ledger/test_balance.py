import pytest

from service.event_terms import MassFlow, MeasuredKind
from service.plant.errors import PlantError
from service.plant.ledger.balance import FlowSum, UnaccountedLimit, add_up, balance
from service.plant.ledger.moisture import at_standard_regain
from service.plant.ledger.terms import BalanceStatus, Basis
from service.plant.ledger.units import convert, convert_reading

LIMIT = UnaccountedLimit(pct=0.5, least=1.0)


def drawn(**kg: float):  # type: ignore[no-untyped-def]
    rows = [(MassFlow(name), False, value) for name, value in kg.items()]
    return balance(Basis.MASS, add_up(rows), LIMIT)


def test_what_is_missing_is_input_less_all_that_came_out() -> None:
    # 1000 - (900 + 40 + 30 + 26) = 4 kg, 0.4 %: within 0.5 %
    found = drawn(input=1000, good=900, ejected=40, by_product=30, waste=26)
    assert found.unaccounted == pytest.approx(4.0)
    assert found.unaccounted_pct == pytest.approx(0.4)
    assert found.status is BalanceStatus.CLOSED
    assert found.told() == (
        "input 1000 = good 900 + ejected 40 + by_product 30 + waste 26 + unaccounted 4 kg"
    )


def test_masses_that_dont_add_up_are_beyond_the_limit() -> None:
    # 1000 - 990 = 10 kg; the limit is 0.5 % of 1000 = 5 kg
    assert drawn(input=1000, good=900, ejected=90).status is BalanceStatus.UNACCOUNTED


def test_more_out_than_in_is_an_alarm_too() -> None:
    found = drawn(input=1000, good=1010)
    assert (found.unaccounted, found.status) == (-10.0, BalanceStatus.UNACCOUNTED)


def test_a_small_input_is_weighed_no_finer_than_the_least() -> None:
    # 0.5 % of 20 kg = 0.1 kg, but 1 kg is the least
    assert drawn(input=20, good=19.2).status is BalanceStatus.CLOSED


def test_without_a_weighed_good_output_nothing_is_said_of_what_is_missing() -> None:
    flows = {MassFlow.INPUT: FlowSum(measured=1000.0), MassFlow.GOOD: FlowSum(estimated=950.0)}
    found = balance(Basis.MASS, flows, LIMIT)
    assert (found.unaccounted, found.status) == (None, BalanceStatus.NOT_MEASURED)
    assert "unaccounted not measured" in found.told()


def test_a_measured_figure_stands_above_an_estimate() -> None:
    found = add_up(
        [(MassFlow.INPUT, True, 990.0), (MassFlow.INPUT, False, 600.0), (MassFlow.INPUT, False, 400.0)]
    )
    assert found[MassFlow.INPUT] == FlowSum(measured=1000.0, estimated=990.0)
    assert found[MassFlow.INPUT].value == 1000.0


def test_units_are_converted_with_a_record() -> None:
    # 480 lb x 0.45359237 = 217.7243376 kg
    assert convert(480, "lb") == (Basis.MASS, pytest.approx(217.7243376), "480 lb x 0.45359237 = 217.724 kg")
    assert convert(120, "yd")[1] == pytest.approx(109.728)  # 120 x 0.9144
    assert convert(2.5, "т") == (Basis.MASS, 2500.0, "2.5 t x 1000 = 2500 kg")
    assert convert(7, "kg") == (Basis.MASS, 7.0, "")


@pytest.mark.parametrize(("value", "unit", "problem"), [(1, "пуд", "bad_unit"), (-1, "kg", "bad_quantity")])
def test_unknown_units_and_negative_quantities_are_refused(value: float, unit: str, problem: str) -> None:
    with pytest.raises(PlantError) as caught:
        convert(value, unit)
    assert caught.value.problem == problem


def test_readings_come_to_one_unit() -> None:
    # 212 °F = (212 - 32) x 5/9 = 100 °C; 7.2 MJ = 2 kWh
    assert convert_reading(MeasuredKind.TEMPERATURE, 212, "°F") == (pytest.approx(100.0), "°C")
    assert convert_reading(MeasuredKind.ENERGY, 7.2, "MJ") == (pytest.approx(2.0), "kWh")
    with pytest.raises(PlantError, match="energy in '°C'"):
        convert_reading(MeasuredKind.ENERGY, 1, "°C")


def test_water_is_neither_lost_nor_gained() -> None:
    # 110 kg at 10 % regain hold 100 kg dry fibre: at 8 % they would weigh 108 kg
    assert at_standard_regain(110.0, 10.0, 8.0) == pytest.approx(108.0)
    with pytest.raises(PlantError, match="regain 55 %"):
        at_standard_regain(110.0, 55.0, 8.0)
