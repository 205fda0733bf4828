"""What lines deliver and fetch: events, pictures, commands."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from service.events import EVENTS_CODEC, Event
from service.line_commands import LineCommand
from service.line_now import WATCHED_HEADER
from service.plant.views.intake import IngestResult
from service.web.api.access import Machine, ThePlant
from service.web.api.body import read_body
from service.web.api.problems import ProblemError
from service.web.api.schemas import MissingPicturesAnswer

router = APIRouter(tags=["machines"])
EVENTS_LIMIT_BYTES = 16 * 1024 * 1024  # some 30 000 events; a line sends far fewer at a time
PICTURE_LIMIT_BYTES = 8 * 1024 * 1024
PICTURE_TYPES = frozenset({"image/jpeg", "image/png"})
Sha256InPath = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.post("/ingest/events")
async def post_events(request: Request, line: Machine, plant: ThePlant) -> IngestResult:
    """Take a JSON array of events, plain or gzip; sent twice, kept once."""
    events = _events(await read_body(request, EVENTS_LIMIT_BYTES))
    strangers = sorted({event.tenant.line for event in events} - {line})
    if strangers:
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            f"this token is for line {line}; it can't deliver for {', '.join(strangers)}",
        )
    return await run_in_threadpool(plant.ingest, line, events)


@router.put("/pictures/{sha256}", status_code=HTTPStatus.NO_CONTENT)
async def put_picture(request: Request, sha256: Sha256InPath, line: Machine, plant: ThePlant) -> None:
    """Keep a picture under its content hash; sent twice, kept once."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in PICTURE_TYPES:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"content-type {media_type!r} is not taken; send one of {', '.join(sorted(PICTURE_TYPES))}",
        )
    data = await read_body(request, PICTURE_LIMIT_BYTES)
    await run_in_threadpool(plant.put_picture, line, sha256, data, media_type)


@router.get("/pictures")
def get_missing_pictures(
    line: Machine, plant: ThePlant, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> MissingPicturesAnswer:
    """Hashes of pictures that this line kept and the plant does not hold yet, newest first."""
    return MissingPicturesAnswer(sha256=list(plant.missing_pictures(line, limit)))


@router.get("/lines/{line}/commands")
def get_commands(line: str, machine: Machine, plant: ThePlant, response: Response) -> list[LineCommand]:
    """Commands that wait for this line, oldest first; a header says whether somebody looks at the line."""
    if line != machine:
        raise ProblemError(
            HTTPStatus.FORBIDDEN, f"this token is for line {machine}; it can't fetch for {line}"
        )
    response.headers[WATCHED_HEADER] = "1" if plant.glimpses.is_watched(line) else "0"
    return list(plant.commands_for(line))


def _events(body: bytes) -> list[Event]:
    try:
        return EVENTS_CODEC.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{error.error_count()} faults in the events; the first is at {where}: {first['msg']}",
        ) from error
