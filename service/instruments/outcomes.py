"""What an instrument gave."""

from dataclasses import dataclass

from service.event_terms import InstrumentFault, ReadingQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A scale's steady load."""

    mass_kg: float
    text: str  # as the scale sent it


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A sensor's value, and how far it may be trusted."""

    value: float | None
    unit: str
    quality: ReadingQuality
    detail: str  # why it is not good


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """From here on there is no good value."""

    fault: InstrumentFault
    value: float | None  # what it said, where it said anything
    detail: str


Outcome = Load | Value | Faulty
