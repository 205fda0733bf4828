"""Lines of a person: they look at every line and change only their own, over REST and on the panel alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.plant.acting import acting
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.views.defects import MarkVerdict
from service.plant.views.people import Role, User
from service.web.api.routes import API_PATH

OTHER_LINE = "opener-1"  # the person may act on this one only
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
OWN = {"from_utc": "2026-01-01T00:00:00Z", "to_utc": "2026-01-02T00:00:00Z"}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of something of loom-1, or of the whole plant."""

    role: Role
    url: str
    json: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"


def flow(place: str) -> dict[str, Any]:
    return {
        "at_utc": "2026-03-02T05:00:00Z",
        "body": {
            "kind": "flow", "place": place, "flow": "input", "step": "roll", "unit_id": "lot-1",
            "value": 1.0, "unit": "kg",
        },
    }  # fmt: skip


CHANGES = [
    Change(role=Role.TECHNICIAN, url="/lines/loom-1/commands", json={"command": "hold"}),
    Change(role=Role.ENGINEER, url="/lines/loom-1/commands", json={"command": "end_roll"}),
    Change(role=Role.TECHNICIAN, url="/lines/loom-1/previews/1/verdict", json={"good": True}),
    Change(role=Role.ENGINEER, url="/lessons", json={"line": "loom-1", "article": "new"}),
    Change(role=Role.TECHNICIAN, url="/defects/{defect}/mark", json={"verdict": "wrong"}),
    Change(role=Role.TECHNICIAN, url="/complaints", json={"roll": "roll-1", "customer": "c"}),
    Change(role=Role.TECHNICIAN, url="/ledger/entries", json=flow("loom-1")),
    Change(
        role=Role.TECHNICIAN,
        url="/ledger/entries",
        json={
            "at_utc": "2026-03-02T05:00:00Z",
            "why": "oil",
            "body": {"kind": "disposition", "roll_id": "roll-1", "action": "hold"},
        },
    ),
    Change(role=Role.ENGINEER, url="/audits", json={"line": "loom-1", "kind": "roll", **OWN}),
    Change(role=Role.ENGINEER, url="/studies", json={"line": "loom-1"}),
    Change(
        role=Role.ENGINEER,
        url="/drift/references",
        json={"line": "loom-1", "measure": "drift_scores", "why": "new lamp"},
    ),
    Change(
        role=Role.TECHNICIAN,
        url="/loop/lock",
        json={"line": "loom-1", "article": "plain weave", "locked": True, "why": "x"},
    ),
    Change(role=Role.MANAGER, url="/kpis/baselines", json={**OWN, "why": "x", "line": "loom-1"}),
    Change(role=Role.MANAGER, url="/kpis/baselines", json={**OWN, "why": "of every line"}),
    Change(
        role=Role.ADMIN,
        url="/users",
        json={"login": "mine", "password": "a long enough one", "role": "admin"},
    ),
    Change(role=Role.ADMIN, url="/users/viewer/role", json={"role": "admin"}, method="PUT"),
    Change(role=Role.ADMIN, url="/users/admin/lines", json={"lines": []}, method="PUT"),
    Change(role=Role.ADMIN, url="/users/viewer", method="DELETE"),
    Change(role=Role.ADMIN, url="/tokens", json={"name": "all lines", "role": "manager"}),
]


@pytest.fixture
def limited(plant: Plant, log_in: Callable[[str], Any]) -> Callable[[Role], Any]:
    """A browser of a person whose lines are another one than loom-1."""

    async def as_role(role: Role) -> httpx.AsyncClient:
        if role is Role.ADMIN:
            plant.people.create("chief", "a long enough one", Role.ADMIN, "test")
        plant.people.set_lines(role.value, [OTHER_LINE], "test")
        browser: httpx.AsyncClient = await log_in(role.value)
        return browser

    return as_role


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VIEWER])
async def test_nothing_of_another_line_is_changed_by_any_role(
    role: Role, limited: Callable[[Role], Any], plant: Plant
) -> None:
    browser: httpx.AsyncClient = await limited(role)
    found = plant.roll("roll-1").defects[0].defect_id
    for change in CHANGES:
        if not role.may_act_as(change.role):
            continue
        url = API_PATH + change.url.format(defect=found)
        answer = await browser.request(change.method, url, json=change.json or None)
        assert answer.status_code == 403, (change, answer.text)
        assert answer.json()["type"] == "urn:maqta:problem:out_of_scope", (change, answer.text)
    assert plant.people.get("mine") is None
    assert plant.commands("loom-1") == ()
    assert (await browser.get(API_PATH + "/rolls/roll-1")).status_code == 200  # looking is free


async def test_the_own_line_is_changed_as_ever(limited: Callable[[Role], Any]) -> None:
    browser: httpx.AsyncClient = await limited(Role.TECHNICIAN)
    taken = await browser.post(API_PATH + f"/lines/{OTHER_LINE}/commands", json={"command": "hold"})
    assert taken.status_code == 202
    booked = await browser.post(API_PATH + "/ledger/entries", json=flow(OTHER_LINE))
    assert booked.status_code == 201, booked.text


def test_the_panels_presses_meet_the_same_gate(plant: Plant) -> None:
    person = User(
        login="p",
        role=Role.ENGINEER,
        must_change_password=False,
        created_utc=NOW,
        lines=(OTHER_LINE,),
    )
    defect = plant.roll("roll-1").defects[0].defect_id
    with acting("10.0.0.7", person), pytest.raises(PlantError, match="opener-1 only"):
        plant.mark(defect, MarkVerdict.WRONG, None, person.login)
    plant.mark(defect, MarkVerdict.WRONG, None, "console")


async def test_other_lines_end_the_sessions_and_say_so_in_the_audit_log(
    app: FastAPI, log_in: Callable[[str], Any], plant: Plant
) -> None:
    token = app.state.web.sessions.start("technician")
    browser: httpx.AsyncClient = await log_in("admin")
    answer = await browser.put(API_PATH + "/users/technician/lines", json={"lines": [OTHER_LINE]})
    assert answer.json()["lines"] == [OTHER_LINE]
    assert app.state.web.sessions.login_of(token) is None
    newest = plant.audit_log.page().items[0]
    assert (newest.action, newest.detail) == ("set_lines", {"before": "", "lines": OTHER_LINE})
    assert newest.address == "127.0.0.1"


async def test_a_line_that_the_plant_does_not_have_is_refused(log_in: Callable[[str], Any]) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    answer = await browser.put(API_PATH + "/users/viewer/lines", json={"lines": ["loom-9"]})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:maqta:problem:unknown_line")


async def test_the_last_admin_of_every_line_keeps_them(log_in: Callable[[str], Any], plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    answer = await browser.put(API_PATH + "/users/admin/lines", json={"lines": [OTHER_LINE]})
    assert answer.json()["type"] == "urn:maqta:problem:last_admin"
    admin = plant.people.get("admin")
    assert admin is not None
    assert admin.lines == ()
