"""Lots of fibre as they are shown: masses that add up."""

from collections import Counter

from service.plant.appraisal.intervals import share_of
from service.plant.defects import alone
from service.plant.errors import PlantError
from service.plant.grading.grade import GRADES
from service.plant.grading.profile import Profile
from service.plant.ledger.genealogy import descendants
from service.plant.ledger.lengths import LengthAccount, account, shifted
from service.plant.ledger.masses import account_mass
from service.plant.store import defects, facts, lot_story, lot_sums, materials
from service.plant.store.database import Transaction
from service.plant.store.materials import Material
from service.plant.views.lots import GradeCount, LotDetail, LotView

NEWEST_DEFECTS = 500


def lot_view(tx: Transaction, lot_id: str) -> LotView:
    """A lot of a list."""
    lot = _known(tx, lot_id)
    return _view(tx, lot, _length(lot))


def lot_detail(tx: Transaction, lot_id: str, profile: Profile) -> LotDetail:
    """One lot.

    Raises:
        PlantError: unknown_lot.
    """
    lot = _known(tx, lot_id)
    length = _length(lot)
    return LotDetail(
        lot=_view(tx, lot, length),
        start_mm=lot.start_mm,
        defects=tuple(
            alone(record, profile) for record in defects.defects_of_lot(tx, lot_id, NEWEST_DEFECTS)
        ),
        uninspected=shifted(length.stretches, lot.start_mm),
        kinds=lot_story.found_by_kind(tx, lot_id),
        in_time=lot_story.found_in_time(tx, lot_id),
        shots=lot_story.shots_by_fate(tx, lot_id),
        grades=_grades(tx, lot_id),
    )


def _grades(tx: Transaction, lot_id: str) -> tuple[GradeCount, ...]:
    found = [facts.grade_in_force(tx, unit_id) for unit_id in descendants(tx, lot_id)]
    counts = Counter(grade for grade in found if grade is not None)
    graded = sum(counts.values())
    return tuple(GradeCount(grade=grade, rolls=share_of(counts[grade], graded)) for grade in GRADES if graded)


def _known(tx: Transaction, lot_id: str) -> Material:
    lot = materials.lot(tx, lot_id)
    if lot is None:
        raise PlantError("unknown_lot", f"lot {lot_id} is not known; open it from the list of lots")
    return lot


def _length(lot: Material) -> LengthAccount:
    return account(lot.start_mm, lot.end_mm, lot.inspected, lot.missed)


def _view(tx: Transaction, lot: Material, length: LengthAccount) -> LotView:
    sums = lot_sums.lot_sums(tx, lot.id)
    mass = account_mass(
        inspected_kg=sums.inspected_kg,
        not_inspected_kg=sums.not_inspected_kg,
        ejected_kg=sums.ejected_kg,
        good_fibre_kg=sums.good_fibre_kg,
    )
    return LotView(
        lot_id=lot.id,
        line=lot.tenant.line,
        name=lot.name,
        article=lot.article,
        supplier=lot.supplier,
        placeholder=lot.placeholder,
        started_utc=lot.started_utc,
        ended_utc=lot.ended_utc,
        fed_kg=mass.fed_kg,
        passed_kg=mass.passed_kg,
        ejected_kg=mass.ejected_kg,
        good_fibre_kg=mass.good_fibre_kg,
        not_inspected_kg=mass.not_inspected_kg,
        coverage=length.coverage if length.length_mm > 0 else None,
        contaminants=sums.contaminants,
        shots=sums.shots,
        refused=sums.refused,
        unanswered=sums.unanswered,
        trash_area_pct=sums.trash_area_pct,
        demo=lot.demo,
    )
