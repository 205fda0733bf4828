"""Readings and suppliers by REST."""

from collections.abc import Callable
from typing import Any

import httpx

Login = Callable[[str], Any]
ONE = {
    "sensor_id": "EM-1",
    "place": "loom-1",
    "at_utc": "2026-03-02T05:00:00Z",
    "measured": "energy",
    "value": 1.2,
    "unit": "MWh",
}


async def test_readings_are_taken_once_and_paged_newest_first(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    sent = {"readings": [ONE, ONE | {"at_utc": "2026-03-02T05:10:00Z", "value": 1.3}]}
    first = await browser.post("/api/v1/readings", json=sent)
    assert (first.status_code, first.json()) == (201, {"new": 2, "known": 0})
    assert (await browser.post("/api/v1/readings", json=sent)).json() == {"new": 0, "known": 2}
    asked = {"page_size": 1, "from_utc": "2026-03-02T00:00:00Z", "to_utc": "2026-03-03T00:00:00Z"}
    page = (await browser.get("/api/v1/readings", params=asked)).json()
    assert (page["total"], [one["value"] for one in page["items"]]) == (2, [1300.0])
    assert page["items"][0] | {"unit": "kWh", "origin": "rest", "quality": "good"} == page["items"][0]


async def test_a_reading_that_cant_be_is_refused_with_the_cure(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    answer = await browser.post("/api/v1/readings", json={"readings": [ONE | {"unit": "bar"}]})
    assert 400 <= answer.status_code < 500
    assert "kWh, MWh" in answer.text
    viewer: httpx.AsyncClient = await log_in("viewer")
    assert (await viewer.post("/api/v1/readings", json={"readings": [ONE]})).status_code == 403


async def test_suppliers_are_listed_and_one_opens(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    window = {"from_utc": "2026-01-01T00:00:00Z", "to_utc": "2026-12-31T00:00:00Z"}
    listed = (await browser.get("/api/v1/suppliers", params=window)).json()
    assert listed
    one = (await browser.get("/api/v1/suppliers/one", params=window | {"name": listed[0]["supplier"]})).json()
    assert one["score"] == listed[0]
    assert len(one["rows"]) == listed[0]["rolls"] + listed[0]["lots"]
    slugs = [figure["slug"] for figure in listed[0]["figures"]]
    assert slugs == ["defect_level", "points", "claims", "foreign_matter", "material_loss", "trash"]
    missing = await browser.get("/api/v1/suppliers/one", params=window | {"name": "Nobody"})
    assert missing.status_code == 404
