"""Read a request's body up to a limit, also when it comes compressed.

A few kilobytes of gzip can unpack to gigabytes, so the limit holds for the unpacked bytes, and unpacking
stops as soon as it is passed.
"""

import zlib
from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi import Request

from service.web.api.problems import ProblemError

GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: expect a gzip header


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body, unpacked.

    Raises:
        ProblemError: 413 above the limit, 400 for broken gzip, 415 for another encoding.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    _refuse_declared_length(request, limit_bytes)
    if encoding in ("", "identity"):
        return await _collect(request.stream(), limit_bytes)
    if encoding == "gzip":
        return await _gunzip(request.stream(), limit_bytes)
    raise ProblemError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content-encoding {encoding!r} is not taken; send gzip or none"
    )


def _refuse_declared_length(request: Request, limit_bytes: int) -> None:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)


async def _collect(chunks: AsyncIterator[bytes], limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
    return bytes(body)


async def _gunzip(chunks: AsyncIterator[bytes], limit_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(GZIP)
    body = bytearray()
    try:
        async for chunk in chunks:
            if unpacker.eof and chunk:
                raise ProblemError(
                    HTTPStatus.BAD_REQUEST, "bytes follow the end of the gzip body; send one member"
                )
            body += unpacker.decompress(chunk, limit_bytes + 1 - len(body))
            if len(body) > limit_bytes or unpacker.unconsumed_tail:
                raise _too_large(limit_bytes)
    except zlib.error as error:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, f"the gzip body is broken: {error}; send it again"
        ) from error
    if not unpacker.eof or unpacker.unused_data:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the gzip body is cut short or too long; send it again")
    return bytes(body)


def _too_large(limit_bytes: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {limit_bytes} bytes after unpacking; send less at a time",
    )
