"""A person judges a whole frame of the live strip: the same plant function as the panel's two buttons."""

from http import HTTPStatus

from fastapi import APIRouter

from service.plant.views.strips import StripWord
from service.web.api.access import Technician, ThePlant, Viewer
from service.web.api.glimpses import Number
from service.web.api.schemas import Body

router = APIRouter(tags=["lines"])


class StripBody(Body):
    """What a person says of the whole frame."""

    good: bool  # False: it holds a defect


@router.post("/lines/{line}/previews/{number}/verdict", status_code=HTTPStatus.ACCEPTED)
def post_strip_word(
    line: str, number: Number, body: StripBody, person: Technician, plant: ThePlant
) -> StripWord:
    """Judge the frame that a preview shows. Its label follows once the line has delivered the frame whole."""
    return plant.strips.judge(line, number, person.login, good=body.good)


@router.get("/lines/{line}/verdicts")
def get_strip_words(line: str, person: Viewer, plant: ThePlant) -> list[StripWord]:
    """What people said of a line's frames lately, newest first; without a picture there is no label yet."""
    return list(plant.strips.words(line))
