"""The admin's page of people: for admins only, and each form does what the API does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service.plant.plant import Plant
from service.plant.views.people import Role
from service.settings import PlantSettings
from service.web.app import build_app

Login = Callable[[str], Any]


async def test_an_admin_adds_a_technician_changes_the_role_and_removes_them(
    log_in: Login, plant: Plant
) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    form = {"login": "aigul", "password": "first one of hers", "role": "technician"}
    assert (await browser.post("/people", data=form)).headers["location"] == "/people"
    page = await browser.get("/people", headers={"Accept-Language": "ru"})
    assert "aigul" in page.text
    assert "ещё не входил" in page.text
    await browser.post("/people/aigul/role", data={"role": "engineer"})
    user = plant.people.get("aigul")
    assert user is not None
    assert user.role is Role.ENGINEER
    await browser.post("/people/aigul/remove")
    assert plant.people.get("aigul") is None


async def test_who_is_not_logged_in_is_led_to_the_login(client: httpx.AsyncClient) -> None:
    assert (await client.get("/people")).headers["location"] == "/login"
    assert (await client.post("/people/admin/remove")).status_code == 401


@pytest.mark.parametrize("role", ["viewer", "technician", "engineer", "manager"])
async def test_nobody_else_gets_at_it(log_in: Login, plant: Plant, role: str) -> None:
    browser: httpx.AsyncClient = await log_in(role)
    form = {"login": "mine", "password": "a long enough one", "role": "admin"}
    answers = [
        await browser.get("/people"),
        await browser.post("/people", data=form),
        await browser.post(f"/people/{role}/role", data={"role": "admin"}),
        await browser.post("/people/admin/remove"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert plant.people.get("mine") is None


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"login": "viewer", "password": "a long enough one", "role": "viewer"}, "already"),
        ({"login": "Not One!", "password": "a long enough one", "role": "viewer"}, "1 to 32 characters"),
        ({"login": "new", "password": "short", "role": "viewer"}, "too weak"),
    ],
)
async def test_what_cannot_be_is_said_in_words(log_in: Login, form: dict[str, str], told: str) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    answer = await browser.post("/people", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code in (409, 422)
    assert told in answer.text


async def test_a_demo_plant_says_so_before_and_after_the_login(plant: Plant, settings: PlantSettings) -> None:
    app = build_app(plant, replace(settings, demo=True))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://plant.test") as browser:
        assert "DEMO" in (await browser.get("/login")).text
        browser.cookies.set("maqta_session", app.state.web.sessions.start("admin"))
        assert "demo-band" in (await browser.get("/people")).text


async def test_the_last_admin_cannot_remove_themselves(log_in: Login, plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    answer = await browser.post("/people/admin/remove", headers={"Accept-Language": "kk"})
    assert answer.status_code == 409
    assert "Соңғы әкімші қалады." in answer.text
    assert plant.people.get("admin") is not None
