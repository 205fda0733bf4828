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
from service.plant.outbox.messages import Message
from service.plant.store import defects, facts, grades, materials, outbox
from service.plant.store.database import Transaction
from service.plant.store.defects import DefectRecord
from service.plant.store.facts import Decided
from service.plant.store.intake import chunks
from service.plant.store.materials import Material
from service.plant.store.roll_hours import RollEnd, write_hours
from service.plant.views.ledger import Disposition
from service.plant.views.rolls import GradeView
from service.said.codes import Said
from service.said.sayings import Saying, say
from service.settings import AcceptanceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what a roll is graded: profile, limits of its contract, and what a person decided."""

    profile: Profile
    acceptance: AcceptanceSettings
    notes: tuple[Saying, ...] = ()
    downgrade: Disposition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regraded:
    """What a grading of stored rolls brought."""

    told: tuple[Message, ...] = ()  # one for each grade that is another than before
    ends: tuple[RollEnd, ...] = ()


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
        return self._rules(roll, facts.decided(tx, [roll.id]))

    def _rules(self, roll: Material, decided: Decided) -> Rules:
        order = decided.orders.get(roll.id)
        acceptance, contract = self.acceptance, ""
        if order is not None and order.first_limit is not None and order.second_limit is not None:
            acceptance = AcceptanceSettings(
                first_points_per_100_m2=order.first_limit, second_points_per_100_m2=order.second_limit
            )
            contract = order.order_id
        told = [
            found
            for found in decided.dispositions.get(roll.id, ())
            if found.action is DispositionAction.DOWNGRADE
        ]
        profile, changed = self._profile(decided, roll, order.profile_id if order else "")
        notes = [say(Said.ORDER_LIMITS, order=contract)] if contract else []
        if profile.linear is not None and roll.width_mm > 0:
            acceptance = limits_per_area(profile.linear, roll.width_mm)
            per_area = say(Said.ORDER_LIMITS_PER_AREA, order=contract, profile=profile.id)
            notes = [per_area] if contract else []
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
        lines = (*view.said, *rules.notes)
        told = rules.downgrade
        if told is None or told.grade is None:
            return grades.with_workings(view, lines)
        worse = told.grade if _rank(told.grade) > _rank(view.grade) else view.grade
        decided = say(Said.DOWNGRADED_BY, grade=told.grade, user=told.entered_by, why=told.why)
        return replace(grades.with_workings(view, (*lines, decided)), grade=worse)

    def keep(self, tx: Transaction, roll_ids: Iterable[str], now: datetime, reason: str) -> int:
        """Grade those of the rolls that have ended; returns how many got another grade than before."""
        changed = 0
        for part in chunks(sorted(set(roll_ids))):
            regraded = self.regrade(tx, part, now, reason)
            outbox.add(tx, regraded.told, now)
            write_hours(tx, (), regraded.ends)
            changed += len(regraded.told)
        return changed

    def regrade(self, tx: Transaction, roll_ids: Sequence[str], now: datetime, reason: str) -> Regraded:
        """Grade those of the rolls that have ended; the caller tells the mill and counts their hours anew."""
        rolls = materials.ended_of(tx, roll_ids) if roll_ids else ()
        if not rolls:
            return Regraded()
        ids = [roll.id for roll in rolls]
        decided, found = facts.decided(tx, ids), defects.defects_of_rolls(tx, ids)
        given = []
        for roll in rolls:
            rules = self._rules(roll, decided)
            grading = self.grade(roll, found[roll.id], rules)
            given.append(
                grades.Given(
                    tenant=roll.tenant,
                    roll_id=roll.id,
                    view=self.view(grading, rules, now, reason),
                    defects=len(grading.sheet.by_defect),
                    demo=roll.demo,
                )
            )
        ends = tuple(
            RollEnd(line=roll.tenant.line, utc=roll.ended_utc, demo=roll.demo)
            for roll in rolls
            if roll.ended_utc
        )
        return Regraded(told=tuple(grades.record(tx, given, now)), ends=ends)

    def _profile(self, decided: Decided, roll: Material, ordered: str) -> tuple[Profile, list[Saying]]:
        if self.shelf is None:
            return self.profile, []
        if ordered:
            return self.shelf.get(ordered).profile, []
        at_end = decided.activation_at(roll.ended_utc)
        if at_end is None:
            return self.profile, []
        shelved = self.shelf.get(at_end[0], at_end[1])
        if shelved.sha256 != at_end[2]:
            raise PlantError(
                "bad_profile",
                f"{shelved.file} was changed after it came into force; put it back",
            )
        at_start = decided.activation_at(roll.started_utc) if roll.started_utc else at_end
        return shelved.profile, [] if at_start == at_end else [say(Said.PROFILE_CHANGED)]


def _doubts(roll: Material) -> list[Saying]:
    if roll.expired_mm <= 0:
        return []
    return [say(Said.INSPECTED_EXPIRED, length_m=roll.expired_mm / 1000)]


def _rank(grade: str | None) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)
