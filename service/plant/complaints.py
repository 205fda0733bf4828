"""Complaint → roll → pictures: what a customer says, beside what was seen at that place."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.outbox.compose import place_of
from service.plant.outbox.messages import ComplaintBody, Message, message_id
from service.plant.rolls import Rolls
from service.plant.store import complaints, materials, outbox, people
from service.plant.store.database import Database, Transaction
from service.plant.views.complaints import ComplaintDetail, ComplaintView
from service.plant.views.defects import DefectView
from service.plant.views.people import AuditView
from service.plant.views.rolls import RollView
from vision.taxonomy import DefectKind

NEAR_M = 1.0  # a customer's tape and our encoder differ; cloth also shrinks
MOST_ALIKE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Grievance:
    """What a customer says, before the roll is found."""

    roll: str  # id or name
    customer: str
    text: str
    reference: str = ""
    kind: str | None = None
    from_m: float | None = None
    to_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """Takes complaints down and looks them up."""

    database: Database
    owner: people.Owner
    rolls: Rolls
    now: Callable[[], datetime]

    def file(self, said: Grievance, user: str) -> ComplaintDetail:
        """Take a complaint down.

        Raises:
            PlantError: unknown_roll, ambiguous_roll, unknown_kind, bad_complaint.
        """
        from_m, to_m = _place(said)
        if said.kind is not None and said.kind not in {kind.value for kind in DefectKind}:
            raise PlantError(
                "unknown_kind", f"kind {said.kind[:80]!r} is not known; leave it out if in doubt"
            )
        with self.database.write() as tx:
            roll_id = _roll_id(tx, said.roll)
            roll = materials.roll(tx, roll_id)
            if roll is None:
                raise PlantError("unknown_roll", f"roll {roll_id} is not known")
            check_line(roll.tenant.line)
            complaint = ComplaintView(
                complaint_id=str(uuid4()),
                roll_id=roll_id,
                customer=said.customer,
                reference=said.reference,
                kind=said.kind,
                from_m=from_m,
                to_m=to_m,
                text=said.text,
                user=user,
                utc=self.now(),
                demo=roll.demo,
            )
            complaints.add(tx, roll.tenant, complaint)
            outbox.add(tx, [_message(complaint, roll)], complaint.utc)
            people.note(tx, self.owner, _audited(complaint))
            return _detail(complaint, self.rolls.view(tx, roll_id))

    def open(self, complaint_id: str) -> ComplaintDetail:
        """One complaint with what is known of the roll now. PlantError: unknown_complaint."""
        with self.database.read() as tx:
            complaint = complaints.get(tx, complaint_id)
            if complaint is None:
                raise PlantError("unknown_complaint", f"complaint {complaint_id[:80]} is not known")
            return _detail(complaint, self.rolls.view(tx, complaint.roll_id))

    def newest(self, roll_id: str | None, limit: int) -> Sequence[ComplaintView]:
        """Complaints, newest first."""
        with self.database.read() as tx:
            return complaints.newest(tx, roll_id, limit)


def _place(said: Grievance) -> tuple[float | None, float | None]:
    from_m = said.from_m
    to_m = said.to_m if said.to_m is not None else from_m
    from_m = from_m if from_m is not None else to_m
    for value in (from_m, to_m):
        if value is not None and not (math.isfinite(value) and 0 <= value <= 100_000):
            raise PlantError(
                "bad_complaint", f"place {value} m: give 0 to 100000 m from the roll's beginning"
            )
    if from_m is not None and to_m is not None and to_m < from_m:
        raise PlantError("bad_complaint", f"the place ends at {to_m:g} m, before it begins at {from_m:g} m")
    return from_m, to_m


def _roll_id(tx: Transaction, called: str) -> str:
    found = complaints.rolls_called(tx, called, MOST_ALIKE)
    if not found:
        raise PlantError("unknown_roll", f"no roll has the id or name {called[:80]!r}; read it off the label")
    if len(found) > 1 and called not in found:
        raise PlantError(
            "ambiguous_roll", f"{len(found)} rolls are called {called[:80]!r}: give an id: {', '.join(found)}"
        )
    return called if called in found else found[0]


def _audited(complaint: ComplaintView) -> AuditView:
    return AuditView(
        utc=complaint.utc,
        user=complaint.user,
        action="file_complaint",
        subject=complaint.roll_id,
        detail={"complaint": complaint.complaint_id, "customer": complaint.customer},
    )


def _message(complaint: ComplaintView, roll: materials.Material) -> Message:
    return Message(
        message_id=message_id("complaint", complaint.complaint_id),
        happened_utc=complaint.utc,
        place=place_of(roll.tenant),
        demo=complaint.demo,
        body=ComplaintBody(
            complaint_id=complaint.complaint_id,
            roll_id=complaint.roll_id,
            customer=complaint.customer,
            text=complaint.text,
        ),
    )


def _detail(complaint: ComplaintView, roll: RollView) -> ComplaintDetail:
    low_mm, high_mm = 0.0, math.inf
    if complaint.from_m is not None and complaint.to_m is not None:
        low_mm, high_mm = (complaint.from_m - NEAR_M) * 1000, (complaint.to_m + NEAR_M) * 1000
    there = [one for one in roll.defects if one.y_mm <= high_mm and one.y_mm + one.height_mm >= low_mm]
    there.sort(key=lambda one: (one.kind != complaint.kind, _distance_mm(one, complaint), one.defect_id))
    return ComplaintDetail(
        complaint=complaint,
        roll=roll.row,
        defects=tuple(there),
        pictures=tuple(
            dict.fromkeys(one.crop_sha256 for one in there if one.crop_held and one.crop_sha256 is not None)
        ),
        uninspected=tuple(
            part for part in roll.uninspected if part.from_mm <= high_mm and part.to_mm >= low_mm
        ),
    )


def _distance_mm(defect: DefectView, complaint: ComplaintView) -> float:
    if complaint.from_m is None or complaint.to_m is None:
        return 0.0
    before = complaint.from_m * 1000 - (defect.y_mm + defect.height_mm)
    behind = defect.y_mm - complaint.to_m * 1000
    return max(0.0, before, behind)
