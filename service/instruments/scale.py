"""A scale's lines → each steady load, once, until the scale was unloaded. Pure.

A load is booked only while it stands still, is within the scale's range and could be read. What could not be
booked is a fault with its reason: never a zero, and never a guess.
"""

import re
from dataclasses import dataclass

from service.event_terms import InstrumentFault
from service.instrument_settings import ScaleSettings
from service.instruments.faults import StandingFaults
from service.instruments.outcomes import Load, Outcome
from service.instruments.text import TextError, Told, read_text
from service.measuring_units import MASS_KG, spelt


@dataclass(slots=True, kw_only=True)
class _OnIt:
    since_s: float
    booked: bool
    text: str  # the newest, and since when it is the same
    text_since_s: float
    still_kg: float  # without a state flag: where it stands, and since when
    still_since_s: float
    highest_kg: float


class ScaleWatch:
    """Follows one scale."""

    def __init__(self, settings: ScaleSettings, now_s: float) -> None:
        self._settings = settings
        self._pattern = re.compile(settings.serial.format)
        self._faults = StandingFaults(settings.serial.silent_after_s, now_s)
        self._load: _OnIt | None = None

    @property
    def standing(self) -> dict[InstrumentFault, str]:
        """What is wrong now."""
        return self._faults.standing

    def line(self, text: str, now_s: float) -> list[Outcome]:
        """Take a line."""
        self._faults.heard(now_s)
        try:
            told = read_text(self._pattern, text)
            mass_kg = self._mass_kg(told)
        except TextError as error:
            return list(self._faults.garbled(str(error)))
        self._faults.readable()
        settings = self._settings
        if told.state in settings.flags.over_range:
            mass_kg = None  # indicators fill the figure with nines
        if mass_kg is None or not -settings.least_kg <= mass_kg <= settings.highest_kg:
            detail = f"it sent {told.text!r}; it weighs 0 to {settings.highest_kg:g} kg: unload or tare it"
            return list(self._faults.begin(InstrumentFault.OVER_RANGE, detail, mass_kg))
        self._faults.end(InstrumentFault.OVER_RANGE)
        if mass_kg < settings.least_kg:
            return self._empty(now_s)
        return self._loaded(told, mass_kg, now_s)

    def tick(self, now_s: float) -> list[Outcome]:
        """Called now and then, also while nothing comes."""
        return list(self._faults.silence(now_s))

    def unreachable(self, detail: str) -> list[Outcome]:
        """Its port can't be opened or is gone."""
        return list(self._faults.begin(InstrumentFault.MISSING, detail))

    def _mass_kg(self, told: Told) -> float | None:
        flags = self._settings.flags
        if told.state not in (*flags.good, *flags.moving, *flags.over_range):
            raise TextError(
                f"it sent {told.text!r}; the flag {told.state!r} is not known: add it to its flags"
            )
        if told.value is None:
            if told.state in flags.over_range:
                return None
            raise TextError(f"it sent {told.text!r}, without a value")
        unit = spelt(told.unit or self._settings.unit)
        factor = MASS_KG.get(unit) or MASS_KG.get(unit.lower())
        if factor is None:
            raise TextError(f"it sent {told.text!r}; {told.unit!r} is no unit of mass: set it to kg")
        return told.value * factor

    def _empty(self, now_s: float) -> list[Outcome]:
        load, self._load = self._load, None
        self._faults.end(InstrumentFault.FROZEN)
        if load is None or load.booked or now_s - load.since_s < self._settings.touch_s:
            return []
        return list(
            self._faults.begin(
                InstrumentFault.UNSTABLE,
                f"a load of up to {load.highest_kg:g} kg was taken off before it stood still and is not "
                "booked: weigh it again or book it by hand",
                load.highest_kg,
            )
        )

    def _loaded(self, told: Told, mass_kg: float, now_s: float) -> list[Outcome]:
        load = self._load
        if load is None:
            load = self._load = _OnIt(
                since_s=now_s,
                booked=False,
                text=told.text,
                text_since_s=now_s,
                still_kg=mass_kg,
                still_since_s=now_s,
                highest_kg=mass_kg,
            )
        if told.text != load.text:
            load.text, load.text_since_s = told.text, now_s
            self._faults.end(InstrumentFault.FROZEN)
        if abs(mass_kg - load.still_kg) > self._settings.still_kg:
            load.still_kg, load.still_since_s = mass_kg, now_s
        load.highest_kg = max(load.highest_kg, mass_kg)
        if not load.booked and self._is_still(told, load, now_s):
            load.booked = True
            self._faults.end(InstrumentFault.UNSTABLE)
            return [Load(mass_kg=mass_kg, text=told.text)]
        return self._doubts(load, mass_kg, now_s)

    def _is_still(self, told: Told, load: _OnIt, now_s: float) -> bool:
        if told.state in self._settings.flags.moving:
            return False
        return told.state != "" or now_s - load.still_since_s >= self._settings.still_s

    def _doubts(self, load: _OnIt, mass_kg: float, now_s: float) -> list[Outcome]:
        settings = self._settings
        if not load.booked and now_s - load.since_s >= settings.unstable_after_s:
            detail = (
                f"a load of about {mass_kg:g} kg has not stood still for {settings.unstable_after_s:g} s "
                f"and is not booked: check that nothing touches the scale"
            )
            return list(self._faults.begin(InstrumentFault.UNSTABLE, detail, mass_kg))
        frozen_s = settings.frozen_after_s
        if load.booked and 0 < frozen_s <= now_s - load.text_since_s:
            detail = f"{load.text!r} for {frozen_s / 60:g} min without a change: unload it or restart it"
            return list(self._faults.begin(InstrumentFault.FROZEN, detail, mass_kg))
        return []
