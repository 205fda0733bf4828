"""What a unit is made of and what was made of it; which share of a mixture came from which lot."""

from dataclasses import dataclass, field

from service.plant.errors import PlantError
from service.plant.ledger.checks import DEEPEST
from service.plant.store import facts, flows, lineage
from service.plant.store.database import Transaction
from service.plant.views.ledger import UnitRecord

MOST_UNITS = 10_000  # of one family; a lot has some hundred bales and some thousand pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A unit of the family, and how many generations it is away (below 0: it came before)."""

    unit: UnitRecord
    generations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A unit, what it is made of, and what was made of it."""

    unit: UnitRecord
    relatives: tuple[Relative, ...]
    lot_shares: dict[str, float]  # which lots are in it; they add up to 1, or to 0 where none is known
    parents: dict[str, tuple[str, ...]]  # of each unit, as far as they are of the family


def family(tx: Transaction, unit_id: str) -> Family:
    """Everything that a unit is related to.

    Raises:
        PlantError: unknown_unit.
    """
    own = facts.unit(tx, unit_id)
    if own is None:
        raise PlantError("unknown_unit", f"unit {unit_id} is not in the ledger; look it up by its lot")
    found = {unit_id: 0}
    for sign in (-1, 1):
        edge = {unit_id}
        for generation in range(1, DEEPEST):
            edge = _next(tx, edge, sign) - found.keys()
            if not edge or len(found) > MOST_UNITS:
                break
            found |= dict.fromkeys(edge, sign * generation)
    del found[unit_id]
    relatives = [
        Relative(unit=record, generations=distance)
        for other, distance in found.items()
        if (record := facts.unit(tx, other)) is not None
    ]
    relatives.sort(key=lambda relative: (relative.generations, relative.unit.name, relative.unit.unit_id))
    everyone = {unit_id, *(relative.unit.unit_id for relative in relatives)}
    parents = lineage.parents_of(tx, sorted(everyone))
    return Family(
        unit=own,
        relatives=tuple(relatives),
        lot_shares=lot_shares(tx, [unit_id])[unit_id],
        parents={child: tuple(sorted(made_of & everyone)) for child, made_of in parents.items()},
    )


def descendants(tx: Transaction, unit_id: str) -> set[str]:
    """A unit and all that was made of it."""
    found, edge = {unit_id}, {unit_id}
    for _ in range(DEEPEST):
        edge = lineage.children_of(tx, sorted(edge)) - found
        if not edge:
            break
        found |= edge
    return found


def lot_shares(tx: Transaction, unit_ids: list[str]) -> dict[str, dict[str, float]]:
    """Which share of each unit came from which lot.

    A mixture's shares follow the masses of its parents where all of them are known, else they are equal.
    """
    parents: dict[str, set[str]] = {}
    edge = set(unit_ids)
    for _ in range(DEEPEST):
        parents |= lineage.parents_of(tx, sorted(edge))
        edge = {parent for unit_id in edge for parent in parents[unit_id]} - parents.keys()
        if not edge:
            break
    every = sorted(parents)
    mixture = _Mixture(parents=parents, lots=facts.lots_among(tx, every), masses=flows.masses_of(tx, every))
    return {unit_id: mixture.shares(unit_id) for unit_id in unit_ids}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mixture:
    parents: dict[str, set[str]]
    lots: set[str]
    masses: dict[str, float]
    known: dict[str, dict[str, float]] = field(default_factory=dict)

    def shares(self, unit_id: str) -> dict[str, float]:
        if unit_id in self.known:
            return self.known[unit_id]
        self.known[unit_id] = {}  # a circle adds nothing
        if unit_id in self.lots:
            self.known[unit_id] = {unit_id: 1.0}
            return self.known[unit_id]
        parents = sorted(self.parents.get(unit_id, ()))
        by_mass = all(self.masses.get(parent, 0.0) > 0 for parent in parents)
        weights = {parent: self.masses[parent] if by_mass else 1.0 for parent in parents}
        whole = sum(weights.values())
        mixed: dict[str, float] = {}
        for parent in parents:
            for lot, share in self.shares(parent).items():
                mixed[lot] = mixed.get(lot, 0.0) + share * weights[parent] / whole
        self.known[unit_id] = mixed
        return mixed


def _next(tx: Transaction, unit_ids: set[str], sign: int) -> set[str]:
    if sign > 0:
        return lineage.children_of(tx, sorted(unit_ids))
    return {parent for known in lineage.parents_of(tx, sorted(unit_ids)).values() for parent in known}
