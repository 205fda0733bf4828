"""A write with an `Idempotency-Key` happens once: sent again, it gets the first answer again.

A key belongs to who sent it (cookie or token) and is kept for two days. The same key with another request is
refused, as is one whose first request still runs. An answer of 500 or above is not kept: the next try runs.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import ClientDisconnect

from service.plant.mill import Mill
from service.plant.views.writes import KeptAnswer
from service.web.api.problems import ProblemError, problem_response
from service.web.context import context_of

KEY_HEADER = "idempotency-key"
KEY = re.compile(r"[!-~]{1,200}")
WRITES = frozenset({"POST", "PUT", "DELETE", "PATCH"})
# sessions and tokens: no answer with a secret is kept; the others are kept once by their content
OWN_RULES = ("/login", "/logout", "/password", "/tokens", "/ingest/", "/pictures/")
LIMIT_BYTES = 16 * 1024 * 1024
RUNS_AT_MOST = timedelta(minutes=2)  # a first request without an answer after this fell with its process

Next = Callable[[Request], Awaitable[Response]]


class IdempotencyMiddleware(BaseHTTPMiddleware):
    """Keeps the answers of writes that bear a key."""

    async def dispatch(self, request: Request, call_next: Next) -> Response:
        """Handle one request."""
        key = request.headers.get(KEY_HEADER)
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if key is None or request.method not in WRITES or path.startswith(OWN_RULES):
            return await call_next(request)
        if not KEY.fullmatch(key):
            detail = "an Idempotency-Key has 1 to 200 printable ASCII characters without spaces; give a UUID"
            return problem_response(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, name="bad_key")
        try:
            body = await _whole(request)
        except ProblemError as error:
            return problem_response(request, error.status, error.detail)
        return await _once(request, key, body, call_next)


async def _whole(request: Request) -> bytes:
    """The body as sent; whoever reads it after us gets it again."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > LIMIT_BYTES:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {LIMIT_BYTES} bytes; send less"
        )
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the body broke off; send it again") from error


async def _once(request: Request, key: str, body: bytes, call_next: Next) -> Response:
    mill = context_of(request).plant.mill
    who = request.headers.get("authorization") or request.headers.get("cookie") or ""
    scope = _digest(who.encode("utf-8", "surrogatepass"), key.encode())
    target = f"{request.method} {request.url.path}?{request.url.query}"
    asked = _digest(target.encode("utf-8", "surrogatepass"), body)
    kept = await run_in_threadpool(mill.begin_write, scope, asked, RUNS_AT_MOST)
    if kept is not None:
        return _again(request, kept, asked)
    return await _first(request, mill, scope, call_next)


async def _first(request: Request, mill: Mill, scope: str, call_next: Next) -> Response:
    try:
        answer = await call_next(request)
        chunks = [chunk async for chunk in answer.body_iterator]  # type: ignore[attr-defined]  # streamed
    except BaseException:
        await run_in_threadpool(mill.forget_write, scope)
        raise
    content = b"".join(chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in chunks)
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        await run_in_threadpool(mill.forget_write, scope)
    else:
        media_type = answer.headers.get("content-type", "")
        text = content.decode("utf-8", "replace")
        await run_in_threadpool(mill.keep_write, scope, answer.status_code, media_type, text)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(content, status_code=answer.status_code, headers=headers)


def _again(request: Request, kept: KeptAnswer, asked: str) -> Response:
    if kept.request_sha256 != asked:
        detail = "this Idempotency-Key came with another request before; give each request a key of its own"
        return problem_response(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, name="key_reused")
    if not kept.answered:
        detail = "the first request with this Idempotency-Key still runs; ask again in a few seconds"
        headers = {"Retry-After": "2"}
        return problem_response(request, HTTPStatus.CONFLICT, detail, name="still_running", headers=headers)
    headers = {"Idempotent-Replay": "true"}
    if kept.media_type:
        headers["content-type"] = kept.media_type
    return Response(kept.body or None, status_code=kept.status, headers=headers)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
