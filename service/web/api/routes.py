"""Puts the endpoint modules together into the API application."""

from fastapi import FastAPI

from service.web.api import (
    appraisal,
    bundles,
    charts,
    exports,
    eyesight,
    feeds,
    figures,
    glimpses,
    ingest,
    kpis,
    ledger,
    lessons,
    lines,
    loop,
    mill,
    outlook,
    papers,
    people,
    readings,
    reports,
    review,
    roll_map,
    rolls,
    strips,
    suppliers,
    twin,
)
from service.web.api.access import ThePlant
from service.web.api.idempotency import IdempotencyMiddleware
from service.web.api.problems import add_problem_handlers
from service.web.api.schemas import HealthAnswer
from service.web.software import software_version

API_PATH = "/api/v1"


def build_api() -> FastAPI:
    """The API as an application of its own, to be mounted at `API_PATH`."""
    # The interactive docs pages load scripts from a public host: off. The schema itself is served.
    api = FastAPI(
        title="Maqta plant", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json"
    )
    add_problem_handlers(api)
    api.add_middleware(IdempotencyMiddleware)
    api.get("/health", tags=["machines"])(get_health)
    # exports first: "/rolls/{roll_id}" would take "/rolls/7.csv" too
    for module in (
        exports,
        papers,
        ingest,
        lines,
        eyesight,
        glimpses,
        strips,
        roll_map,
        rolls,
        ledger,
        readings,
        feeds,
        kpis,
        figures,
        charts,
        appraisal,
        review,
        outlook,
        loop,
        mill,
        suppliers,
        bundles,
        lessons,
        people,
        reports,
        twin,
    ):
        api.include_router(module.router)
    return api


def get_health(plant: ThePlant) -> HealthAnswer:
    """Whether the plant answers."""
    return HealthAnswer(status="ok", revision=plant.revision, software=software_version())
