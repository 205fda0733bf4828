"""Fabric read back along genealogy: rolls with the lots they are of, and what that says of running lots."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.ledger.genealogy import lot_shares
from service.plant.loop.blame import Roll, prior_of
from service.plant.store import facts, loop_evidence
from service.plant.store.database import Transaction
from service.plant.store.fabric_rows import fabric_rolls
from service.plant.views.loop import Blame

OVER = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondShare:
    """Graded and second-grade area that is of a lot, by share of mass."""

    graded_m2: float
    second_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """What fabric says."""

    rolls: tuple[Roll, ...]
    names: Mapping[str, str]  # lot → name
    suppliers: Mapping[str, str]  # lot → supplier
    second: Mapping[str, SecondShare]  # lot → what became of it
    blames: tuple[Blame, ...] = ()

    def ledger_lot(self, lot_id: str, name: str) -> str:
        """The ledger's id of a line's lot: lines name it by the ledger's id, or by its name."""
        if lot_id in self.names:
            return lot_id
        return next((lot for lot, known in self.names.items() if known == name), lot_id)

    @property
    def priors(self) -> "Priors":
        """For lots as lines name them."""
        return Priors(fabric=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """How contaminated fabric says that a line's lot is."""

    fabric: Fabric

    def of(self, tx: Transaction, lot_ids: list[str]) -> dict[str, tuple[float, str]]:
        """Factor and source of each lot; a line's lot has the ledger's id or name."""
        told = loop_evidence.lots(tx, [lot_id for lot_id in lot_ids if lot_id])
        priors = {}
        for lot_id, (name, _, supplier) in told.items():
            lot = self.fabric.ledger_lot(lot_id, name)
            known = self.fabric.suppliers.get(lot) or supplier
            priors[lot_id] = prior_of(self.fabric.blames, lot, known)
        return priors


def read_fabric(tx: Transaction, now: datetime) -> Fabric:
    """Rolls of the last two months with the lots that they are of."""
    found = fabric_rolls(tx, now - OVER)
    shares = lot_shares(tx, [roll.roll_id for roll in found])
    lots = sorted({lot for of_roll in shares.values() for lot in of_roll})
    units = {lot: unit for lot in lots if (unit := facts.unit(tx, lot)) is not None}
    second: dict[str, SecondShare] = {}
    for roll in found:
        for lot, share in shares[roll.roll_id].items():
            before = second.get(lot, SecondShare(graded_m2=0.0, second_m2=0.0))
            second[lot] = SecondShare(
                graded_m2=before.graded_m2 + share * roll.graded_m2,
                second_m2=before.second_m2 + share * roll.second_m2,
            )
    return Fabric(
        rolls=tuple(
            Roll(
                shares=shares[roll.roll_id],
                area_m2=roll.inspected_m2,
                findings=roll.foreign,
                demo=roll.demo,
            )
            for roll in found
        ),
        names={lot: unit.name for lot, unit in units.items()},
        suppliers={lot: unit.supplier for lot, unit in units.items()},
        second=second,
    )
