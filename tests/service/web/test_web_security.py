"""What strangers try: pages of other sites, bodies without end, paths that climb, texts that are code."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import product
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from service import events as ev
from service.mill_settings import WebhookSettings
from service.plant.plant import Plant
from service.plant.views.people import Role
from service.settings import PlantSettings
from service.web.app import build_app
from service.web.panel.markup import el
from service.web.security import LARGEST_BODY_BYTES

Login = Callable[[str], Any]
PASSWORD = "a long enough one"
HOOK_SECRET = "the-secret-of-the-webhook-of-the-erp"
FORMS = [
    ("/people", {"login": "mine", "password": "a long enough one", "role": "admin"}),
    ("/people/viewer/role", {"role": "admin"}),
    ("/people/viewer/remove", {}),
    ("/people/tokens", {"name": "mine", "role": "manager", "days": "9"}),
    ("/articles/lessons", {"line": "loom-1", "article": "a", "frames": "9"}),
    ("/password", {"old_password": "x", "new_password": "a long enough one"}),
    ("/logout", {}),
]


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://plant.test.evil.test", ""])
async def test_a_form_of_another_site_changes_nothing(log_in: Login, plant: Plant, origin: str) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    del browser.headers["Origin"]
    headers = {"Origin": origin} if origin else {}
    for path, form in FORMS:
        answer = await browser.post(path, data=form, headers=headers)
        assert answer.status_code == 403, path
    viewer = plant.people.get("viewer")
    assert viewer is not None
    assert viewer.role is Role.VIEWER
    assert plant.access.listing() == ()
    assert (await browser.get("/api/v1/me")).status_code == 200  # not logged out either


async def endless() -> AsyncIterator[bytes]:
    """More than may come, without a declared length."""
    for _ in range(LARGEST_BODY_BYTES // 100_000 + 2):
        yield b"x" * 100_000


@pytest.mark.parametrize("path", ["/login", "/api/v1/login", "/people", "/api/v1/users"])
@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "one"}])
async def test_a_body_without_end_is_cut_off(log_in: Login, path: str, key: dict[str, str]) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
    answer = await browser.post(path, content=endless(), headers={"Content-Type": kind} | key)
    assert answer.status_code == 413, answer.text


CLIMBING = [
    "/static/%2e%2e/%2e%2e/page.py",
    "/static/..%2f..%2fpage.py",
    "/static//etc/passwd",
    "/api/v1/pictures/..%2f..%2fsecrets%2fsessions.json",
    "/api/v1/bundles/..%2f..%2fplant",
    "/api/v1/rolls/..%2f..%2fsecrets.csv",
]


async def test_no_path_climbs_out(log_in: Login, tokens: dict[str, str]) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    for path in CLIMBING:
        answer = await browser.get(path, headers={"Accept": "*/*"})
        assert answer.status_code in (400, 401, 404, 422), (path, answer.status_code)
        assert tokens["loom-1"] not in answer.text, path
        assert "root:" not in answer.text, path


CODE = ["' OR '1'='1", "x'; DROP TABLE users; --", "%", "_", '"', "\\", "\x00"]
FILTERS = [("audit", "subject"), ("audit", "user"), ("rolls", "article"), ("feeds/rolls", "name")]


async def test_a_filter_is_a_text_and_never_a_part_of_a_query(log_in: Login, plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    for text, (path, name) in product(CODE, FILTERS):
        answer = await browser.get(f"/api/v1/{path}", params={name: text})
        assert answer.status_code in (200, 422), (path, name, text, answer.text)
        if answer.status_code == 200:
            assert answer.json()["items"] == [], (path, name, text)
    assert len(plant.people.listing()) == 6


async def test_what_people_type_is_shown_and_not_run(log_in: Login, plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    name = "<img src=x onerror=alert(1)>"
    plant.access.create(name, Role.VIEWER, [], 9, "admin")
    page = await browser.get("/people")
    assert name not in page.text
    assert el("b", name) in page.text


@pytest.fixture
def settings(settings: PlantSettings) -> PlantSettings:
    folder = settings.data_dir.parent
    secret = folder / "hook.secret"
    secret.write_text(HOOK_SECRET)
    secret.chmod(0o600)
    hook = WebhookSettings(name="erp", url="http://127.0.0.1:9/maqta", secret_file=secret)
    return replace(settings, webhooks=[hook])


async def test_no_secret_stands_in_a_log(
    plant: Plant,
    settings: PlantSettings,
    tokens: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    loom_batch: Callable[[], Any],
) -> None:
    """Log in, guess, change a password, make and use tokens, deliver, tell a webhook that does not answer."""
    caplog.set_level(logging.DEBUG)
    app = build_app(plant, settings)
    transport = httpx.ASGITransport(app=app)
    told = [PASSWORD, "a wrong guess of hers", "another long one", HOOK_SECRET, *tokens.values()]
    async with httpx.AsyncClient(
        transport=transport, base_url="http://plant.test", headers={"Origin": "http://plant.test"}
    ) as browser:
        await browser.post("/login", data={"login": "viewer", "password": "a wrong guess of hers"})
        await browser.post("/login", data={"login": "admin", "password": PASSWORD})
        told.append(browser.cookies["maqta_session"])
        change = {"old_password": PASSWORD, "new_password": "another long one"}
        await browser.post("/api/v1/password", json=change)
        told.append(browser.cookies["maqta_session"])
        secret = (await browser.post("/api/v1/tokens", json={"name": "erp"})).json()["secret"]
        told.append(secret)
        await browser.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        await browser.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}wrong"})
        for line, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}"}
            await browser.get(f"/api/v1/lines/{line}/commands", headers=headers)
    line = loom_batch()
    line.add(ev.AlarmRaised(code="camera_gone", detail="no frame for 4 s"))
    plant.ingest("loom-1", line.events)
    _tell(plant, caplog)
    written = "\n".join([caplog.text, *(str(record.args) for record in caplog.records)])
    assert [each for each in told if each in written] == []


def _tell(plant: Plant, caplog: pytest.LogCaptureFixture) -> None:
    couriers, end_s = plant.mill.couriers, monotonic() + 20
    couriers.start()
    try:
        while "webhook erp" not in caplog.text:
            assert monotonic() < end_s, "the webhook was never tried"
            sleep(0.05)
    finally:
        couriers.stop()
