"""Units of scales and sensors: factors to kilograms and to the ledger's unit of each reading. Pure."""

from service.event_terms import MeasuredKind

LB_KG = 0.45359237  # exact by definition (international yard and pound, 1959)
MASS_KG: dict[str, float] = {"kg": 1.0, "g": 0.001, "t": 1_000.0, "lb": LB_KG}
SPELLINGS = {  # as scales and spreadsheets of the field write them
    **{"кг": "kg", "г": "g", "т": "t", "м": "m", "см": "cm", "м2": "m2", "м²": "m2", "m²": "m2"},
    **{"lbs": "lb", "yd²": "yd2", "tonne": "t", "kgs": "kg", "meter": "m", "metre": "m"},
}
READING_UNITS: dict[MeasuredKind, dict[str, tuple[float, float]]] = {  # unit → factor, offset; own unit first
    MeasuredKind.ENERGY: {"kWh": (1.0, 0.0), "MWh": (1_000.0, 0.0), "Wh": (0.001, 0.0), "MJ": (1 / 3.6, 0.0)},
    MeasuredKind.POWER: {"kW": (1.0, 0.0), "W": (0.001, 0.0), "MW": (1_000.0, 0.0)},
    MeasuredKind.MOISTURE: {"%": (1.0, 0.0)},
    MeasuredKind.TEMPERATURE: {"°C": (1.0, 0.0), "K": (1.0, -273.15), "°F": (5 / 9, -160 / 9)},
    MeasuredKind.HUMIDITY: {"%": (1.0, 0.0)},
    MeasuredKind.MASS: {unit: (factor, 0.0) for unit, factor in MASS_KG.items()},
}


def spelt(unit: str) -> str:
    """A unit's own spelling, for those that the field writes in several ways; others as they came."""
    plain = unit.strip()
    return SPELLINGS.get(plain.lower(), plain)
