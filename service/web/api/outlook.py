"""Forecasts, cost of poor quality, and advice with what became of it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from service.plant.outlook.copq import CostOfPoorQuality
from service.plant.outlooks import Forecast
from service.plant.views.advice import Advice
from service.web.api.access import Manager, ThePlant, Viewer
from service.web.api.kpis import AskedWindow
from service.web.api.schemas import Body

router = APIRouter(tags=["forecast and advice"])
AdviceId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class DecisionBody(Body):
    """A manager takes a recommendation up or declines it."""

    accept: bool
    note: Annotated[str, Field(max_length=500)] = ""


@router.get("/forecasts")
def get_forecasts(person: Viewer, plant: ThePlant) -> list[Forecast]:
    """Defect level and loss a shift and a week ahead, shown where they beat the naive forecast."""
    return list(plant.quality.outlooks.forecasts())


@router.get("/cost-of-poor-quality")
def get_cost(
    person: Viewer, plant: ThePlant, window: AskedWindow, line: str | None = None
) -> CostOfPoorQuality:
    """What poor quality cost in a window, by cause, dearest first."""
    return plant.quality.outlooks.cost_of_poor_quality(window, plant.quality.known(line))


@router.get("/advice")
def get_advice(person: Viewer, plant: ThePlant) -> list[Advice]:
    """Recommendations with evidence, expected effect, and what they brought; the dearest first."""
    return list(plant.quality.outlooks.advice())


@router.post("/advice/{advice_id}/decision")
def post_decision(advice_id: AdviceId, body: DecisionBody, person: Manager, plant: ThePlant) -> Advice:
    """Take a recommendation up or decline it; accepted ones are scored after a week."""
    return plant.quality.outlooks.decide(advice_id, accept=body.accept, note=body.note, user=person.login)
