"""Units of quantities: known ones are converted with a record of how, others are refused. Pure."""

import math

from service.event_terms import MeasuredKind
from service.plant.errors import PlantError
from service.plant.ledger.terms import Basis

# Exact by definition (international yard and pound, 1959): 1 lb = 0.45359237 kg, 1 yd = 0.9144 m.
LB_KG, YD_M = 0.45359237, 0.9144
FACTORS: dict[str, tuple[Basis, float]] = {
    "kg": (Basis.MASS, 1.0),
    "g": (Basis.MASS, 0.001),
    "t": (Basis.MASS, 1_000.0),
    "lb": (Basis.MASS, LB_KG),
    "bale_480lb": (Basis.MASS, 480 * LB_KG),  # the statistical bale
    "m2": (Basis.AREA, 1.0),
    "yd2": (Basis.AREA, YD_M**2),
    "m": (Basis.LENGTH, 1.0),
    "cm": (Basis.LENGTH, 0.01),
    "yd": (Basis.LENGTH, YD_M),
}
SPELLINGS = {  # as scales and spreadsheets of the field write them
    **{"кг": "kg", "г": "g", "т": "t", "м": "m", "см": "cm", "м2": "m2", "м²": "m2", "m²": "m2"},
    **{"lbs": "lb", "yd²": "yd2", "tonne": "t", "kgs": "kg", "meter": "m", "metre": "m"},
}
READING_UNITS: dict[MeasuredKind, dict[str, tuple[float, float]]] = {  # unit → factor, offset
    MeasuredKind.ENERGY: {"kWh": (1.0, 0.0), "MWh": (1_000.0, 0.0), "Wh": (0.001, 0.0), "MJ": (1 / 3.6, 0.0)},
    MeasuredKind.POWER: {"kW": (1.0, 0.0), "W": (0.001, 0.0), "MW": (1_000.0, 0.0)},
    MeasuredKind.MOISTURE: {"%": (1.0, 0.0)},
    MeasuredKind.TEMPERATURE: {"°C": (1.0, 0.0), "K": (1.0, -273.15), "°F": (5 / 9, -160 / 9)},
    MeasuredKind.HUMIDITY: {"%": (1.0, 0.0)},
}
LARGEST = 1e9  # kg, m2 or m in one entry; more is a typing mistake


def convert(value: float, unit: str) -> tuple[Basis, float, str]:
    """Return basis, quantity in the basis's unit, and how it was converted (empty: it was not).

    Raises:
        PlantError: bad_unit, bad_quantity.
    """
    if not math.isfinite(value) or not 0 <= value <= LARGEST:
        raise PlantError(
            "bad_quantity",
            f"quantity {value:g} {unit}: must be from 0 to {LARGEST:g}; correct it (a correction of an "
            f"entry is a new entry, not a negative one)",
        )
    name = _spelt(unit)
    if name not in FACTORS:
        raise PlantError("bad_unit", f"unit {unit!r} is not known; give one of {', '.join(sorted(FACTORS))}")
    basis, factor = FACTORS[name]
    if factor == 1.0:
        return basis, value, ""
    return basis, value * factor, f"{value:g} {name} x {factor:.8g} = {value * factor:.6g} {basis.unit}"


def convert_reading(measured: MeasuredKind, value: float, unit: str) -> tuple[float, str]:
    """Return value and unit of a sensor's reading in the ledger's unit: kWh, kW, % or °C.

    Raises:
        PlantError: bad_unit, bad_quantity.
    """
    known = READING_UNITS[measured]
    if unit not in known:
        raise PlantError(
            "bad_unit", f"{measured.value} in {unit!r} is not known; give one of {', '.join(known)}"
        )
    if not math.isfinite(value):
        raise PlantError("bad_quantity", f"{measured.value} {value}: must be a finite number")
    factor, offset = known[unit]
    return value * factor + offset, next(iter(known))


def _spelt(unit: str) -> str:
    plain = unit.strip()
    return SPELLINGS.get(plain.lower(), plain if plain in FACTORS else plain.lower())
