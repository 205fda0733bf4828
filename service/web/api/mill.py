"""What the mill's systems and people bring: imports and complaints."""

import json
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from service.plant.complaints import Grievance
from service.plant.imports.importer import Sent
from service.plant.imports.mapping import load_mapping, mapping_names
from service.plant.imports.reading import TextRow, read_csv, read_records
from service.plant.ledger.terms import Origin
from service.plant.views.complaints import ComplaintDetail, ComplaintView
from service.plant.views.imports import ImportReport, ImportRun
from service.web.api.access import Engineer, Technician, ThePlant, Viewer, Web
from service.web.api.body import read_body
from service.web.api.problems import ProblemError
from service.web.api.schemas import ComplaintBody
from service.web.context import WebContext

router = APIRouter(tags=["mill"])
LIMIT_BYTES = 8 * 1024 * 1024
CSV_TYPES = frozenset({"text/csv", "text/plain", "application/csv", "application/octet-stream"})
Limit = Annotated[int, Query(ge=1, le=1000)]
MappingName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
BODY = {  # FastAPI sees no body, since it is read as a stream up to a limit
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {
                "schema": {"type": "array", "items": {"type": "object"}, "maxItems": 10_000}
            },
        },
    }
}


@router.post("/imports/{mapping}", openapi_extra=BODY)
async def post_import(
    request: Request,
    mapping: MappingName,
    person: Engineer,
    web: Web,
    source: Annotated[str, Query(max_length=200)] = "",
    rehearsal: bool = False,
) -> ImportReport:
    """Take CSV or JSON records by a mapping; each row is taken, unchanged or refused with its reason."""
    content = await read_body(request, LIMIT_BYTES)
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json" and media_type not in CSV_TYPES:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"content-type {media_type[:80]!r} is not taken; send text/csv or application/json",
        )
    as_json = media_type == "application/json"
    settings = (mapping, source or person.login, person.login, as_json, rehearsal)
    return await run_in_threadpool(_import, web, content, settings)


@router.get("/imports")
def get_imports(person: Viewer, plant: ThePlant, limit: Limit = 100) -> list[ImportRun]:
    """Imports that were kept, newest first."""
    return list(plant.mill.importer.runs(limit))


@router.get("/imports/mappings")
def get_mappings(person: Viewer, web: Web) -> list[str]:
    """The mappings there are: shipped ones, and the plant's own in data_dir/imports."""
    return list(mapping_names(web.settings.data_dir))


@router.post("/complaints", status_code=HTTPStatus.CREATED)
def post_complaint(body: ComplaintBody, person: Technician, plant: ThePlant) -> ComplaintDetail:
    """Take a complaint down; answers what was seen at that place, with pictures."""
    return plant.mill.complaints.file(Grievance(**body.model_dump()), person.login)


@router.get("/complaints")
def get_complaints(
    person: Viewer,
    plant: ThePlant,
    roll_id: Annotated[str, Query(max_length=255)] | None = None,
    limit: Limit = 100,
) -> list[ComplaintView]:
    """Complaints, newest first."""
    return list(plant.mill.complaints.newest(roll_id, limit))


@router.get("/complaints/{complaint_id}")
def get_complaint(complaint_id: str, person: Viewer, plant: ThePlant) -> ComplaintDetail:
    """One complaint: its roll, the defects at that place, their pictures."""
    return plant.mill.complaints.open(complaint_id)


def _import(web: WebContext, content: bytes, settings: tuple[str, str, str, bool, bool]) -> ImportReport:
    name, source, user, as_json, rehearsal = settings
    mapping = load_mapping(name, web.settings.data_dir)
    rows: list[TextRow] = read_records(_records(content), mapping) if as_json else read_csv(content, mapping)
    sent = Sent(
        mapping_name=name,
        mapping=mapping,
        source=source,
        content=content,
        user=user,
        origin=Origin.REST if as_json else Origin.CSV,
        rehearsal=rehearsal,
        demo=web.settings.demo,
    )
    return web.plant.mill.importer.take(sent, rows)


def _records(content: bytes) -> list[dict[str, Any]]:  # Any: JSON values before they are read
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "the body is no JSON; send an array of objects"
        ) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "send an array of objects, one a record")
    for one in found:
        for value in one.values():
            if isinstance(value, list | dict):
                raise ProblemError(
                    HTTPStatus.UNPROCESSABLE_ENTITY, "a record holds texts and numbers, nothing nested"
                )
    return found
