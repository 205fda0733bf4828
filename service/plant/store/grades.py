"""Every grade a roll ever got; one of them is in force."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from service.events import Tenant
from service.plant.grading.grade import Grading
from service.plant.grading.profile import Profile
from service.plant.outbox.compose import grade_message
from service.plant.outbox.messages import Message
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.many import among
from service.plant.store.row_seals import seal_rows
from service.plant.store.tables import GRADES
from service.plant.views.rolls import GradeStatus, GradeView
from service.said.sayings import SAYINGS_CODEC, Saying
from service.settings import AcceptanceSettings

COMPARED = (  # a new grading that agrees in these says nothing new
    *("grade", "status", "points", "defects", "length_m", "inspected_length_m", "width_mm"),
    *("first_limit", "second_limit", "profile_id", "profile_version", "demo"),
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
        said=grading.said,
        graded_utc=now,
        reason=reason,
    )


def with_workings(view: GradeView, lines: tuple[Saying, ...]) -> GradeView:
    """A grade with these lines of workings."""
    return replace(view, said=lines, workings=_english(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A grade that was worked out for a roll."""

    tenant: Tenant
    roll_id: str
    view: GradeView
    defects: int
    demo: bool


def record(tx: Transaction, given: Sequence[Given], now: datetime) -> list[Message]:
    """Keep grades as those in force, unless they say what the last ones said.

    Returns what the mill is to be told, a message for each grade that was kept.
    """
    in_force = select(GRADES).where(
        among(tx, GRADES.c.roll_id, [one.roll_id for one in given]), GRADES.c.latest
    )
    last = {row["roll_id"]: row for row in tx.execute(in_force).mappings()}
    fresh = [(one, row) for one in given for row in [_stored(one)] if not _agree(last.get(one.roll_id), row)]
    if not fresh:
        return []
    old = [one.roll_id for one, _ in fresh if one.roll_id in last]
    if old:
        tx.execute(
            update(GRADES).where(among(tx, GRADES.c.roll_id, old), GRADES.c.latest).values(latest=False)
        )
    made = insert(GRADES).returning(GRADES.c.id, sort_by_parameter_order=True)
    ids = list(tx.execute(made, [row for _, row in fresh]).scalars())
    seal_rows(tx, "grade", ids, now)
    return [
        grade_message(grade_id, one.tenant, one.roll_id, one.view, defects=one.defects, demo=one.demo)
        for grade_id, (one, _) in zip(ids, fresh, strict=True)
    ]


def _stored(one: Given) -> dict[str, Any]:  # Any: column values
    given = {"roll_id": one.roll_id, "latest": True, "defects": one.defects, "demo": one.demo}
    return columns_of(one.tenant) | given | _row(one.view)


def _agree(last: RowMapping | None, row: dict[str, Any]) -> bool:  # Any: column values
    if last is None or any(last[name] != row[name] for name in COMPARED):
        return False
    return _english(_lines(last["workings"])) == _english(_lines(row["workings"]))


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
        "workings": SAYINGS_CODEC.dump_json(view.said).decode(),
    }


def _view(row: dict[str, Any]) -> GradeView:  # Any: column values
    lines = _lines(row["workings"])
    return GradeView(
        status=GradeStatus(row["status"]),
        workings=_english(lines),
        said=lines,
        **{name: row[name] for name in SAME},
    )


def _english(lines: tuple[Saying, ...]) -> tuple[str, ...]:
    return tuple(line.text for line in lines)


def _lines(stored: str) -> tuple[Saying, ...]:
    """A grade's workings; grades of earlier versions have them in English alone."""
    return SAYINGS_CODEC.validate_python(
        [
            {"code": "", "values": {"text": line}} if isinstance(line, str) else line
            for line in json.loads(stored)
        ]
    )
