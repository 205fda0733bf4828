"""Tokens that an admin makes: told once, kept hashed, with role, lines and an end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.plant.plant import Plant
from service.settings import PlantSettings
from service.web.api.routes import API_PATH

TOKENS = API_PATH + "/tokens"
HOLD = {"command": "hold"}


async def made(browser: httpx.AsyncClient, **wanted: Any) -> tuple[int, dict[str, str]]:
    answer = await browser.post(TOKENS, json={"name": "erp", **wanted})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return told["token"]["id"], {"Authorization": f"Bearer {told['secret']}"}


async def test_a_token_opens_what_its_role_and_lines_allow(log_in: Callable[[str], Any]) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    _, bearer = await made(browser, role="technician", lines=["opener-1"])
    browser.cookies.clear()
    assert (await browser.get(API_PATH + "/me", headers=bearer)).json()["login"] == "token:erp"
    own = await browser.post(API_PATH + "/lines/opener-1/commands", json=HOLD, headers=bearer)
    other = await browser.post(API_PATH + "/lines/loom-1/commands", json=HOLD, headers=bearer)
    above = await browser.get(TOKENS, headers=bearer)
    assert [own.status_code, other.status_code, above.status_code] == [202, 403, 403]
    assert own.json()["issued_by"] == "token:erp"


async def test_the_secret_is_told_once_and_lies_nowhere(
    log_in: Callable[[str], Any], settings: PlantSettings, plant: Plant
) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    key = {"Idempotency-Key": "one"}  # an answer with a secret is not kept for a second request either
    answer = await browser.post(TOKENS, json={"name": "erp"}, headers=key)
    secret = answer.json()["secret"]
    assert len(secret) >= 43
    listed = await browser.get(TOKENS)
    assert secret not in listed.text
    assert secret not in str(plant.audit_log.page().items)
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


async def test_a_token_runs_out(app: FastAPI, log_in: Callable[[str], Any], plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    _, bearer = await made(browser, days=2)
    now: datetime = app.state.web.now()
    later = replace(plant.access, now=lambda: now + timedelta(days=2))
    just_before = replace(plant.access, now=lambda: now + timedelta(days=2, seconds=-1))
    secret = bearer["Authorization"].removeprefix("Bearer ")
    assert just_before.client_of(secret) is not None
    assert later.client_of(secret) is None


async def test_a_revoked_token_opens_nothing_from_the_next_request_on(log_in: Callable[[str], Any]) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    number, bearer = await made(browser)
    assert (await browser.get(API_PATH + "/lines", headers=bearer)).status_code == 200
    assert (await browser.delete(f"{TOKENS}/{number}")).json()["revoked_utc"] is not None
    assert (await browser.get(API_PATH + "/lines", headers=bearer)).status_code == 401
    assert (await browser.delete(f"{TOKENS}/{number}")).status_code == 200  # a second time changes nothing
    actions = [entry["action"] for entry in (await browser.get(API_PATH + "/audit")).json()["items"]]
    assert actions.count("revoke_token") == 1


@pytest.mark.parametrize(
    "wanted", [{"role": "admin"}, {"days": 367}, {"name": "   "}, {"name": "a\nb"}, {"lines": ["loom-9"]}]
)
async def test_what_cannot_be_is_refused(log_in: Callable[[str], Any], wanted: dict[str, Any]) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    answer = await browser.post(TOKENS, json={"name": "erp", **wanted})
    assert answer.status_code in (404, 422), answer.text
    assert (await browser.get(TOKENS)).json() == []
