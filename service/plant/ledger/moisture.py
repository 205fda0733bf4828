"""Mass at standard regain: wet fibre weighs more, and water is neither lost nor gained fibre. Pure.

Regain is water by dry mass, in percent. The standard regain of a contract is the plant's setting: ASTM D1909
tabulates commercial regains; its figure for cotton was not read, so none is built in.
"""

from service.plant.errors import PlantError

MOST_REGAIN_PCT = 40.0  # wetter fibre is no longer weighed as cotton


def at_standard_regain(mass_kg: float, regain_pct: float, standard_pct: float) -> float:
    """Return the mass that the same dry fibre has at standard regain.

    Raises:
        PlantError: bad_moisture: a regain that cotton can't have.
    """
    for name, value in (("regain", regain_pct), ("standard regain", standard_pct)):
        if not 0 <= value <= MOST_REGAIN_PCT:
            raise PlantError(
                "bad_moisture",
                f"{name} {value:g} %: must be from 0 to {MOST_REGAIN_PCT:g} % of the dry mass; measure again",
            )
    return mass_kg * (100 + standard_pct) / (100 + regain_pct)
