"""Grades a stored roll and keeps the grade; earlier grades stay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.plant.grading.flaws import flaw_of
from service.plant.grading.grade import Grading, grade_roll
from service.plant.grading.profile import Profile
from service.plant.ledger.lengths import account
from service.plant.store import defects, grades, materials
from service.plant.store.database import Transaction
from service.plant.store.defects import DefectRecord
from service.plant.store.materials import Material
from service.plant.views.rolls import GradeView
from service.settings import AcceptanceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """The rules that are in force in this plant."""

    profile: Profile
    acceptance: AcceptanceSettings

    def grade(self, roll: Material, found: Sequence[DefectRecord]) -> Grading:
        """Grade a roll as it stands."""
        return grade_roll(
            [flaw_of(record, roll.start_mm) for record in found],
            account(roll.start_mm, roll.end_mm, roll.inspected, roll.missed),
            roll.width_mm,
            ended=roll.ended_utc is not None,
            profile=self.profile,
            acceptance=self.acceptance,
        )

    def view(self, grading: Grading, now: datetime, reason: str) -> GradeView:
        """A grading as it is shown and kept."""
        return grades.view_of(grading, self.profile, self.acceptance, now, reason)

    def keep(self, tx: Transaction, roll_ids: Iterable[str], now: datetime, reason: str) -> int:
        """Grade those of the rolls that have ended; returns how many got another grade than before."""
        changed = 0
        for roll_id in sorted(roll_ids):
            roll = materials.roll(tx, roll_id)
            if roll is None or roll.ended_utc is None:
                continue
            grading = self.grade(roll, defects.defects_of_roll(tx, roll_id))
            view = self.view(grading, now, reason)
            counted = len(grading.sheet.by_defect)
            changed += grades.record(tx, roll.tenant, roll_id, view, defects=counted, demo=roll.demo)
        return changed
