"""Units of quantities: known ones are converted with a record of how, others are refused. Pure."""

import math

from service.event_terms import MeasuredKind
from service.measuring_units import LB_KG, MASS_KG, READING_UNITS, spelt
from service.plant.errors import PlantError
from service.plant.ledger.terms import Basis

YD_M = 0.9144  # exact by definition (international yard and pound, 1959)
FACTORS: dict[str, tuple[Basis, float]] = {
    **{unit: (Basis.MASS, factor) for unit, factor in MASS_KG.items()},
    "bale_480lb": (Basis.MASS, 480 * LB_KG),  # the statistical bale
    "m2": (Basis.AREA, 1.0),
    "yd2": (Basis.AREA, YD_M**2),
    "m": (Basis.LENGTH, 1.0),
    "cm": (Basis.LENGTH, 0.01),
    "yd": (Basis.LENGTH, YD_M),
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
    """Return value and unit of a sensor's reading in the ledger's unit: kWh, kW, %, °C or kg.

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
    plain = spelt(unit)
    return plain if plain in FACTORS else plain.lower()
