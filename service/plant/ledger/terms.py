"""The closed sets that the ledger speaks in. Codes are stable: they are stored."""

from enum import StrEnum


class Step(StrEnum):
    """What a unit of material is; each is made of the one before: lot → bale → … → piece."""

    LOT = "lot"  # as a supplier delivered it
    BALE = "bale"
    LAYDOWN = "laydown"  # bales opened together for one run
    RUN = "run"  # one pass over a line
    ROLL = "roll"
    PIECE = "piece"


class Basis(StrEnum):
    """What a quantity counts. Two bases never meet in one balance."""

    MASS = "mass"  # kg
    AREA = "area"  # m2
    LENGTH = "length"  # m

    @property
    def unit(self) -> str:
        """The unit in which the ledger books this basis."""
        return {Basis.MASS: "kg", Basis.AREA: "m2", Basis.LENGTH: "m"}[self]


class Origin(StrEnum):
    """How a figure came in."""

    SCALE = "scale"
    TYPED = "typed"
    CSV = "csv"
    REST = "rest"
    EVENT = "event"  # a line's event: an estimate from the belt's feed, unless a scale stands at the line

    @property
    def is_estimate(self) -> bool:
        """Whether nobody measured it."""
        return self is Origin.EVENT


class BalanceStatus(StrEnum):
    """What a balance says."""

    CLOSED = "closed"  # accounted for within its limit
    UNACCOUNTED = "unaccounted"  # beyond the limit: an alarm
    NOT_MEASURED = "not_measured"  # input or good output has no independent figure


class DispositionAction(StrEnum):
    """What a person decides about a roll."""

    HOLD = "hold"
    RELEASE = "release"
    DOWNGRADE = "downgrade"
