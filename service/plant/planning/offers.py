"""Lots as the plant measured them: what ran over its fibre lines, and what fabric made of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service.plant.loop.fabric import Fabric, SecondShare
from service.plant.planning.colour import LotColour, colour_of
from service.plant.planning.scorecards import LotMeasured, per_tonne
from service.plant.store import lineage, materials
from service.plant.store.database import Transaction
from service.plant.store.lint_rows import lint_colours
from service.plant.store.lot_sums import lot_sums
from service.plant.views.plan import LotOffer

OVER = timedelta(days=60)
MOST_LOTS = 200
LEAST_GRADED_M2 = 200.0  # of fabric, before its share of second grade says something
Expected = tuple[float | None, str]  # share of second grade, and whose fabric says so


def measured_lots(tx: Transaction, fabric: Fabric, now: datetime) -> tuple[LotMeasured, ...]:
    """The newest lots that ran through a line within two months."""
    _, ids = materials.lot_page(tx, 0, MOST_LOTS, None)
    found = []
    for lot_id in ids:
        lot = materials.lot(tx, lot_id)
        if lot is None or lot.ended_utc is None or lot.ended_utc < now - OVER:
            continue
        sums = lot_sums(tx, lot_id)
        fed = sums.inspected_kg + sums.not_inspected_kg
        if fed <= 0:
            continue
        share = fabric.second.get(fabric.ledger_lot(lot_id, lot.name))
        found.append(
            LotMeasured(
                lot_id=lot_id, name=lot.name, supplier=lot.supplier or "", inspected_kg=sums.inspected_kg,
                fed_kg=fed, passed_kg=fed - sums.ejected_kg, trash_area_pct=sums.trash_area_pct,
                contaminants=sums.contaminants, ejected_kg=sums.ejected_kg,
                good_fibre_kg=sums.good_fibre_kg, second_share=_share([share] if share else []),
                demo=lot.demo,
            )
        )  # fmt: skip
    return tuple(found)


def offers(
    tx: Transaction, lots: Sequence[LotMeasured], fabric: Fabric, colours: dict[str, LotColour]
) -> tuple[LotOffer, ...]:
    """Lots that nothing was made of yet, with what their own or their supplier's fabric lets expect.

    `colours` are those of ended lots that were asked for before; new ones are added.
    """
    made = []
    for lot in lots:
        unit = fabric.ledger_lot(lot.lot_id, lot.name)
        if lineage.children_of(tx, sorted({lot.lot_id, unit})):
            continue
        rate = per_tonne(lot.contaminants, lot.inspected_kg)
        share, source = expected_second(fabric, unit, lot.supplier)
        if lot.lot_id not in colours:
            colours[lot.lot_id] = _colour(tx, lot.lot_id)
        colour = colours[lot.lot_id]
        made.append(
            LotOffer(
                lot_id=lot.lot_id, name=lot.name, supplier=lot.supplier, available_kg=lot.passed_kg,
                trash_area_pct=lot.trash_area_pct, contaminants_per_t=rate[0] if rate else None,
                rd=colour.rd, plus_b=colour.plus_b, colour_refused=colour.refused,
                second_share=share, second_source=source, demo=lot.demo,
            )
        )  # fmt: skip
    return tuple(made)


def _colour(tx: Transaction, lot_id: str) -> LotColour:
    lot = materials.lot(tx, lot_id)
    return colour_of(() if lot is None else lint_colours(tx, lot))


def expected_second(fabric: Fabric, unit: str, supplier: str) -> Expected:
    """The share of second grade of the lot's own fabric, else of its supplier's, else of all."""
    of_supplier = [
        share for lot, share in fabric.second.items() if supplier and fabric.suppliers.get(lot) == supplier
    ]
    own = [fabric.second[unit]] if unit in fabric.second else []
    for source, shares in (("lot", own), ("supplier", of_supplier), ("plant", list(fabric.second.values()))):
        share = _share(shares)
        if share is not None:
            return share, source
    return None, ""


def _share(shares: Sequence[SecondShare]) -> float | None:
    graded = sum(share.graded_m2 for share in shares)
    return sum(share.second_m2 for share in shares) / graded if graded >= LEAST_GRADED_M2 else None
