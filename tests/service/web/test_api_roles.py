"""The table role × endpoint: who may ask for what."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from endpoint_table import TABLE
from fastapi import FastAPI

from service.plant.views.people import Role
from service.web.api.routes import API_PATH, build_api

MACHINE_OR_OPEN = {
    ("POST", "/ingest/events"),
    ("PUT", "/pictures/{sha256}"),
    ("GET", "/pictures"),
    ("GET", "/lines/{line}/commands"),
    ("POST", "/lines/{line}/now"),
    ("GET", "/bundles/{bundle_id}"),
    ("GET", "/health"),
    ("POST", "/login"),
    ("POST", "/logout"),
}


REFUSED_BY_ROLE = "this needs the role"


def all_endpoints(app: FastAPI) -> set[tuple[str, str]]:
    paths = app.openapi()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def test_every_endpoint_stands_in_the_table() -> None:
    assert all_endpoints(build_api()) == MACHINE_OR_OPEN | {(row.method, row.path) for row in TABLE}


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_do_what_the_table_says_and_no_more(
    role: Role, log_in: Callable[[str], Any]
) -> None:
    browser: httpx.AsyncClient = await log_in(role.value)
    for row in TABLE:
        answer = await browser.request(row.method, API_PATH + (row.url or row.path), json=row.json)
        refused = answer.status_code == 403 and REFUSED_BY_ROLE in answer.json()["detail"]
        assert refused is not role.may_act_as(row.needs), (role, row, answer.status_code, answer.text)
        assert answer.status_code < 500, (row, answer.text)


async def test_nobody_gets_anything_without_logging_in(client: httpx.AsyncClient) -> None:
    for row in TABLE:
        answer = await client.request(row.method, API_PATH + (row.url or row.path), json=row.json)
        assert answer.status_code == 401, row
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_machines_token_opens_nothing_for_people(
    client: httpx.AsyncClient, tokens: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {tokens['loom-1']}"}
    for row in TABLE:
        url = API_PATH + (row.url or row.path)
        answer = await client.request(row.method, url, json=row.json, headers=headers)
        assert answer.status_code == 401, row


async def test_an_admins_session_opens_nothing_for_machines(log_in: Callable[[str], Any]) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    for method, path in [
        ("POST", "/ingest/events"),
        ("PUT", "/pictures/" + "0" * 64),
        ("GET", "/pictures"),
        ("GET", "/lines/loom-1/commands"),
        ("GET", "/bundles/b0"),
    ]:
        answer = await browser.request(method, API_PATH + path)
        assert answer.status_code == 401, path
