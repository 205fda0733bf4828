"""Is the machine right? Audits of what it passed, studies of appraisers, drift."""

import secrets
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from service.plant.appraisal.agreement import Agreement
from service.plant.appraisal.misses import MissEstimate
from service.plant.views.audits import AuditItem, AuditKind, DriftMeasure, DriftView, Sheet, Study
from service.plant.views.kpis import Window
from service.plant.views.paging import Page
from service.plant.views.people import Role
from service.web.api.access import Engineer, Technician, ThePlant, Viewer, require_role
from service.web.api.kpis import AskedWindow
from service.web.api.rolls import PageNumber, PageSize
from service.web.api.schemas import Body, Sha256

router = APIRouter(tags=["is the machine right?"])
Words = Annotated[str, Field(max_length=500)]
Seed = Annotated[int, Field(ge=0, le=2**53)]
ItemId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Trial = Annotated[int, Field(ge=1, le=9)]


class DrawBody(Body):
    """An engineer draws what is to be looked at; both times with a zone."""

    line: str
    kind: AuditKind
    from_utc: datetime
    to_utc: datetime
    size: Annotated[int, Field(ge=1, le=1250)] | None = None  # None: by ISO 2859-1
    seed: Seed | None = None  # None: the plant takes one; it is kept either way


class AnswerBody(Body):
    """A person looked: how many defects the machine had not found."""

    missed: Annotated[int, Field(ge=0, le=100_000)]
    note: Words = ""


class StudyBody(Body):
    """An engineer makes a study of some pictures."""

    line: str
    pictures: Annotated[int, Field(ge=2, le=1000)] = 50
    seed: Seed | None = None


class JudgeBody(Body):
    """An appraiser's verdict on one picture; a reference verdict is the panel's."""

    sha256: Sha256
    defective: bool
    defect_kind: Annotated[str, Field(max_length=40)] | None = None
    trial: Trial = 1
    reference: bool = False


class DriftBody(Body):
    """An engineer takes the newest samples as the new reference."""

    line: str
    measure: DriftMeasure
    why: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("/audits")
def get_audits(
    person: Viewer,
    plant: ThePlant,
    line: str | None = None,
    waiting: bool = False,
    page: PageNumber = 1,
    page_size: PageSize = 50,
) -> Page[AuditItem]:
    """Drawn items, newest first; waiting ones have no answer yet."""
    known = plant.quality.known(line)
    return plant.quality.audits.items(known, waiting=waiting, page=page, page_size=page_size)


@router.post("/audits", status_code=201)
def post_draw(body: DrawBody, person: Engineer, plant: ThePlant) -> list[AuditItem]:
    """Draw at random from passed rolls or CLEAN samples of a window."""
    plant.quality.known(body.line)
    window = Window(from_utc=body.from_utc, to_utc=body.to_utc)
    seed = secrets.randbits(32) if body.seed is None else body.seed
    return list(plant.quality.audits.draw(body.line, body.kind, window, person.login, seed, body.size))


@router.post("/audits/{item_id}/answer")
def post_answer(item_id: ItemId, body: AnswerBody, person: Technician, plant: ThePlant) -> AuditItem:
    """Say how many defects the machine had not found."""
    return plant.quality.audits.answer(item_id, body.missed, body.note, person.login)


@router.get("/audits/misses")
def get_misses(person: Viewer, plant: ThePlant, window: AskedWindow, line: str | None = None) -> MissEstimate:
    """What the machine misses, with 95 % intervals, from the audits of a window."""
    return plant.quality.audits.misses(window, plant.quality.known(line))


@router.get("/studies")
def get_studies(person: Engineer, plant: ThePlant, line: str | None = None) -> list[Study]:
    """All studies; they tell what the CNN said, so appraisers don't see them."""
    return list(plant.quality.studies.listing(plant.quality.known(line)))


@router.post("/studies", status_code=201)
def post_study(body: StudyBody, person: Engineer, plant: ThePlant) -> Study:
    """Make a study: half of the pictures called defective by the CNN, half CLEAN."""
    plant.quality.known(body.line)
    seed = secrets.randbits(32) if body.seed is None else body.seed
    return plant.quality.studies.make(body.line, body.pictures, person.login, seed)


@router.get("/studies/{study_id}/sheet")
def get_sheet(
    study_id: str, person: Technician, plant: ThePlant, trial: Annotated[int, Query(ge=1, le=9)] = 1
) -> Sheet:
    """What this person still has to judge: hashes only, in an order of their own."""
    return plant.quality.studies.sheet(study_id, person.login, trial)


@router.post("/studies/{study_id}/verdicts", status_code=204)
def post_verdict(study_id: str, body: JudgeBody, person: Technician, plant: ThePlant) -> None:
    """Judge one picture; the panel's reference needs an engineer."""
    if body.reference:
        require_role(person, Role.ENGINEER)
    plant.quality.studies.judge(
        study_id,
        body.sha256,
        person.login,
        defective=body.defective,
        kind=body.defect_kind,
        trial=body.trial,
        reference=body.reference,
    )


@router.get("/studies/{study_id}/agreement")
def get_agreement(study_id: str, person: Engineer, plant: ThePlant) -> Agreement:
    """Effectiveness, misses, false alarms and kappa of every appraiser, the CNN among them."""
    return plant.quality.studies.agreement(study_id)


@router.get("/drift")
def get_drift(person: Viewer, plant: ThePlant, line: str | None = None) -> list[DriftView]:
    """PSI of scores, classes, brightness and sharpness against their frozen references."""
    return list(plant.quality.drifts.views(plant.quality.known(line)))


@router.post("/drift/references", status_code=201)
def post_reference(body: DriftBody, person: Engineer, plant: ThePlant) -> DriftView:
    """Take the newest samples as the new reference."""
    plant.quality.known(body.line)
    return plant.quality.drifts.freeze(body.line, body.measure, body.why, person.login)
