"""How well a line's camera sees: for the panel and for whoever focuses it from a phone."""

from fastapi import APIRouter

from service.plant.views.eyesight import EyesightView
from service.web.api.access import ThePlant, Viewer

router = APIRouter(tags=["lines"])


@router.get("/lines/{line}/eyesight")
def get_eyesight(line: str, person: Viewer, plant: ThePlant) -> EyesightView:
    """Focus, exposure, faults of the picture and the calibration, as the line said last."""
    return plant.eyesight.of(line)
