"""A sensor's lines → readings with a quality flag."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.event_terms import InstrumentFault, ReadingQuality
from service.instrument_settings import InstrumentSettings, SensorSettings
from service.instruments.outcomes import Faulty, Value
from service.instruments.sensor import SensorWatch

METER: dict[str, Any] = {"id": "meter-1", "measured": "energy", "unit": "kWh", "lowest": 0, "highest": 1e6}
SERIAL = {"port": "/dev/x", "format": r"E=(?P<value>[\d.,]+)(?P<unit>[a-zA-Z]*)"}


def watch(**more: Any) -> SensorWatch:
    return SensorWatch(TypeAdapter(SensorSettings).validate_python(METER | {"serial": SERIAL} | more), 0.0)


def test_a_value_is_booked_now_and_then_with_its_own_unit() -> None:
    meter = watch(every_s=60.0)
    given = [found for second in range(121) for found in meter.line(f"E={1000 + second}kWh", float(second))]
    assert [(one.value, one.unit) for one in given if isinstance(one, Value)] == [
        (1000.0, "kWh"),
        (1060.0, "kWh"),
        (1120.0, "kWh"),
    ]
    (one,) = meter.line("E=1,5MWh", 200.0)
    assert one == Value(value=1.5, unit="MWh", quality=ReadingQuality.GOOD, detail="")


def test_silence_and_garbage_are_faults_without_a_value() -> None:
    meter = watch()
    (garbled,) = meter.line("E=", 1.0)
    (missing,) = meter.tick(11.0)
    assert [(one.fault, one.value) for one in (garbled, missing) if isinstance(one, Faulty)] == [
        (InstrumentFault.GARBLED, None),
        (InstrumentFault.MISSING, None),
    ]


def test_what_it_cant_measure_is_a_fault_and_never_booked_as_good() -> None:
    meter = watch(highest=2000)
    (beyond,) = meter.line("E=3MWh", 1.0)  # 3000 kWh
    assert isinstance(beyond, Faulty)
    assert (beyond.fault, beyond.value) == (InstrumentFault.OVER_RANGE, 3000.0)
    assert meter.line("E=3MWh", 2.0) == []
    (good,) = meter.line("E=1MWh", 3.0)
    assert isinstance(good, Value)
    assert meter.standing == {}


def test_a_value_that_stands_still_is_uncertain() -> None:
    meter = watch(frozen_after_s=120.0, every_s=60.0)
    given = [found for second in range(0, 181, 60) for found in meter.line("E=5kWh", float(second))]
    assert [one.quality.value for one in given if isinstance(one, Value)] == [
        "good",
        "good",
        "uncertain",
        "uncertain",
    ]
    assert [one.fault for one in given if isinstance(one, Faulty)] == [InstrumentFault.FROZEN]
    meter.line("E=6kWh", 190.0)
    assert meter.standing == {}


def test_a_unit_that_is_none_of_its_quantity_is_garbled() -> None:
    (found,) = watch().line("E=20bar", 1.0)
    assert isinstance(found, Faulty)
    assert (found.fault, found.value) == (InstrumentFault.GARBLED, None)


@pytest.mark.parametrize(
    ("change", "told"),
    [({"unit": "bar"}, "give one of kWh, MWh, Wh, MJ"), ({"lowest": 1e6}, "is not below highest")],
)
def test_impossible_settings_are_refused_with_the_cure(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(InstrumentSettings).validate_python({"sensors": [METER | {"serial": SERIAL} | change]})
    assert told in str(refused.value)
