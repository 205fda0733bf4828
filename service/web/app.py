"""Puts API, forms and panel together on one FastAPI application; used by the plant process and by tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from service.plant.plant import Plant
from service.settings import PlantSettings
from service.web import login, people
from service.web.api.problems import add_problem_handlers
from service.web.api.routes import API_PATH, build_api
from service.web.context import ContextMiddleware, WebContext
from service.web.i18n.catalogue import load_catalogue
from service.web.panel import articles
from service.web.panel.mount import mount_panel
from service.web.panel.snapshot import Snapshots
from service.web.panel.styles import STATIC_FOLDER
from service.web.security import SecurityMiddleware
from service.web.sessions import Sessions
from service.web.throttle import LoginThrottle


def utc_now() -> datetime:
    """The clock of the running product."""
    return datetime.now(UTC)


def build_app(plant: Plant, settings: PlantSettings, *, now: Callable[[], datetime] = utc_now) -> FastAPI:
    """The whole face of the plant: API under /api/v1, forms, panel.

    NiceGUI keeps one application for each process: of several built in one process, only the newest one's
    panel can be served.
    """
    context = build_context(plant, settings, now=now)
    app = FastAPI(title="Maqta", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.web = context
    add_problem_handlers(app)
    app.include_router(login.router)
    app.include_router(people.router)
    app.include_router(articles.router)
    app.mount(API_PATH, build_api())
    app.add_api_route("/favicon.ico", _favicon, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")
    mount_panel(app)
    app.add_middleware(ContextMiddleware, context=context)
    app.add_middleware(SecurityMiddleware)
    return app


def _favicon() -> FileResponse:
    return FileResponse(STATIC_FOLDER / "favicon.svg", media_type="image/svg+xml")


def build_context(plant: Plant, settings: PlantSettings, *, now: Callable[[], datetime]) -> WebContext:
    """What every request may reach."""
    return WebContext(
        plant=plant,
        settings=settings,
        sessions=Sessions(settings.data_dir / "secrets" / "sessions.json", now),
        throttle=LoginThrottle(monotonic),
        catalogue=load_catalogue(),
        snapshots=Snapshots(plant, monotonic),
        zone=ZoneInfo(settings.time_zone),
        now=now,
    )
