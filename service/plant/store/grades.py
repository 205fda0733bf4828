"""Every grade a roll ever got; one of them is in force."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from service.events import Tenant
from service.plant.grading.grade import Grading
from service.plant.grading.profile import Profile
from service.plant.outbox.compose import grade_message
from service.plant.store import outbox
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.row_seals import seal_row
from service.plant.store.tables import GRADES
from service.plant.views.rolls import GradeStatus, GradeView
from service.settings import AcceptanceSettings

COMPARED = (  # a new grading that agrees in these says nothing new
    *("grade", "status", "points", "defects", "length_m", "inspected_length_m", "width_mm"),
    *("first_limit", "second_limit", "profile_id", "profile_version", "demo", "workings"),
)


def view_of(
    grading: Grading, profile: Profile, acceptance: AcceptanceSettings, now: datetime, reason: str
) -> GradeView:
    """A grading as it is shown and kept."""
    return GradeView(
        grade=grading.grade,
        status=grading.status,
        points=grading.sheet.total,
        points_per_100_m2=grading.points_per_100_m2,
        length_m=grading.length.length_mm / 1000,
        inspected_length_m=grading.length.inspected_mm / 1000,
        width_mm=grading.width_mm,
        area_m2=grading.area_m2,
        coverage=grading.length.coverage,
        first_limit=acceptance.first_points_per_100_m2,
        second_limit=acceptance.second_points_per_100_m2,
        contract_is_example=profile.contract.is_example,
        profile_id=profile.id,
        profile_version=profile.version,
        profile_source=profile.source,
        profile_edition=profile.edition,
        profile_verified=profile.verified,
        workings=grading.workings,
        graded_utc=now,
        reason=reason,
    )


def record(
    tx: Transaction, tenant: Tenant, roll_id: str, view: GradeView, *, defects: int, demo: bool
) -> bool:
    """Keep a grade as the one in force, unless it says what the last one said; returns whether kept."""
    row = _row(view) | {"defects": defects, "demo": demo}
    last = tx.execute(select(GRADES).where(GRADES.c.roll_id == roll_id, GRADES.c.latest)).mappings().first()
    if last and all(last[name] == row[name] for name in COMPARED):
        return False
    tx.execute(update(GRADES).where(GRADES.c.roll_id == roll_id, GRADES.c.latest).values(latest=False))
    values = {**columns_of(tenant), "roll_id": roll_id, "latest": True, **row}
    grade_id = tx.execute(insert(GRADES).values(values).returning(GRADES.c.id)).scalar_one()
    seal_row(tx, "grade", grade_id, view.graded_utc)
    message = grade_message(grade_id, tenant, roll_id, view, defects=defects, demo=demo)
    outbox.add(tx, [message], view.graded_utc)
    return True


def history(tx: Transaction, roll_id: str) -> tuple[GradeView, ...]:
    """All grades of a roll, oldest first."""
    query = select(GRADES).where(GRADES.c.roll_id == roll_id).order_by(GRADES.c.id)
    return tuple(_view(dict(row)) for row in tx.execute(query).mappings())


def in_force(tx: Transaction, roll_ids: Sequence[str]) -> dict[str, tuple[GradeView, int]]:
    """The grade in force and the number of counted defects of each graded roll."""
    query = select(GRADES).where(GRADES.c.roll_id.in_(roll_ids), GRADES.c.latest)
    return {row["roll_id"]: (_view(dict(row)), row["defects"]) for row in tx.execute(query).mappings()}


SAME = (
    *("grade", "points", "points_per_100_m2", "length_m", "inspected_length_m", "width_mm", "area_m2"),
    *("coverage", "first_limit", "second_limit", "contract_is_example", "profile_id", "profile_version"),
    *("profile_source", "profile_edition", "profile_verified", "graded_utc", "reason"),
)


def _row(view: GradeView) -> dict[str, Any]:  # Any: column values
    return {name: getattr(view, name) for name in SAME} | {
        "status": view.status.value,
        "workings": json.dumps(view.workings),
    }


def _view(row: dict[str, Any]) -> GradeView:  # Any: column values
    return GradeView(
        status=GradeStatus(row["status"]),
        workings=tuple(json.loads(row["workings"])),
        **{name: row[name] for name in SAME},
    )
