"""What would a setting do? Questions to the line twin; they take minutes, so each is a job."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from service.plant.views.twin import TradeCurveView, TwinJob, TwinQuestionKind, TwinValue
from service.web.api.access import Engineer, ThePlant, Viewer
from service.web.api.schemas import Body

router = APIRouter(tags=["line twin"])
Changes = Annotated[dict[Annotated[str, Field(max_length=80)], TwinValue], Field(max_length=20)]


class TwinBody(Body):
    """An engineer asks: a scenario's run or trade, with other values, and with a change on top."""

    kind: TwinQuestionKind
    scenario: Annotated[str, Field(max_length=80)]
    changes: Changes = Field(default_factory=dict)
    what_if: Changes = Field(default_factory=dict)


@router.get("/twin/scenarios")
def get_scenarios(person: Viewer, plant: ThePlant) -> list[str]:
    """Scenarios that may be asked about."""
    return list(plant.twin.scenarios)


@router.get("/twin/jobs")
def get_jobs(person: Viewer, plant: ThePlant) -> list[TwinJob]:
    """Questions and their answers, newest first; everything is DEMO."""
    return list(plant.twin.jobs())


@router.post("/twin/jobs", status_code=202)
def post_job(body: TwinBody, person: Engineer, plant: ThePlant) -> TwinJob:
    """Ask; one question is answered at a time, within ten minutes."""
    return plant.twin.ask(body.kind, body.scenario, person.login, body.changes, body.what_if)


@router.get("/twin/jobs/{job_id}")
def get_job(job_id: str, person: Viewer, plant: ThePlant) -> TwinJob:
    """One question, and its answer when it is there."""
    return plant.twin.job(job_id)


@router.get("/twin/trade")
def get_trade(person: Viewer, plant: ThePlant) -> list[TradeCurveView]:
    """The newest trade's curves: per hour of belt, a missed contaminant's price against good fibre lost."""
    newest = plant.twin.newest_trade()
    return [] if newest is None else list(newest[1])
