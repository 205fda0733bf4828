"""Every endpoint of the OpenAPI with odd values, as anybody: an answer below 500, a problem where refused."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_OID, uuid5

import httpx
import pytest
from fastapi import FastAPI

from service.web.api.routes import API_PATH, build_api

EARLIEST, LATEST = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
ODD = (
    "", " ", "0", "-1", "1e400", "9" * 40, "nan", "null", "true", "\x00", "\ud800", "🦄", "قطن", "a" * 3000,
    "../../etc/passwd", "%2e%2e", "a/b", "'; DROP TABLE rolls;--", "<svg onload=alert(1)>", "{}", "[]",
    "loom-1", "roll-1", "lot-1", "hold", "2026-03-02T06:00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "R" * 64, "0" * 64,
)  # fmt: skip
BODIES = tuple(
    json.dumps(body).encode()
    for body in (
        None, [], {}, 0, "x", [[[]]], {"login": 1}, {"login": "\x00", "password": "\ud800"},
        {"login": "a" * 80, "password": "p" * 1024, "role": "viewer"},
        {"login": "новый", "password": "a long enough one", "role": "viewer"},
        {"login": "viewer", "password": "wrong", "role": "nobody"},
        {"role": "god"}, {"role": "viewer", "more": 1},
        {"old_password": "\x00", "new_password": "\x00" * 20},
        {"verdict": "right", "defect_kind": "\x00"}, {"verdict": "wrong", "defect_kind": "🦄"},
        {"verdict": None}, {"command": "hold", "arguments": {"\x00": "\x00"}},
        {"command": "activate_bundle", "arguments": {}},
        {"command": "activate_bundle", "arguments": {"bundle_id": "../../x"}},
        {"command": "change_article", "arguments": {"article": "../x\n"}},
        {"command": "end_roll", "arguments": {"name": "\ud800"}},
        {"line": "loom-1", "kind": "roll", "from_utc": "2026-03-02T06:00:00", "to_utc": LATEST},
        {"line": "loom-1", "from_utc": EARLIEST, "to_utc": "2026-03-02T06:00:00Z", "why": "x"},
        {"line": "loom-1", "pictures": 2**63, "seed": -1}, {"missed": 2**40}, {"accept": True},
        {"cause": "\x00", "action": "\ud800"},
        {"sha256": "0" * 64, "defective": True, "defect_kind": "\x00", "trial": 3},
        {"line": "\x00", "measure": "drift_scores", "why": "\ud800"},
        [{"id": 1}], [None], [{}],
    )
) + (b"", b"\xff\xfe", b"{", b"[" * 5000, b"NaN", b'{"login": NaN}')  # fmt: skip
KNOWN = {
    "form": "csv", "mapping": "orders", "complaint_id": "none", "name": "erp", "kind": "alarm",
    "unit_id": "none", "shift": "A", "entry_id": "none", "day": "2026-03-02",
    "line": "loom-1", "roll_id": "roll-1", "lot_id": "lot-1", "login": "technician", "sha256": "0" * 64,
    "slug": "defect_rate", "basis": "area", "subgroup_id": "1", "alarm_id": "1", "item_id": "1",
    "advice_id": "1", "study_id": "none",
    "job_id": "none", "lesson_id": "none", "number": "1", "token_id": "none",
    "bundle_id": "b0", "defect_id": str(uuid5(NAMESPACE_OID, "roll-1None/0")),
}  # fmt: skip


def requests_of(path: str, method: str, operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each parameter with each odd value, the others left out or plain; and each odd body."""
    parameters = operation.get("parameters", [])
    plain = {p["name"]: KNOWN[p["name"]] for p in parameters if p["in"] == "path"}
    for parameter, value in itertools.product(parameters, ODD):
        name = parameter["name"]
        if parameter["in"] == "path":
            yield _filled(path, plain | {name: value}), {}
        else:
            yield f"{_filled(path, plain)}?{name}={_quoted(value)}", {}
    if method in ("post", "put"):
        for body in BODIES:
            yield _filled(path, plain), {"content": body, "headers": {"Content-Type": "application/json"}}
    if not parameters:
        yield path, {}


def _filled(path: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", _quoted(value) or "%20")
    return path


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


SCHEMA = build_api().openapi()
OPERATIONS = [
    (path, method, operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
    if (path, method) != ("/logout", "post")  # it would end the session under test
]


@pytest.mark.parametrize("who", ["nobody", "technician", "admin", "machine"])
async def test_no_odd_value_is_a_fault_of_the_plant(
    app: FastAPI,
    client: httpx.AsyncClient,
    tokens: dict[str, str],
    log_in: Callable[[str], Any],
    who: str,
) -> None:
    bearer = {"Authorization": f"Bearer {tokens['loom-1']}"} if who == "machine" else {}
    if who not in ("nobody", "machine"):
        await log_in(who)
    faults = []
    for path, method, operation in OPERATIONS:
        for url, request in requests_of(path, method, operation):
            headers = {**bearer, **request.pop("headers", {})}
            answer = await client.request(method, API_PATH + url, headers=headers, **request)
            problem = answer.headers.get("content-type") == "application/problem+json"
            if answer.status_code >= 500 or (answer.status_code >= 400 and not problem):
                faults.append((answer.status_code, method, url[:90], str(request)[:120], answer.text[:120]))
    assert faults == []
