"""Scales and sensors in a LINE.toml."""

from pathlib import Path

import pytest

from service.event_terms import MassFlow, MeasuredKind
from service.settings_file import SettingsError, load_line

DEMO = Path(__file__).parents[2] / "service" / "demo" / "fibre.toml"
TABLES = """
[[instruments.scales]]
id = "bale-scale"
flow = "input"
highest_kg = 600.0
[instruments.scales.serial]
port = "/dev/serial/by-id/scale"
baud = 2400
framing = "7E1"
request = "Q\\r\\n"

[[instruments.scales]]
id = "waste-scale"
flow = "waste"
highest_kg = 60.0
[instruments.scales.serial]
port = "/dev/ttyUSB3"
format = '(?P<state>[A-Z]{2}) (?P<value>[\\d,]+) (?P<unit>кг)'
[instruments.scales.flags]
good = ["ОК"]

[[instruments.sensors]]
id = "meter-1"
measured = "energy"
unit = "kWh"
lowest = 0.0
highest = 1e7
[instruments.sensors.serial]
port = "/dev/ttyUSB4"
format = 'E=(?P<value>[\\d.]+)'
"""


def line_with(folder: Path, tables: str) -> Path:
    path = folder / "line.toml"
    path.write_text(DEMO.read_text(encoding="utf-8") + tables, encoding="utf-8")
    return path


def test_scales_and_sensors_are_read_from_the_lines_file(tmp_path: Path) -> None:
    instruments = load_line(line_with(tmp_path, TABLES)).instruments
    first, second = instruments.scales
    assert (first.flow, first.serial.framing, first.serial.request) == (MassFlow.INPUT, "7E1", "Q\r\n")
    assert first.serial.format.startswith("(?P<state>ST|US|OL|QT)")  # the default is A&D's
    assert second.flags.good == ("ОК",)
    (meter,) = instruments.sensors
    assert (meter.measured, meter.unit, meter.every_s) == (MeasuredKind.ENERGY, "kWh", 60.0)


def test_a_line_without_instruments_has_none(tmp_path: Path) -> None:
    assert load_line(line_with(tmp_path, "")).instruments.scales == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('framing = "7E1"', 'framing = "9X1"', "framing"),
        ("highest_kg = 600.0", "highest = 600.0", "highest"),
        ("/dev/ttyUSB4", "/dev/ttyUSB3", "/dev/ttyUSB3 stands there twice"),
        ('unit = "kWh"', 'unit = "bar"', "give one of kWh"),
    ],
)
def test_a_mistake_is_named_with_the_cure(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in TABLES
    with pytest.raises(SettingsError, match=told):
        load_line(line_with(tmp_path, TABLES.replace(old, new, 1)))
