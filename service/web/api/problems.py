"""Every error leaves the API as problem+json (RFC 9457), made in one place.

ProblemError                 raised by endpoints and dependencies of the web itself
PlantError and its kin  raised by the plant; mapped to a status here
"""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service.plant.errors import PlantError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """An error of the HTTP face: what went wrong, and what to do about it."""

    def __init__(self, status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def problem_response(
    request: Request,
    status: HTTPStatus,
    detail: str,
    *,
    name: str = "",
    headers: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """Write one problem; `errors` tells single wrong fields."""
    body: dict[str, object] = {
        "type": f"urn:maqta:problem:{name or status.phrase.lower().replace(' ', '_')}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "instance": request.url.path,
    }
    if errors is not None:
        body["errors"] = errors
    return JSONResponse(body, status_code=status.value, media_type=MEDIA_TYPE, headers=headers)


STATUS_OF_PLANT_PROBLEM = {
    "unknown_schema": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unknown_kind": HTTPStatus.UNPROCESSABLE_ENTITY,
    "batch_too_big": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "database": HTTPStatus.SERVICE_UNAVAILABLE,
    "label_log": HTTPStatus.SERVICE_UNAVAILABLE,
    "picture_store": HTTPStatus.SERVICE_UNAVAILABLE,
    "registry": HTTPStatus.SERVICE_UNAVAILABLE,
    "user_exists": HTTPStatus.CONFLICT,
    "lesson_runs": HTTPStatus.CONFLICT,
    "not_learnt": HTTPStatus.CONFLICT,
    "too_few_frames": HTTPStatus.CONFLICT,
    "last_admin": HTTPStatus.CONFLICT,
    "log_conflict": HTTPStatus.CONFLICT,
    "ambiguous_roll": HTTPStatus.CONFLICT,
    "entry_conflict": HTTPStatus.CONFLICT,
    "unit_exists": HTTPStatus.CONFLICT,
    "order_exists": HTTPStatus.CONFLICT,
    "not_on_hold": HTTPStatus.CONFLICT,
    "not_yours": HTTPStatus.CONFLICT,
    "marked_again": HTTPStatus.CONFLICT,
    "nothing_to_undo": HTTPStatus.CONFLICT,
    "events_removed": HTTPStatus.CONFLICT,
    "twin_busy": HTTPStatus.CONFLICT,
    "heads": HTTPStatus.SERVICE_UNAVAILABLE,
    "weak_password": HTTPStatus.UNPROCESSABLE_ENTITY,
    "wrong_password": HTTPStatus.FORBIDDEN,
    "out_of_scope": HTTPStatus.FORBIDDEN,
    "too_many_attempts": HTTPStatus.TOO_MANY_REQUESTS,
}


def status_of(error: PlantError) -> HTTPStatus:
    """The status of an error of the plant: unknown things are 404, bad values 422."""
    is_absent = error.problem.startswith("unknown_")
    usual = HTTPStatus.NOT_FOUND if is_absent else HTTPStatus.UNPROCESSABLE_ENTITY
    return STATUS_OF_PLANT_PROBLEM.get(error.problem, usual)


def add_problem_handlers(app: FastAPI) -> None:
    """Turn every error of `app` into problem+json."""

    @app.exception_handler(ProblemError)
    def on_problem(request: Request, error: ProblemError) -> JSONResponse:
        return problem_response(request, error.status, error.detail, headers=error.headers)

    @app.exception_handler(PlantError)
    def on_plant_error(request: Request, error: PlantError) -> JSONResponse:
        return problem_response(request, status_of(error), str(error), name=error.problem)

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            {"where": ".".join(str(part) for part in item["loc"]), "what": str(item["msg"])}
            for item in error.errors()
        ]
        detail = "the request does not fit; see errors for each field"
        return problem_response(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=wrong)

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers) if error.headers else None
        return problem_response(request, HTTPStatus(error.status_code), str(error.detail), headers=headers)

    @app.exception_handler(Exception)
    def on_fault(request: Request, error: Exception) -> JSONResponse:
        log.error("request %s %s failed", request.method, request.url.path, exc_info=error)
        detail = "the plant could not answer; its log says why"
        return problem_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)
