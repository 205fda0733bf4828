"""Settings of the scales and sensors at a line, with the range of each key."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, with_config

from service.event_terms import MassFlow, MeasuredKind
from service.measuring_units import READING_UNITS

strict = with_config({"extra": "forbid"})
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Seconds = Annotated[float, Field(ge=0.05, le=86_400)]
Finite = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
NUMBER = r"(?P<value>[+-]?\s*\d+(?:[.,]\d+)?)\s*(?P<unit>[A-Za-z]+)"
NAMED_FORMATS = {
    # A&D standard format: "ST,GS,+  218.40kg"; overloaded: "OL,GS,+9999999kg" or "OL" alone.
    "and": rf"(?P<state>ST|US|OL|QT)(?:,(?:GS|NT|TR)?,?\s*{NUMBER})?",
    # Mettler-Toledo SICS: "S S      218.40 kg", moving "S D ...", overloaded "S +" and below zero "S -".
    "sics": rf"S\s+(?P<state>[SDI+-])(?:\s+{NUMBER})?",
}


def _readable_format(text: str) -> str:
    pattern = NAMED_FORMATS.get(text, text)
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    if "value" not in groups:
        raise ValueError(
            f"it needs a group (?P<value>...), and may have (?P<unit>...) and (?P<state>...); or give one of "
            f"{', '.join(NAMED_FORMATS)}"
        )
    return pattern


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSettings:
    """A serial port that sends lines of text, by itself or when asked."""

    port: Annotated[str, Field(min_length=1, max_length=255)]
    baud: Annotated[int, Field(ge=300, le=4_000_000)] = 9600
    framing: Annotated[str, Field(pattern=r"^[78][NEO][12]$")] = "8N1"  # data bits, parity, stop bits
    format: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_readable_format)] = (
        NAMED_FORMATS["and"]
    )
    request: Annotated[str, Field(max_length=80)] = (
        ""  # asks for one line, e.g. "Q\r\n"; empty: it sends by itself
    )
    request_every_s: Seconds = 0.5
    silent_after_s: Seconds = 10.0  # without a line for so long it is missing


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class StateFlags:
    """What the format's group `state` may say; anything else counts as garbled."""

    good: tuple[str, ...] = ("ST", "QT", "S", "")
    moving: tuple[str, ...] = ("US", "D")
    over_range: tuple[str, ...] = ("OL", "+", "-")


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleSettings:
    """A scale at the line: each steady load is booked once, until it is unloaded."""

    id: Identifier
    flow: MassFlow  # which way the weighed material goes
    highest_kg: Annotated[float, Field(gt=0, le=1e6)]  # the scale's maximum load
    least_kg: Annotated[float, Field(gt=0, le=1e5)] = 1.0  # below it the scale is empty
    belongs_to: Literal["running", "last"] = "running"  # the roll or lot that runs, or the one before it
    unit: Literal["kg", "g", "t", "lb"] = "kg"  # where its lines name none
    still_kg: Annotated[float, Field(ge=0, le=1e4)] = 0.05  # without a state flag: it moves no further ...
    still_s: Seconds = 2.0  # ... for so long
    unstable_after_s: Seconds = 20.0  # a load that is not still by then is told of
    touch_s: Seconds = 2.0  # what lies on it for less is no load
    frozen_after_s: Annotated[float, Field(ge=0, le=86_400)] = 1800.0  # under load; 0: never
    serial: SerialSettings
    flags: StateFlags = StateFlags()


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSettings:
    """A sensor at the line: its newest value is booked now and then."""

    id: Identifier
    measured: MeasuredKind
    unit: Annotated[str, Field(min_length=1, max_length=20)]  # where its lines name none
    lowest: Finite  # what it can say; beyond it the reading is bad
    highest: Finite
    every_s: Seconds = 60.0
    frozen_after_s: Annotated[float, Field(ge=0, le=864_000)] = 0.0  # 0: it may stand still for ever
    serial: SerialSettings
    flags: StateFlags = StateFlags()


def _possible(sensors: list[SensorSettings]) -> list[SensorSettings]:
    for sensor in sensors:
        known = READING_UNITS[sensor.measured]
        if sensor.unit not in known:
            raise ValueError(
                f"sensor {sensor.id}: unit {sensor.unit!r} of {sensor.measured.value}: give one of "
                f"{', '.join(known)}"
            )
        if sensor.lowest >= sensor.highest:
            raise ValueError(
                f"sensor {sensor.id}: lowest {sensor.lowest:g} is not below highest "
                f"{sensor.highest:g}; swap them"
            )
    return sensors


def _scales_apart(scales: list[ScaleSettings]) -> list[ScaleSettings]:
    for scale in scales:
        if scale.least_kg >= scale.highest_kg:
            raise ValueError(
                f"scale {scale.id}: least_kg {scale.least_kg:g} is not below highest_kg "
                f"{scale.highest_kg:g}; correct one"
            )
    return scales


def _each_once(instruments: "InstrumentSettings") -> "InstrumentSettings":
    pairs = [(one.id, one.serial.port) for one in instruments.scales]
    pairs += [(one.id, one.serial.port) for one in instruments.sensors]
    for what, values in (("id", [name for name, _ in pairs]), ("port", [port for _, port in pairs])):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"{what} {twice[0]} stands there twice; each instrument has its own")
    return instruments


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentSettings:
    """Scales and sensors whose serial ports are at this machine."""

    scales: Annotated[list[ScaleSettings], AfterValidator(_scales_apart)] = field(default_factory=list)
    sensors: Annotated[list[SensorSettings], AfterValidator(_possible)] = field(default_factory=list)


Instruments = Annotated[InstrumentSettings, AfterValidator(_each_once)]
