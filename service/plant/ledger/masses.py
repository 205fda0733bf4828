"""The kilograms of a lot, estimated from the belt's configured feed: fed = passed + ejected. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MassAccount:
    """Where a lot's mass went."""

    fed_kg: float
    ejected_kg: float
    good_fibre_kg: float  # of the ejected mass, carried over with the contaminants
    not_inspected_kg: float  # of the fed mass

    @property
    def passed_kg(self) -> float:
        """What went on to the next machine."""
        return self.fed_kg - self.ejected_kg


def account_mass(
    *, inspected_kg: float, not_inspected_kg: float, ejected_kg: float, good_fibre_kg: float
) -> MassAccount:
    """Book a lot's mass; the ejected mass is part of what was fed."""
    return MassAccount(
        fed_kg=inspected_kg + not_inspected_kg,
        ejected_kg=ejected_kg,
        good_fibre_kg=good_fibre_kg,
        not_inspected_kg=not_inspected_kg,
    )
