"""Lines deliver with their own token, at least once, and never for another line."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.web.api.ingest import EVENTS_LIMIT_BYTES, PICTURE_LIMIT_BYTES

EVENTS = "/api/v1/ingest/events"
Batch = Callable[[], Any]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_batch_delivered_twice_is_kept_once(
    client: httpx.AsyncClient, tokens: dict[str, str], loom_batch: Batch
) -> None:
    body = loom_batch().json()  # the plant was filled with these very events
    answer = await client.post(EVENTS, content=body, headers=bearer(tokens["loom-1"]))
    count = len(json.loads(body))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"accepted": 0, "duplicates": count, "last_seq": count}


async def test_a_gzip_batch_is_taken(
    client: httpx.AsyncClient, tokens: dict[str, str], loom_batch: Batch
) -> None:
    headers = bearer(tokens["loom-1"]) | {"Content-Encoding": "gzip"}
    answer = await client.post(EVENTS, content=gzip.compress(loom_batch().json()), headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer forged"}, {"Authorization": "Basic eA=="}])
async def test_without_the_lines_token_nothing_is_taken(
    client: httpx.AsyncClient, loom_batch: Batch, header: dict[str, str]
) -> None:
    answer = await client.post(EVENTS, content=loom_batch().json(), headers=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_one_line_cannot_deliver_for_another(
    client: httpx.AsyncClient, tokens: dict[str, str], loom_batch: Batch
) -> None:
    answer = await client.post(EVENTS, content=loom_batch().json(), headers=bearer(tokens["opener-1"]))
    assert answer.status_code == 403
    assert "loom-1" in answer.json()["detail"]


async def test_one_line_cannot_fetch_the_commands_of_another(
    client: httpx.AsyncClient, tokens: dict[str, str]
) -> None:
    mine = await client.get("/api/v1/lines/loom-1/commands", headers=bearer(tokens["loom-1"]))
    other = await client.get("/api/v1/lines/loom-1/commands", headers=bearer(tokens["opener-1"]))
    assert (mine.status_code, mine.json()) == (200, [])
    assert other.status_code == 403


async def test_a_second_log_under_the_same_line_id_is_a_conflict(
    client: httpx.AsyncClient, tokens: dict[str, str], loom_batch: Batch
) -> None:
    events = json.loads(loom_batch().json())
    for event in events:
        event["log_id"] = "8c6c4a50-0000-4000-8000-000000000000"
        event["id"] = event["id"][::-1]
    answer = await client.post(EVENTS, json=events, headers=bearer(tokens["loom-1"]))
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:maqta:problem:log_conflict"


async def test_a_gzip_bomb_stops_at_the_limit(client: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    megabyte = b" " * 2**20
    bomb = b"".join(packer.compress(megabyte) for _ in range(200)) + packer.flush()
    assert len(bomb) < EVENTS_LIMIT_BYTES < 200 * 2**20  # small on the wire, too large unpacked
    headers = bearer(tokens["loom-1"]) | {"Content-Encoding": "gzip"}
    answer = await client.post(EVENTS, content=bomb, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"\x1f\x8b broken", "gzip", 400),
        (gzip.compress(b"[]", mtime=0)[:-4], "gzip", 400),
        (gzip.compress(b"[]", mtime=0) + gzip.compress(b"[]", mtime=0), "gzip", 400),
        (b"[]", "br", 415),
        (b"not json", "identity", 422),
        (b'[{"id": 1}]', "identity", 422),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem_that_says_why(
    client: httpx.AsyncClient, tokens: dict[str, str], body: bytes, encoding: str, status: int
) -> None:
    headers = bearer(tokens["loom-1"]) | {"Content-Encoding": encoding}
    answer = await client.post(EVENTS, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


async def test_a_picture_comes_in_by_its_hash_and_out_again(
    client: httpx.AsyncClient,
    tokens: dict[str, str],
    pictures: dict[str, bytes],
    log_in: Callable[[str], Any],
) -> None:
    sha256, data = next(iter(pictures.items()))
    headers = bearer(tokens["loom-1"]) | {"Content-Type": "image/png"}
    sent = await client.put(f"/api/v1/pictures/{sha256}", content=data, headers=headers)
    assert sent.status_code == 204, sent.text
    await log_in("viewer")
    got = await client.get(f"/api/v1/pictures/{sha256}")
    assert (got.content, got.headers["content-type"]) == (data, "image/png")
    assert "immutable" in got.headers["cache-control"]


@pytest.mark.parametrize(
    ("sha256", "data", "media_type", "status"),
    [
        ("0" * 64, b"\x89PNG\r\n\x1a\n", "image/png", 422),  # not what the hash says
        ("0" * 64, b"<svg/>", "image/svg+xml", 415),
        ("..%2f..%2fetc%2fpasswd", b"x", "image/png", 404),
        ("0" * 63 + "G", b"x", "image/png", 422),
        ("0" * 64, b"x" * (PICTURE_LIMIT_BYTES + 1), "image/png", 413),
    ],
)
async def test_a_picture_that_is_none_is_refused(
    client: httpx.AsyncClient,
    tokens: dict[str, str],
    sha256: str,
    data: bytes,
    media_type: str,
    status: int,
) -> None:
    headers = bearer(tokens["loom-1"]) | {"Content-Type": media_type}
    answer = await client.put(f"/api/v1/pictures/{sha256}", content=data, headers=headers)
    assert answer.status_code == status, answer.text


async def test_a_line_is_told_which_pictures_are_missing(
    client: httpx.AsyncClient, tokens: dict[str, str]
) -> None:
    answer = await client.get("/api/v1/pictures", headers=bearer(tokens["loom-1"]))
    assert answer.json() == {"sha256": []}  # all of them came with the filling


async def test_an_unknown_bundle_is_not_found(client: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    answer = await client.get("/api/v1/bundles/nothing-here", headers=bearer(tokens["loom-1"]))
    assert answer.status_code == 404
