"""What every answer and every changing request must fulfil: security headers, and an Origin that is ours."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.api.problems import problem_response

# NiceGUI writes inline scripts and styles, and Vue compiles templates in the page; nothing may come from
# or go to another host.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}
LARGEST_BODY_BYTES = 1_000_000  # of forms and JSON; the longest form is a thousandth of it
OWN_LIMITS = ("/api/v1/ingest/", "/api/v1/pictures/", "/api/v1/imports/")  # these count for themselves
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityMiddleware:
    """Adds the headers; refuses large bodies, and changing requests and sockets of another origin's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or socket."""
        if scope["type"] == "websocket" and not _origin_fits(Headers(scope=scope), required=True):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            send = _with_headers(send)
            if not _may_change(scope):
                await _refusal(Request(scope))(scope, receive, send)
                return
            if not scope["path"].startswith(OWN_LIMITS):
                limited = _Limited(Request(scope), receive, send)
                receive, send = limited.receive, limited.send
        await self._app(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


@dataclass(slots=True)
class _Limited:
    """Stops reading a body that grows too large, whatever length it declares, and then answers 413.

    What reads a body answers for itself when it breaks off (FastAPI: 400); its answer is replaced.
    """

    request: Request
    receive_more: Receive
    send_on: Send
    taken: int = 0
    is_told: bool = False

    async def receive(self) -> Message:
        """Take the next piece; a client that sends too much is as good as gone."""
        if self.taken > LARGEST_BODY_BYTES:
            return {"type": "http.disconnect"}
        message = await self.receive_more()
        self.taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.taken > LARGEST_BODY_BYTES else message

    async def send(self, message: Message) -> None:
        """Send the application's answer, or ours once instead."""
        if self.taken <= LARGEST_BODY_BYTES:
            await self.send_on(message)
        elif not self.is_told:
            self.is_told = True
            detail = f"the body is larger than {LARGEST_BODY_BYTES} bytes; send less at a time"
            answer = problem_response(self.request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
            await answer(self.request.scope, self.receive_more, self.send_on)


def _may_change(scope: Scope) -> bool:
    """A cookie travels with any request a browser is tricked into; no page can fake our Origin."""
    headers = Headers(scope=scope)
    if scope["method"] in SAFE_METHODS or headers.get("authorization", "").lower().startswith("bearer "):
        return True
    return _origin_fits(headers, required="cookie" in headers)


def _origin_fits(headers: Headers, *, required: bool) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return not required
    try:
        return urlsplit(origin).netloc == headers.get("host", "")
    except ValueError:  # no address at all, e.g. "http://["
        return False


def _refusal(request: Request) -> ASGIApp:
    return problem_response(
        request,
        HTTPStatus.FORBIDDEN,
        "a changing request needs an Origin header that names this host; send it from the panel's own pages",
    )
