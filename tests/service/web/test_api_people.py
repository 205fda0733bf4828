"""Logging in and out, sessions, passwords, throttling, and requests that another site made a browser send."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

LOGIN = "/api/v1/login"
PASSWORD = "a long enough one"


async def test_a_session_cookie_is_out_of_reach_for_scripts_and_other_sites(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(LOGIN, json={"login": "viewer", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert answer.json() == {
        "login": "viewer",
        "role": "viewer",
        "lines": [],
        "must_change_password": False,
    }


@pytest.mark.parametrize(
    ("login", "password"), [("viewer", "wrong"), ("nobody", PASSWORD), ("VIEWER", PASSWORD)]
)
async def test_a_wrong_login_or_password_gives_no_session(
    client: httpx.AsyncClient, login: str, password: str
) -> None:
    answer = await client.post(LOGIN, json={"login": login, "password": password})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_each_login_gives_another_token_and_ends_the_one_before(
    client: httpx.AsyncClient,
) -> None:
    first = (await client.post(LOGIN, json={"login": "viewer", "password": PASSWORD})).cookies[
        "maqta_session"
    ]
    second = (await client.post(LOGIN, json={"login": "viewer", "password": PASSWORD})).cookies[
        "maqta_session"
    ]
    assert first != second
    client.cookies.clear()
    assert (await client.get("/api/v1/me", headers={"Cookie": f"maqta_session={first}"})).status_code == 401


async def test_after_logging_out_the_old_cookie_opens_nothing(
    client: httpx.AsyncClient, log_in: Callable[[str], Any]
) -> None:
    await log_in("admin")
    old = client.cookies["maqta_session"]
    assert (await client.post("/api/v1/logout")).status_code == 204
    client.cookies.clear()
    again = await client.get("/api/v1/me", headers={"Cookie": f"maqta_session={old}"})
    assert again.status_code == 401


async def test_a_forged_cookie_opens_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/lines", headers={"Cookie": "maqta_session=forged"})
    assert answer.status_code == 401


async def test_who_must_choose_a_password_gets_nothing_before(client: httpx.AsyncClient) -> None:
    await client.post(LOGIN, json={"login": "newcomer", "password": PASSWORD})
    assert (await client.get("/api/v1/lines")).status_code == 403
    change = {"old_password": PASSWORD, "new_password": "another long one"}
    assert (await client.post("/api/v1/password", json=change)).status_code == 204
    assert (await client.get("/api/v1/lines")).status_code == 200


async def test_guessing_gets_slow_for_the_one_who_guesses_only(app: FastAPI) -> None:
    def at(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url="http://plant.test")

    async with at("10.0.0.66") as guesser, at("10.0.0.7") as owner:
        for _ in range(5):
            answer = await guesser.post(LOGIN, json={"login": "viewer", "password": "guess"})
            assert answer.status_code == 401
        slowed = await guesser.post(LOGIN, json={"login": "viewer", "password": PASSWORD})
        assert slowed.status_code == 429
        assert int(slowed.headers["retry-after"]) >= 1
        served = await owner.post(LOGIN, json={"login": "viewer", "password": PASSWORD})
        assert served.status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.test", "null", "http://plant.test.evil.test", "http://[", None]
)
async def test_a_changing_request_from_another_site_is_refused(
    log_in: Callable[[str], Any], origin: str | None
) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    del browser.headers["Origin"]
    headers = {} if origin is None else {"Origin": origin}
    answer = await browser.post("/api/v1/lines/loom-1/commands", json={"command": "hold"}, headers=headers)
    assert answer.status_code == 403
    waiting = await browser.get("/api/v1/commands")
    assert waiting.json() == []


async def test_a_removed_user_is_out_at_once(app: FastAPI, log_in: Callable[[str], Any]) -> None:
    admin: httpx.AsyncClient = await log_in("admin")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://plant.test") as other:
        await other.post(LOGIN, json={"login": "manager", "password": PASSWORD})
        assert (await other.get("/api/v1/me")).status_code == 200
        assert (await admin.delete("/api/v1/users/manager")).status_code == 204
        assert (await other.get("/api/v1/me")).status_code == 401


async def test_a_new_role_ends_the_sessions_and_counts_from_the_next_login_on(
    app: FastAPI, log_in: Callable[[str], Any]
) -> None:
    admin: httpx.AsyncClient = await log_in("admin")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://plant.test") as other:
        await other.post(LOGIN, json={"login": "viewer", "password": PASSWORD})
        assert (await other.get("/api/v1/audit")).status_code == 403
        await admin.put("/api/v1/users/viewer/role", json={"role": "manager"})
        assert (await other.get("/api/v1/audit")).status_code == 401
        other.cookies.clear()
        await other.post(LOGIN, json={"login": "viewer", "password": PASSWORD})
        assert (await other.get("/api/v1/audit")).status_code == 200


async def test_the_last_admin_stays(log_in: Callable[[str], Any]) -> None:
    admin: httpx.AsyncClient = await log_in("admin")
    answer = await admin.put("/api/v1/users/admin/role", json={"role": "viewer"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:maqta:problem:last_admin"


async def test_an_admin_makes_a_user_who_must_choose_a_password(log_in: Callable[[str], Any]) -> None:
    admin: httpx.AsyncClient = await log_in("admin")
    body = {"login": "aigul", "password": "first one of hers", "role": "technician"}
    answer = await admin.post("/api/v1/users", json=body)
    assert answer.status_code == 201
    assert answer.json()["must_change_password"] is True
    assert "password" not in answer.text.replace("must_change_password", "")
    logins = [user["login"] for user in (await admin.get("/api/v1/users")).json()]
    assert "aigul" in logins
