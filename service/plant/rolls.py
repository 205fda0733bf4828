"""Rolls as they are shown: a list with grades, and one roll opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.plant.defects import on_a_roll
from service.plant.errors import PlantError
from service.plant.grading.regrade import Grader
from service.plant.ledger.lengths import shifted
from service.plant.pages import offset_of
from service.plant.store import defects, grades, materials
from service.plant.store.database import Database, Transaction
from service.plant.store.materials import Material
from service.plant.views.paging import Page
from service.plant.views.rolls import GradeView, RollRow, RollView


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolls:
    """Reads rolls; an ended roll shows its grade in force, a running one is graded as it stands."""

    database: Database
    grader: Grader
    now: Callable[[], datetime]

    def page(
        self, page: int, page_size: int, *, line: str | None, article: str | None, grade: str | None
    ) -> Page[RollRow]:
        """One page of the rolls that fit, newest first. PlantError: bad_page."""
        offset = offset_of(page, page_size)
        with self.database.read() as tx:
            total, ids = materials.roll_page(tx, offset, page_size, line=line, article=article, grade=grade)
            rows = self.rows(tx, ids)
        return Page(items=rows, page=page, page_size=page_size, total=total)

    def rows(self, tx: Transaction, roll_ids: Sequence[str]) -> tuple[RollRow, ...]:
        """Rolls of a list, in its order."""
        graded = grades.in_force(tx, roll_ids)
        rolls = materials.heads(tx, roll_ids)
        return tuple(self._row_or_live(tx, rolls[roll_id], graded.get(roll_id)) for roll_id in roll_ids)

    def view(self, tx: Transaction, roll_id: str) -> RollView:
        """One roll.

        Raises:
            PlantError: unknown_roll.
        """
        roll = materials.roll(tx, roll_id)
        if roll is None:
            raise PlantError("unknown_roll", f"roll {roll_id} is not known; open it from the list of rolls")
        found = defects.defects_of_roll(tx, roll_id)
        rules = self.grader.rules(tx, roll)
        grading = self.grader.grade(roll, found, rules)
        history = grades.history(tx, roll_id)
        kept = history[-1] if roll.ended_utc and history else None
        grade = kept or self.grader.view(grading, rules, self.now(), "live")
        return RollView(
            row=_row(roll, grade, len(grading.sheet.by_defect)),
            start_mm=roll.start_mm,
            defects=tuple(on_a_roll(record, roll.start_mm, grading.sheet) for record in found),
            uninspected=shifted(grading.length.stretches, roll.start_mm),
            points_per_metre=grading.sheet.by_metre,
            grade=grade,
            earlier_grades=history[:-1],
        )

    def _row_or_live(self, tx: Transaction, roll: Material, kept: tuple[GradeView, int] | None) -> RollRow:
        if kept is not None and roll.ended_utc is not None:
            return _row(roll, *kept)
        whole = materials.roll(tx, roll.id) or roll
        rules = self.grader.rules(tx, whole)
        grading = self.grader.grade(whole, defects.defects_of_roll(tx, roll.id), rules)
        view = self.grader.view(grading, rules, self.now(), "live")
        return _row(whole, view, len(grading.sheet.by_defect))


def _row(roll: Material, grade: GradeView, counted: int) -> RollRow:
    return RollRow(
        roll_id=roll.id,
        line=roll.tenant.line,
        name=roll.name,
        article=roll.article,
        placeholder=roll.placeholder,
        started_utc=roll.started_utc,
        ended_utc=roll.ended_utc,
        length_m=grade.length_m,
        width_mm=grade.width_mm,
        coverage=grade.coverage,
        grade=grade.grade,
        status=grade.status,
        points=grade.points,
        points_per_100_m2=grade.points_per_100_m2,
        defects=counted,
        demo=roll.demo,
    )
