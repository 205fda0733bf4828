"""Figures by supplier: rolls and lots of a window, each weighted by the supplier's share in it.

A roll leads through its run and laydown back to bales, lots and their suppliers, a lot that a line ran by its
id or name; a supplier's share in a mixture weights what was found. Material without a known supplier is a row
of its own: shares add up to all.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from service.plant.errors import PlantError
from service.plant.ledger.genealogy import lot_shares
from service.plant.shifts import check_window
from service.plant.store import supplier_rows
from service.plant.store.database import Database, Transaction
from service.plant.store.supplier_rows import LotFact, RollFact
from service.plant.views.kpis import KpiSource, Window
from service.plant.views.suppliers import SupplierDetail, SupplierFigure, SupplierRow, SupplierScore

UNKNOWN = ""
MOST_ROWS = 500
MOSTLY = 0.8  # of a roll's material: own choice, it is then judged as this supplier's
KG_PER_T = 1000.0
Fact = TypeVar("Fact", RollFact, LotFact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """The facts of a window and whose material they are: roll or lot → supplier → share, 1 in all."""

    rolls: Sequence[RollFact]
    lots: Sequence[LotFact]
    of_roll: Mapping[str, Mapping[str, float]]
    of_lot: Mapping[str, Mapping[str, float]]

    def names(self) -> set[str]:
        """Every supplier with a part in the window."""
        return {name for of in (self.of_roll, self.of_lot) for shares in of.values() for name in shares}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppliers:
    """Looks suppliers' figures up."""

    database: Database

    def scores(self, window: Window, line: str | None = None) -> tuple[SupplierScore, ...]:
        """Every supplier with a part in a window, by name. PlantError: bad_window."""
        check_window(window)
        with self.database.read() as tx:
            origins = _origins(tx, window, line)
        return tuple(score(name, window, origins) for name in sorted(origins.names()))

    def detail(self, supplier: str, window: Window, line: str | None = None) -> SupplierDetail:
        """One supplier with its rolls and lots. PlantError: bad_window, unknown_supplier."""
        check_window(window)
        with self.database.read() as tx:
            origins = _origins(tx, window, line)
        if supplier not in origins.names():
            raise PlantError(
                "unknown_supplier",
                f"nothing of supplier {supplier[:80]!r} ran in this window; take a longer one, or look its "
                f"name up in the list",
            )
        every = _rows(supplier, origins)
        return SupplierDetail(
            score=score(supplier, window, origins),
            rows=tuple(every[:MOST_ROWS]),
            left_off=max(0, len(every) - MOST_ROWS),
        )


def mostly_of(tx: Transaction, roll_ids: Sequence[str]) -> dict[str, str]:
    """The supplier that nearly all of a roll's material came from; rolls of mixtures are left out."""
    shares = lot_shares(tx, list(roll_ids))
    known = supplier_rows.suppliers_of(tx, [lot for mixed in shares.values() for lot in mixed])
    found: dict[str, str] = {}
    for roll_id, mixed in shares.items():
        for name, share in _by_supplier(mixed, known).items():
            if name != UNKNOWN and share >= MOSTLY:
                found[roll_id] = name
    return found


def score(supplier: str, window: Window, origins: Origins) -> SupplierScore:
    """The figures of one supplier. Pure."""
    rolls = _part(origins.rolls, [origins.of_roll[fact.roll_id].get(supplier) for fact in origins.rolls])
    lots = _part(origins.lots, [origins.of_lot[fact.lot_id].get(supplier) for fact in origins.lots])
    return SupplierScore(
        supplier=supplier,
        window=window,
        figures=(*_of_rolls(rolls, _known_area(origins)), *_of_lots(lots, _known_mass(origins))),
        rolls=len(rolls),
        lots=len(lots),
        demo=any(fact.demo for fact, _ in rolls) or any(fact.demo for fact, _ in lots),
    )


def _part(facts: Sequence[Fact], shares: Sequence[float | None]) -> list[tuple[Fact, float]]:
    return [(fact, share) for fact, share in zip(facts, shares, strict=True) if share]


def _origins(tx: Transaction, window: Window, line: str | None) -> Origins:
    rolls = supplier_rows.rolls(tx, window, line)
    lots = supplier_rows.lots(tx, window, line)
    units = supplier_rows.units_called(tx, [text for fact in lots for text in (fact.lot_id, fact.name)])
    unit_of = {fact.lot_id: units.get(fact.lot_id) or units.get(fact.name, fact.lot_id) for fact in lots}
    shares = lot_shares(tx, [*(fact.roll_id for fact in rolls), *unit_of.values()])
    known = supplier_rows.suppliers_of(tx, [lot for mixed in shares.values() for lot in mixed])
    told = {fact.lot_id: {fact.supplier or UNKNOWN: 1.0} for fact in lots}  # by the line's settings
    return Origins(
        rolls=rolls,
        lots=lots,
        of_roll={fact.roll_id: _by_supplier(shares[fact.roll_id], known) for fact in rolls},
        of_lot={
            fact.lot_id: _by_supplier(mixed, known)
            if (mixed := shares[unit_of[fact.lot_id]])
            else told[fact.lot_id]
            for fact in lots
        },
    )


def _by_supplier(mixed: Mapping[str, float], known: Mapping[str, str]) -> dict[str, float]:
    """Shares of lots as shares of suppliers; what is missing to a whole is of an unknown one."""
    found: dict[str, float] = defaultdict(float)
    for lot, share in mixed.items():
        found[known.get(lot, UNKNOWN)] += share
    rest = 1.0 - sum(mixed.values())
    if rest > 1e-9:
        found[UNKNOWN] += rest
    return dict(found)


def _known_area(origins: Origins) -> float | None:
    """Share of the graded area whose supplier is known."""
    whole = sum(fact.area_m2 for fact in origins.rolls)
    unknown = sum(fact.area_m2 * origins.of_roll[fact.roll_id].get(UNKNOWN, 0.0) for fact in origins.rolls)
    return 1.0 - unknown / whole if whole > 0 else None


def _known_mass(origins: Origins) -> float | None:
    """Share of the fed mass that was inspected and whose supplier is known."""
    whole = sum(fact.fed_kg for fact in origins.lots)
    known = sum(
        fact.inspected_kg * (1.0 - origins.of_lot[fact.lot_id].get(UNKNOWN, 0.0)) for fact in origins.lots
    )
    return known / whole if whole > 0 else None


def _of_rolls(rolls: Sequence[tuple[RollFact, float]], known: float | None) -> tuple[SupplierFigure, ...]:
    def total(name: str) -> float:
        return float(sum(getattr(fact, name) * share for fact, share in rolls))

    needed = "graded rolls that lead back to this supplier by run, laydown, bale and lot"
    level = SupplierFigure(
        slug="defect_level",
        basis="area",
        value=None,
        unit="%",
        numerator=total("second_m2"),
        numerator_unit="m2",
        denominator=total("area_m2"),
        denominator_unit="m2",
        completeness=known,
        source=KpiSource.MEASURED,
        formula="100 x share x area of second-grade rolls / share x area of graded rolls",
        missing=f"Needed: {needed}",
    )
    points = replace(
        level,
        slug="points",
        unit="1/100 m2",
        numerator=total("points"),
        numerator_unit="points",
        denominator=total("inspected_m2"),
        formula="100 x share x points / share x inspected area",
    )
    claims = replace(
        level,
        slug="claims",
        basis="rolls",
        unit="1/100 rolls",
        numerator=total("claims"),
        numerator_unit="claims",
        denominator=sum(share for _, share in rolls),
        denominator_unit="rolls",
        formula="100 x share x complaints about rolls of the window / share x rolls",
    )
    return tuple(_divided(figure, 100.0) for figure in (level, points, claims))


def _of_lots(lots: Sequence[tuple[LotFact, float]], known: float | None) -> tuple[SupplierFigure, ...]:
    def total(name: str) -> float:
        return float(sum(getattr(fact, name) * share for fact, share in lots))

    foreign = SupplierFigure(
        slug="foreign_matter",
        basis="mass",
        value=None,
        unit="1/t",
        numerator=total("found"),
        numerator_unit="findings",
        denominator=total("inspected_kg") / KG_PER_T,
        denominator_unit="t",
        completeness=known,
        source=KpiSource.MEASURED,
        formula="foreign matter found / inspected mass",
        missing="Needed: lots of this supplier on a fibre line, with the belt's feed set",
    )
    loss = replace(
        foreign,
        slug="material_loss",
        unit="%",
        numerator=total("ejected_kg"),
        numerator_unit="kg",
        denominator=total("fed_kg"),
        denominator_unit="kg",
        source=KpiSource.ESTIMATED,
        formula="100 x ejected mass / fed mass, both from the belt's set feed",
    )
    trash = replace(
        foreign,
        slug="trash",
        unit="%",
        numerator=total("trash_pct_m2"),
        numerator_unit="% x m2",
        denominator=total("trash_m2"),
        denominator_unit="m2",
        formula="trash area %, mean over inspected area",
    )
    return _divided(foreign, 1.0), _divided(loss, 100.0), _divided(trash, 1.0)


def _divided(figure: SupplierFigure, factor: float) -> SupplierFigure:
    if figure.denominator <= 0:
        return figure
    return replace(figure, value=factor * figure.numerator / figure.denominator, missing="")


def _rows(supplier: str, origins: Origins) -> list[SupplierRow]:
    rows = [
        SupplierRow(
            kind="roll",
            id=fact.roll_id,
            name=fact.name,
            line=fact.line,
            utc=fact.utc,
            share=share,
            quantity=fact.area_m2,
            unit="m2",
            bad=fact.second_m2,
            claims=fact.claims,
            demo=fact.demo,
        )
        for fact in origins.rolls
        if (share := origins.of_roll[fact.roll_id].get(supplier))
    ]
    rows += [
        SupplierRow(
            kind="lot",
            id=fact.lot_id,
            name=fact.name,
            line=fact.line,
            utc=fact.utc,
            share=share,
            quantity=fact.fed_kg,
            unit="kg",
            bad=fact.ejected_kg,
            claims=0,
            demo=fact.demo,
        )
        for fact in origins.lots
        if (share := origins.of_lot[fact.lot_id].get(supplier))
    ]
    return sorted(rows, key=lambda row: (row.utc, row.id), reverse=True)
