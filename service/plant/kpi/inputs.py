"""What figures need beyond what lines count: time, energy, labour, masses, records, prices.

The store fills these records from what the plant holds. None means that nobody measures it: the figure then
says so. What a ledger knows (masses by scales, planned time, labour, energy, scrap, rework) goes in as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.plant.kpi.economics import Economics
from service.plant.views.kpis import KpiSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A quantity and how far it may be trusted."""

    value: float
    source: KpiSource = KpiSource.MEASURED
    completeness: float | None = None  # 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class MassBalance:
    """Kilograms in and out; what is left over is unaccounted, whatever its sign."""

    input_kg: float
    good_kg: float
    by_product_kg: float  # saleable
    ejected_kg: float
    waste_kg: float
    source: KpiSource

    @property
    def unaccounted_kg(self) -> float:
        """Input that nothing explains; negative: more came out than went in."""
        return self.input_kg - self.good_kg - self.by_product_kg - self.ejected_kg - self.waste_kg

    @property
    def lost_kg(self) -> float:
        """Ejected, waste and unaccounted: with the useful output it makes the input."""
        return self.ejected_kg + self.waste_kg + self.unaccounted_kg

    @property
    def useful_kg(self) -> float:
        """Good output and saleable by-product."""
        return self.good_kg + self.by_product_kg


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """What was made of one article: m2 of cloth by grade, or kg of fibre."""

    article: str
    quantity: float  # graded area; input mass
    good: float  # A and B; good output
    second: float = 0.0  # sold as second grade
    best: float = 0.0  # grade A


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One kind of line: fabric (m2) or fibre (kg)."""

    run_h: Amount | None = None  # APT, actual production time
    planned_h: Amount | None = None  # PBT, planned busy time
    labour_h: Amount | None = None
    energy_kwh: Amount | None = None
    scrap: Amount | None = None  # m2 or kg that is not sold
    rework: Amount | None = None
    produced: tuple[Produced, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Unplanned stops of the lines asked for."""

    count: int
    minutes_by_reason: Mapping[str, float]  # of planned busy time; the empty reason: nobody gave one
    planned_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long something took, over several cases."""

    cases: int  # that were timed
    of: int  # that there were
    minutes: float  # their sum, or their median: the definition says which


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What is known of inspection records and decisions."""

    rolls: int = 0  # ended
    complete: int = 0  # their record has everything
    graded: int = 0
    first_pass: int = 0  # their first grade was A
    release: Timing = field(default_factory=lambda: Timing(cases=0, of=0, minutes=0.0))  # sum
    alarms: Timing = field(default_factory=lambda: Timing(cases=0, of=0, minutes=0.0))  # median
    releases: Timing = field(default_factory=lambda: Timing(cases=0, of=0, minutes=0.0))  # median
    reviews: Timing = field(default_factory=lambda: Timing(cases=0, of=0, minutes=0.0))  # median


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Money a year that a lower loss and defect level save against the baseline."""

    per_year: float
    priced: float  # 0..1: share of the two effects that had prices and a baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All of it, for one window."""

    fabric: Side = field(default_factory=Side)
    fibre: Side = field(default_factory=Side)
    mass: MassBalance | None = None
    records: Records = field(default_factory=Records)
    economics: Economics | None = None
    saving: Saving | None = None
    stops: Stops | None = None
