"""Grades a stored roll and keeps the grade; earlier grades stay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.plant.errors import PlantError
from service.plant.grading.flaws import flaw_of
from service.plant.grading.grade import GRADES, Grading, grade_roll, limits_per_area
from service.plant.grading.profile import Profile
from service.plant.grading.shelf import Shelf
from service.plant.ledger.lengths import account
from service.plant.ledger.terms import DispositionAction
from service.plant.store import defects, facts, grades, materials
from service.plant.store.database import Transaction
from service.plant.store.defects import DefectRecord
from service.plant.store.materials import Material
from service.plant.store.roll_hours import count_rolls
from service.plant.views.ledger import Disposition
from service.plant.views.rolls import GradeView
from service.settings import AcceptanceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what a roll is graded: profile, limits of its contract, and what a person decided."""

    profile: Profile
    acceptance: AcceptanceSettings
    notes: tuple[str, ...] = ()
    downgrade: Disposition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """The rules that are in force in this plant."""

    profile: Profile
    acceptance: AcceptanceSettings
    shelf: Shelf | None = None  # None: `profile` is the only one

    def rules(self, tx: Transaction, roll: Material) -> Rules:
        """What holds for a roll: its order's profile and limits, else the profile in force when it ended.

        Raises:
            PlantError: unknown_profile, bad_profile: a file of a profile in force is gone or was changed.
        """
        order = facts.order_of_roll(tx, roll.id)
        acceptance, notes = self.acceptance, []
        if order is not None and order.first_limit is not None and order.second_limit is not None:
            acceptance = AcceptanceSettings(
                first_points_per_100_m2=order.first_limit, second_points_per_100_m2=order.second_limit
            )
            notes.append(f"limits of order {order.order_id}")
        told = [
            found for found in facts.dispositions(tx, roll.id) if found.action is DispositionAction.DOWNGRADE
        ]
        profile, changed = self._profile(tx, roll, order.profile_id if order else "")
        if profile.linear is not None and roll.width_mm > 0:
            acceptance = limits_per_area(profile.linear, roll.width_mm)
            notes = [f"{note} are per area: those of {profile.id} hold" for note in notes]
        return Rules(
            profile=profile,
            acceptance=acceptance,
            notes=(*notes, *changed, *_doubts(roll)),
            downgrade=max(told, key=lambda one: GRADES.index(one.grade or GRADES[0]), default=None),
        )

    def grade(self, roll: Material, found: Sequence[DefectRecord], rules: Rules) -> Grading:
        """Grade a roll as it stands."""
        return grade_roll(
            [flaw_of(record, roll.start_mm) for record in found],
            account(roll.start_mm, roll.end_mm, roll.inspected, roll.missed),
            roll.width_mm,
            ended=roll.ended_utc is not None,
            profile=rules.profile,
            acceptance=rules.acceptance,
        )

    def view(self, grading: Grading, rules: Rules, now: datetime, reason: str) -> GradeView:
        """A grading as it is shown and kept: a person's downgrade stands below what was worked out."""
        view = grades.view_of(grading, rules.profile, rules.acceptance, now, reason)
        lines = (*view.workings, *rules.notes)
        told = rules.downgrade
        if told is None or told.grade is None:
            return replace(view, workings=lines)
        worse = told.grade if _rank(told.grade) > _rank(view.grade) else view.grade
        decided = f"downgraded to {told.grade} by {told.entered_by}: {told.why}"
        return replace(view, grade=worse, workings=(*lines, decided))

    def keep(self, tx: Transaction, roll_ids: Iterable[str], now: datetime, reason: str) -> int:
        """Grade those of the rolls that have ended; returns how many got another grade than before."""
        changed = 0
        ended: list[tuple[str, datetime, bool]] = []
        for roll_id in sorted(roll_ids):
            roll = materials.roll(tx, roll_id)
            if roll is None or roll.ended_utc is None:
                continue
            rules = self.rules(tx, roll)
            grading = self.grade(roll, defects.defects_of_roll(tx, roll_id), rules)
            view = self.view(grading, rules, now, reason)
            counted = len(grading.sheet.by_defect)
            changed += grades.record(tx, roll.tenant, roll_id, view, defects=counted, demo=roll.demo)
            ended.append((roll.tenant.line, roll.ended_utc, roll.demo))
        count_rolls(tx, ended)
        return changed

    def _profile(self, tx: Transaction, roll: Material, ordered: str) -> tuple[Profile, list[str]]:
        if self.shelf is None:
            return self.profile, []
        if ordered:
            return self.shelf.get(ordered).profile, []
        at_end = facts.activation_at(tx, roll.ended_utc) if roll.ended_utc else facts.newest_activation(tx)
        if at_end is None:
            return self.profile, []
        shelved = self.shelf.get(at_end[0], at_end[1])
        if shelved.sha256 != at_end[2]:
            raise PlantError(
                "bad_profile",
                f"{shelved.file} was changed after it came into force; put it back",
            )
        at_start = facts.activation_at(tx, roll.started_utc) if roll.started_utc else at_end
        notes = [] if at_start == at_end else ["the profile changed while the roll ran: that at its end"]
        return shelved.profile, notes


def _doubts(roll: Material) -> list[str]:
    if roll.expired_mm <= 0:
        return []
    return [
        f"{roll.expired_mm / 1000:.3f} m were inspected after a part of the camera's calibration had run out"
    ]


def _rank(grade: str | None) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)
