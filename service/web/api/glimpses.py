"""A line live, while somebody looks: the line tells, people see. Nothing of it is stored."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError

from service.line_now import LINE_NOW_CODEC
from service.plant.views.glimpses import Glimpse
from service.plant.views.upkeep import Holdings
from service.web.api.access import Machine, ThePlant, Viewer
from service.web.api.body import read_body
from service.web.api.problems import ProblemError

router = APIRouter(tags=["lines"])
NOW_LIMIT_BYTES = 1_200_000  # two small pictures in base64
KEPT_HEADERS = {"cache-control": "private, max-age=60, immutable"}
Number = Annotated[int, Path(ge=1, le=1_000_000_000)]


@router.post("/lines/{line}/now", status_code=HTTPStatus.NO_CONTENT, tags=["machines"])
async def post_now(line: str, request: Request, machine: Machine, plant: ThePlant) -> None:
    """Take what a line tells of itself; it is asked to by a header of the answer to its commands."""
    if line != machine:
        raise ProblemError(
            HTTPStatus.FORBIDDEN, f"this token is for line {machine}; it can't tell for {line}"
        )
    body = await read_body(request, NOW_LIMIT_BYTES)
    try:
        told = LINE_NOW_CODEC.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"at {where}: {first['msg']}") from error
    plant.glimpses.take(line, told)


@router.get("/lines/{line}/now")
def get_now(line: str, person: Viewer, plant: ThePlant) -> Glimpse | None:
    """The line as it tells of itself; null until it has heard that somebody looks, a second or two."""
    return plant.glimpses.look(line)


@router.get("/holdings", tags=["system"])
def get_holdings(person: Viewer, plant: ThePlant) -> Holdings:
    """What the plant's disk holds, and what is left."""
    return plant.upkeep.holdings()


@router.get("/lines/{line}/previews/{number}")
def get_preview(line: str, number: Number, person: Viewer, plant: ThePlant, detail: bool = False) -> Response:
    """The small picture of a frame; `detail` for its middle, one pixel for one."""
    data = plant.glimpses.picture(line, number, detail=detail)
    return Response(data, media_type="image/jpeg", headers=KEPT_HEADERS)
