"""The table role × endpoint: who may ask for what."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
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


@dataclass(frozen=True, kw_only=True)
class Row:
    """One endpoint, the least role it needs, and a request that may be refused for other reasons only."""

    method: str
    path: str
    needs: Role
    url: str = ""
    json: Any = field(default=None)


TABLE = [
    Row(method="GET", path="/me", needs=Role.VIEWER),
    Row(method="GET", path="/lines", needs=Role.VIEWER),
    Row(method="GET", path="/holdings", needs=Role.VIEWER),
    Row(method="GET", path="/lines/{line}/now", needs=Role.VIEWER, url="/lines/loom-1/now"),
    Row(
        method="GET",
        path="/lines/{line}/previews/{number}",
        needs=Role.VIEWER,
        url="/lines/loom-1/previews/1",
    ),
    Row(method="GET", path="/commands", needs=Role.VIEWER),
    Row(method="GET", path="/alarms", needs=Role.VIEWER),
    Row(method="GET", path="/crops", needs=Role.VIEWER),
    Row(method="GET", path="/rolls", needs=Role.VIEWER),
    Row(method="GET", path="/rolls/{roll_id}", needs=Role.VIEWER, url="/rolls/roll-1"),
    Row(method="GET", path="/rolls/{roll_id}.csv", needs=Role.VIEWER, url="/rolls/roll-1.csv"),
    *(
        Row(method="GET", path=f"/exports/{what}.{{form}}", needs=Role.VIEWER, url=f"/exports/{what}.csv")
        for what in ("rolls", "defects", "lots", "kpis")
    ),
    *(
        Row(method="GET", path=f"/feeds/{w}", needs=Role.VIEWER)
        for w in ("rolls", "lots", "defects", "messages")
    ),
    Row(
        method="GET",
        path="/rolls/{roll_id}/certificate.pdf",
        needs=Role.VIEWER,
        url="/rolls/roll-1/certificate.pdf",
    ),
    Row(
        method="GET",
        path="/certificates/{roll_id}",
        needs=Role.VIEWER,
        url=f"/certificates/roll-1?digest={'0' * 16}",
    ),
    Row(method="GET", path="/lots/{lot_id}/passport.pdf", needs=Role.VIEWER, url="/lots/lot-1/passport.pdf"),
    Row(
        method="POST",
        path="/lots/{lot_id}/passport.pdf",
        needs=Role.VIEWER,
        url="/lots/lot-1/passport.pdf",
        json={"values": {}},
    ),
    Row(method="GET", path="/message-schemas/{kind}", needs=Role.VIEWER, url="/message-schemas/alarm"),
    Row(method="GET", path="/metrics", needs=Role.VIEWER),
    Row(method="GET", path="/rolls/{roll_id}/map", needs=Role.VIEWER, url="/rolls/roll-1/map"),
    Row(method="GET", path="/alarm-list", needs=Role.VIEWER),
    Row(method="POST", path="/alarm-list/acknowledge", needs=Role.TECHNICIAN, json={"key": "none"}),
    Row(method="GET", path="/review", needs=Role.TECHNICIAN),
    Row(method="POST", path="/review/take", needs=Role.TECHNICIAN, json={}),
    Row(
        method="POST",
        path="/review/items/{item_id}/verdict",
        needs=Role.TECHNICIAN,
        url="/review/items/1/verdict",
        json={"defective": True},
    ),
    Row(
        method="POST",
        path="/review/items/{item_id}/skip",
        needs=Role.TECHNICIAN,
        url="/review/items/1/skip",
    ),
    Row(method="POST", path="/review/undo", needs=Role.TECHNICIAN),
    Row(method="GET", path="/imports", needs=Role.VIEWER),
    Row(method="GET", path="/imports/mappings", needs=Role.VIEWER),
    Row(method="POST", path="/imports/{mapping}", needs=Role.ENGINEER, url="/imports/orders", json=[]),
    Row(method="GET", path="/complaints", needs=Role.VIEWER),
    Row(method="GET", path="/complaints/{complaint_id}", needs=Role.VIEWER, url="/complaints/none"),
    Row(
        method="POST",
        path="/complaints",
        needs=Role.TECHNICIAN,
        json={"roll": "none", "customer": "c"},
    ),
    Row(method="GET", path="/destinations", needs=Role.MANAGER),
    Row(method="POST", path="/destinations/{name}/retry", needs=Role.ADMIN, url="/destinations/none/retry"),
    Row(method="GET", path="/lots", needs=Role.VIEWER),
    Row(method="GET", path="/lots/{lot_id}", needs=Role.VIEWER, url="/lots/lot-1"),
    Row(method="GET", path="/ledger/entries", needs=Role.VIEWER),
    Row(method="GET", path="/ledger/entries/{entry_id}", needs=Role.VIEWER, url="/ledger/entries/e1"),
    Row(method="GET", path="/ledger/balances", needs=Role.VIEWER),
    Row(
        method="GET", path="/ledger/lots/{lot_id}/balances", needs=Role.VIEWER, url="/ledger/lots/x/balances"
    ),
    Row(
        method="GET",
        path="/ledger/lots/{lot_id}/statements",
        needs=Role.VIEWER,
        url="/ledger/lots/x/statements",
    ),
    Row(
        method="GET",
        path="/ledger/shifts/{day}/{shift}/statements",
        needs=Role.VIEWER,
        url="/ledger/shifts/2026-03-02/A/statements",
    ),
    Row(method="GET", path="/ledger/units/{unit_id}", needs=Role.VIEWER, url="/ledger/units/x"),
    Row(method="GET", path="/ledger/orders", needs=Role.VIEWER),
    Row(method="GET", path="/ledger/holds", needs=Role.VIEWER),
    Row(
        method="GET",
        path="/rolls/{roll_id}/dispositions",
        needs=Role.VIEWER,
        url="/rolls/roll-1/dispositions",
    ),
    Row(method="GET", path="/grading/profiles", needs=Role.VIEWER),
    Row(method="POST", path="/ledger/entries", needs=Role.TECHNICIAN, json={}),
    Row(method="POST", path="/grading/activations", needs=Role.MANAGER, json={}),
    Row(method="GET", path="/audit/verification", needs=Role.MANAGER),
    Row(method="GET", path="/kpis", needs=Role.VIEWER),
    Row(method="GET", path="/kpis.csv", needs=Role.VIEWER),
    Row(method="GET", path="/kpis/catalogue", needs=Role.VIEWER),
    Row(method="GET", path="/reports/period.pdf", needs=Role.VIEWER),
    Row(method="GET", path="/reports/period.xlsx", needs=Role.VIEWER),
    Row(method="GET", path="/kpis/comparison", needs=Role.VIEWER),
    Row(method="GET", path="/kpis/attribution", needs=Role.VIEWER),
    Row(method="GET", path="/kpis/baselines", needs=Role.VIEWER),
    Row(
        method="GET",
        path="/kpis/{slug}/{basis}/rows",
        needs=Role.VIEWER,
        url="/kpis/defect_rate/area/rows",
    ),
    Row(
        method="POST",
        path="/kpis/baselines",
        needs=Role.MANAGER,
        json={"from_utc": "2026-01-05T00:00:00Z", "to_utc": "2026-01-01T00:00:00Z", "why": "x"},
    ),
    Row(method="GET", path="/charts", needs=Role.VIEWER),
    Row(
        method="GET",
        path="/charts/points",
        needs=Role.VIEWER,
        url="/charts/points?line=loom-1&article=a&bundle_id=b",
    ),
    Row(
        method="GET",
        path="/charts/rare",
        needs=Role.VIEWER,
        url="/charts/rare?line=loom-1&article=a&bundle_id=b",
    ),
    Row(method="POST", path="/charts/limits", needs=Role.ENGINEER, json={}),
    Row(
        method="GET",
        path="/charts/subgroups/{subgroup_id}",
        needs=Role.VIEWER,
        url="/charts/subgroups/1",
    ),
    Row(method="GET", path="/charts/reaction-plan", needs=Role.VIEWER),
    Row(method="GET", path="/forecasts", needs=Role.VIEWER),
    Row(method="GET", path="/cost-of-poor-quality", needs=Role.VIEWER),
    Row(method="GET", path="/advice", needs=Role.VIEWER),
    Row(
        method="POST",
        path="/advice/{advice_id}/decision",
        needs=Role.MANAGER,
        url="/advice/1/decision",
        json={"accept": True},
    ),
    Row(method="GET", path="/audits", needs=Role.VIEWER),
    Row(method="GET", path="/audits/misses", needs=Role.VIEWER),
    Row(method="GET", path="/drift", needs=Role.VIEWER),
    Row(method="GET", path="/studies", needs=Role.ENGINEER),
    Row(
        method="GET",
        path="/studies/{study_id}/agreement",
        needs=Role.ENGINEER,
        url="/studies/none/agreement",
    ),
    Row(method="GET", path="/studies/{study_id}/sheet", needs=Role.TECHNICIAN, url="/studies/none/sheet"),
    Row(method="POST", path="/audits", needs=Role.ENGINEER, json={}),
    Row(method="POST", path="/studies", needs=Role.ENGINEER, json={"line": "loom-1"}),
    Row(method="POST", path="/drift/references", needs=Role.ENGINEER, json={}),
    Row(
        method="POST",
        path="/audits/{item_id}/answer",
        needs=Role.TECHNICIAN,
        url="/audits/1/answer",
        json={"missed": 0},
    ),
    Row(
        method="POST",
        path="/studies/{study_id}/verdicts",
        needs=Role.TECHNICIAN,
        url="/studies/none/verdicts",
        json={"sha256": "0" * 64, "defective": True},
    ),
    Row(
        method="POST",
        path="/studies/{study_id}/verdicts",
        needs=Role.ENGINEER,
        url="/studies/none/verdicts",
        json={"sha256": "0" * 64, "defective": True, "reference": True},
    ),
    Row(method="GET", path="/quality-alarms", needs=Role.VIEWER),
    Row(
        method="POST",
        path="/quality-alarms/{alarm_id}/acknowledge",
        needs=Role.TECHNICIAN,
        url="/quality-alarms/1/acknowledge",
        json={},
    ),
    Row(method="GET", path="/bundles", needs=Role.VIEWER),
    Row(method="GET", path="/lines/{line}/eyesight", needs=Role.VIEWER, url="/lines/loom-1/eyesight"),
    Row(method="GET", path="/articles", needs=Role.VIEWER),
    Row(method="GET", path="/lessons", needs=Role.VIEWER),
    Row(
        method="POST",
        path="/lessons",
        needs=Role.ENGINEER,
        json={"line": "loom-1", "article": "a", "frames": 1},
    ),
    Row(
        method="POST",
        path="/lessons/{lesson_id}/learn",
        needs=Role.ENGINEER,
        url="/lessons/none/learn",
        json={},
    ),
    Row(method="GET", path="/lessons/{lesson_id}/effect", needs=Role.VIEWER, url="/lessons/none/effect"),
    Row(
        method="POST",
        path="/lessons/{lesson_id}/activation",
        needs=Role.ENGINEER,
        url="/lessons/none/activation",
        json={},
    ),
    Row(method="DELETE", path="/lessons/{lesson_id}", needs=Role.ENGINEER, url="/lessons/none"),
    Row(method="GET", path="/shadows", needs=Role.VIEWER),
    Row(method="GET", path="/pictures/{sha256}", needs=Role.VIEWER, url="/pictures/" + "0" * 64),
    Row(method="POST", path="/password", needs=Role.VIEWER, json={"old_password": "x", "new_password": "y"}),
    Row(
        method="POST",
        path="/defects/{defect_id}/mark",
        needs=Role.TECHNICIAN,
        url="/defects/none/mark",
        json={"verdict": "right"},
    ),
    Row(
        method="POST",
        path="/lines/{line}/commands",
        needs=Role.TECHNICIAN,
        url="/lines/loom-1/commands",
        json={"command": "hold"},
    ),
    Row(
        method="POST",
        path="/lines/{line}/commands",
        needs=Role.TECHNICIAN,
        url="/lines/loom-1/commands",
        json={"command": "resume"},
    ),
    Row(
        method="POST",
        path="/lines/{line}/commands",
        needs=Role.ENGINEER,
        url="/lines/loom-1/commands",
        json={"command": "change_article", "arguments": {"article": "satin"}},
    ),
    Row(
        method="POST",
        path="/lines/{line}/commands",
        needs=Role.ENGINEER,
        url="/lines/loom-1/commands",
        json={"command": "activate_bundle", "arguments": {"bundle_id": "none"}},
    ),
    Row(
        method="POST",
        path="/lines/{line}/commands",
        needs=Role.ENGINEER,
        url="/lines/loom-1/commands",
        json={"command": "end_roll"},
    ),
    Row(
        method="POST",
        path="/lines/{line}/commands",
        needs=Role.ENGINEER,
        url="/lines/loom-1/commands",
        json={"command": "shadow_bundle"},
    ),
    *(
        Row(method="GET", path=path, needs=Role.VIEWER)
        for path in (
            *("/loop/states", "/loop/actions", "/loop/bounds", "/loop/locks", "/loop/curves", "/loop/checks"),
            *("/loop/blame", "/plan/lots", "/plan/groups", "/suppliers/scorecards"),
            *("/suppliers", "/readings"),
        )
    ),
    Row(
        method="GET",
        path="/loop/shots-to-check",
        needs=Role.VIEWER,
        url="/loop/shots-to-check?line=opener-1",
    ),
    Row(method="GET", path="/suppliers/one", needs=Role.VIEWER, url="/suppliers/one?name=farm"),
    Row(method="POST", path="/readings", needs=Role.TECHNICIAN, json={"readings": []}),
    Row(method="POST", path="/loop/bounds", needs=Role.ENGINEER, json={"line": "opener-1"}),
    Row(method="POST", path="/loop/lock", needs=Role.TECHNICIAN, json={"line": "opener-1"}),
    Row(
        method="POST",
        path="/loop/curves",
        needs=Role.ENGINEER,
        url="/loop/curves?line=opener-1&article=lint",
        json={},
    ),
    Row(method="POST", path="/loop/checks", needs=Role.TECHNICIAN, json={"checks": []}),
    Row(method="POST", path="/loop/checks.csv", needs=Role.TECHNICIAN, json=[]),
    Row(method="POST", path="/plan", needs=Role.MANAGER, json={"orders": []}),
    Row(method="GET", path="/lots/{lot_id}/lint", needs=Role.VIEWER, url="/lots/lot-1/lint"),
    Row(
        method="GET", path="/lots/{lot_id}/lint/readings", needs=Role.VIEWER, url="/lots/lot-1/lint/readings"
    ),
    Row(method="GET", path="/twin/scenarios", needs=Role.VIEWER),
    Row(method="GET", path="/twin/jobs", needs=Role.VIEWER),
    Row(method="GET", path="/twin/jobs/{job_id}", needs=Role.VIEWER, url="/twin/jobs/none"),
    Row(method="GET", path="/twin/trade", needs=Role.VIEWER),
    Row(method="POST", path="/twin/jobs", needs=Role.ENGINEER, json={"kind": "trade", "scenario": "none"}),
    Row(method="GET", path="/audit", needs=Role.MANAGER),
    Row(method="GET", path="/users", needs=Role.ADMIN),
    Row(
        method="POST",
        path="/users",
        needs=Role.ADMIN,
        json={"login": "n1", "password": "short", "role": "viewer"},
    ),
    Row(
        method="PUT",
        path="/users/{login}/role",
        needs=Role.ADMIN,
        url="/users/nobody/role",
        json={"role": "viewer"},
    ),
    Row(method="DELETE", path="/users/{login}", needs=Role.ADMIN, url="/users/nobody"),
    Row(
        method="PUT",
        path="/users/{login}/lines",
        needs=Role.ADMIN,
        url="/users/nobody/lines",
        json={"lines": []},
    ),
    Row(method="GET", path="/tokens", needs=Role.ADMIN),
    Row(method="POST", path="/tokens", needs=Role.ADMIN, json={"name": "erp", "days": 500}),
    Row(method="DELETE", path="/tokens/{token_id}", needs=Role.ADMIN, url="/tokens/999"),
    Row(method="GET", path="/exports/audit.{form}", needs=Role.MANAGER, url="/exports/audit.csv"),
]
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
