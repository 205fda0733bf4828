"""A sensor's lines → its newest value, now and then, with a quality flag. Pure."""

import re

from service.event_terms import InstrumentFault, ReadingQuality
from service.instrument_settings import SensorSettings
from service.instruments.faults import StandingFaults
from service.instruments.outcomes import Outcome, Value
from service.instruments.text import TextError, Told, read_text
from service.measuring_units import READING_UNITS, spelt


class SensorWatch:
    """Follows one sensor."""

    def __init__(self, settings: SensorSettings, now_s: float) -> None:
        self._settings = settings
        self._pattern = re.compile(settings.serial.format)
        self._faults = StandingFaults(settings.serial.silent_after_s, now_s)
        self._newest: tuple[float, str] | None = None  # value and unit since the last one was booked
        self._same: tuple[float, float] | None = None  # value, and since when it is the same
        self._due_s = now_s

    @property
    def standing(self) -> dict[InstrumentFault, str]:
        """What is wrong now."""
        return self._faults.standing

    def line(self, text: str, now_s: float) -> list[Outcome]:
        """Take a line."""
        self._faults.heard(now_s)
        try:
            told = read_text(self._pattern, text)
            value, unit = self._known(told)
        except TextError as error:
            return list(self._faults.garbled(str(error)))
        self._faults.readable()
        settings = self._settings
        scaled = self._in_own_unit(value, unit)
        if told.state in settings.flags.over_range or not settings.lowest <= scaled <= settings.highest:
            self._newest = None
            limits = f"{settings.lowest:g} to {settings.highest:g} {settings.unit}"
            detail = f"it sent {told.text!r}; it measures {limits}: check the sensor"
            return list(self._faults.begin(InstrumentFault.OVER_RANGE, detail, scaled))
        self._faults.end(InstrumentFault.OVER_RANGE)
        self._newest = (value, unit)
        return [*self._stands_still(scaled, now_s), *self._due(now_s)]

    def tick(self, now_s: float) -> list[Outcome]:
        """Called now and then, also while nothing comes."""
        return list(self._faults.silence(now_s))

    def unreachable(self, detail: str) -> list[Outcome]:
        """Its port can't be opened or is gone."""
        return list(self._faults.begin(InstrumentFault.MISSING, detail))

    def _known(self, told: Told) -> tuple[float, str]:
        settings = self._settings
        flags = settings.flags
        if told.state not in (*flags.good, *flags.moving, *flags.over_range):
            raise TextError(
                f"it sent {told.text!r}; the flag {told.state!r} is not known: add it to its flags"
            )
        if told.value is None:
            raise TextError(f"it sent {told.text!r}, without a value")
        unit = spelt(told.unit) or settings.unit
        if unit not in READING_UNITS[settings.measured]:
            raise TextError(f"it sent {told.text!r}; {unit!r} is no unit of {settings.measured.value}")
        return told.value, unit

    def _in_own_unit(self, value: float, unit: str) -> float:
        units = READING_UNITS[self._settings.measured]
        factor, offset = units[unit]
        own_factor, own_offset = units[self._settings.unit]
        return (value * factor + offset - own_offset) / own_factor

    def _stands_still(self, value: float, now_s: float) -> list[Outcome]:
        if self._same is None or self._same[0] != value:
            self._same = (value, now_s)
            self._faults.end(InstrumentFault.FROZEN)
            return []
        frozen_s = self._settings.frozen_after_s
        if not 0 < frozen_s <= now_s - self._same[1]:
            return []
        detail = f"{value:g} for {frozen_s / 60:g} min without a change: check the sensor"
        return list(self._faults.begin(InstrumentFault.FROZEN, detail, value))

    def _due(self, now_s: float) -> list[Outcome]:
        if now_s < self._due_s or self._newest is None:
            return []
        self._due_s = now_s + self._settings.every_s
        value, unit = self._newest
        frozen = self._faults.standing.get(InstrumentFault.FROZEN, "")
        quality = ReadingQuality.UNCERTAIN if frozen else ReadingQuality.GOOD
        return [Value(value=value, unit=unit, quality=quality, detail=frozen)]
