"""What every request may reach: made once in `build_app`, carried in the request's state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from service.plant.acting import acting
from service.plant.plant import Plant
from service.settings import PlantSettings
from service.web.i18n.catalogue import Catalogue
from service.web.panel.snapshot import Snapshots
from service.web.sessions import Sessions
from service.web.throttle import LoginThrottle


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """The plant and what the web keeps beside it."""

    plant: Plant
    settings: PlantSettings
    sessions: Sessions
    throttle: LoginThrottle
    catalogue: Catalogue
    snapshots: Snapshots
    zone: ZoneInfo
    now: Callable[[], datetime]


class ContextMiddleware:
    """Puts the context into the state of each request and socket, and notes where it comes from."""

    def __init__(self, app: ASGIApp, context: WebContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or socket."""
        scope.setdefault("state", {})["web"] = self._context
        client = scope.get("client")
        with acting(client[0] if client else ""):
            await self._app(scope, receive, send)


def context_of(request: HTTPConnection) -> WebContext:
    """The context of a request."""
    return cast(WebContext, request.state.web)
