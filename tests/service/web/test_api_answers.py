"""What the API answers: records with units, problems in one shape, headers everywhere."""

import csv
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Login = Callable[[str], Any]


async def test_a_roll_comes_with_defects_points_and_grade(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    listed = (await browser.get("/api/v1/rolls")).json()
    assert listed["total"] == 1
    roll = (await browser.get("/api/v1/rolls/roll-1")).json()
    assert roll["row"]["length_m"] == 10.0
    assert roll["row"]["coverage"] == pytest.approx(0.95)  # 9.5 m of 10 m
    assert len(roll["defects"]) == 6
    # five defects of 100 mm with 2 points each (75 to 150 mm), and a hole with 4
    assert roll["grade"]["points"] == 14
    assert roll["row"]["demo"] is True


async def test_marking_wrong_takes_the_points_away(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    found = (await browser.get("/api/v1/rolls/roll-1")).json()["defects"]
    defect_id = next(defect["defect_id"] for defect in found if defect["kind"] == "knot")
    answer = await browser.post(f"/api/v1/defects/{defect_id}/mark", json={"verdict": "wrong"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"] == "technician"
    assert (await browser.get("/api/v1/rolls/roll-1")).json()["grade"]["points"] == 12


async def test_a_lot_comes_with_its_masses(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    lot = (await browser.get("/api/v1/lots/lot-1")).json()["lot"]
    assert lot["fed_kg"] == pytest.approx(100.0)
    assert lot["ejected_kg"] == pytest.approx(0.5)
    assert lot["passed_kg"] == pytest.approx(99.5)


async def test_a_command_waits_for_its_line(
    client: httpx.AsyncClient, log_in: Login, tokens: dict[str, str]
) -> None:
    await log_in("technician")
    sent = await client.post("/api/v1/lines/loom-1/commands", json={"command": "hold"})
    assert sent.status_code == 202, sent.text
    headers = {"Authorization": f"Bearer {tokens['loom-1']}"}
    (waiting,) = (await client.get("/api/v1/lines/loom-1/commands", headers=headers)).json()
    assert (waiting["command"], waiting["issued_by"]) == ("hold", "technician")


async def test_each_figure_comes_with_both_sides_window_and_source(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    figures = (await browser.get("/api/v1/kpis", params={"window": "day"})).json()
    assert {figure["slug"] for figure in figures} >= {"defect_rate", "coverage", "material_loss"}
    for figure in figures:
        assert figure["formula"]
        assert figure["window_from"] < figure["window_to"]
        assert (figure["value"] is None) is bool(figure["missing"])
    loss = next(f for f in figures if (f["slug"], f["basis"]) == ("material_loss", "mass"))
    assert loss["value"] == pytest.approx(0.5)  # 0.5 kg of 100 kg
    assert (loss["numerator"], loss["denominator"]) == (pytest.approx(0.5), pytest.approx(100.0))


@pytest.mark.parametrize(
    "params",
    [
        {"window": "yesterday"},
        {"from_utc": "2026-03-01T00:00:00Z"},
        {"from_utc": "2026-03-01T00:00:00", "to_utc": "2026-03-02T00:00:00"},
        {"from_utc": "2026-03-02T00:00:00Z", "to_utc": "2026-03-01T00:00:00Z"},
    ],
)
async def test_a_window_that_is_none_is_refused(log_in: Login, params: dict[str, str]) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    answer = await browser.get("/api/v1/kpis", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "json", "status"),
    [
        ("GET", "/api/v1/rolls/none", None, 404),
        ("GET", "/api/v1/lots/none", None, 404),
        ("GET", "/api/v1/nothing", None, 404),
        ("DELETE", "/api/v1/lines", None, 405),
        ("GET", "/api/v1/rolls?page=0", None, 422),
        ("GET", "/api/v1/rolls?line=no-such-line", None, 404),
        ("POST", "/api/v1/defects/none/mark", {"verdict": "maybe"}, 422),
        ("POST", "/api/v1/defects/none/mark", {"verdict": "right", "extra": 1}, 422),
        ("POST", "/api/v1/lines/none/commands", {"command": "hold"}, 404),
        ("POST", "/api/v1/lines/loom-1/commands", {"command": "activate_bundle"}, 404),
        ("POST", "/api/v1/lines/loom-1/commands", {"command": "change_article"}, 422),
    ],
)
async def test_every_error_is_problem_json(
    log_in: Login, method: str, path: str, json: dict[str, Any] | None, status: int
) -> None:
    browser: httpx.AsyncClient = await log_in("admin")
    answer = await browser.request(method, path, json=json)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].startswith("urn:maqta:problem:")
    assert (body["status"], body["instance"]) == (status, path.split("?")[0])
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/nothing", "/login", "/static/panel.css"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


async def test_health_needs_no_login_and_tells_no_names(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "revision", "software"}


async def test_the_schema_is_served_here_and_the_docs_page_of_a_foreign_host_is_not(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/api/v1/openapi.json")).json()["info"]["title"] == "Maqta plant"
    for path in ("/api/v1/docs", "/api/v1/redoc"):
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/rolls/roll-1.csv", "/api/v1/kpis.csv?window=day"])
async def test_an_export_of_demo_data_says_demo_in_its_name_and_rows(log_in: Login, path: str) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    answer = await browser.get(path)
    assert 'filename="DEMO-' in answer.headers["content-disposition"]
    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert rows
    counted = [row for row in rows if row[heading.index("data")] != "DEMO"]
    if path.startswith("/api/v1/rolls"):
        assert counted == []
    else:  # a figure without any value counts no demo data
        assert all(row[heading.index("value")] == "" for row in counted)
