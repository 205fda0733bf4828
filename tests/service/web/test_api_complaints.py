"""Complaint → roll → pictures."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Login = Callable[[str], Any]
SAID = {"roll": "R-0001", "customer": "Ақжол", "reference": "K-12", "text": "май дағы", "kind": "oil_spot"}


async def test_a_complaint_leads_to_the_defects_there_and_their_pictures(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    # defects lie at 0.2, 1.2, 2.2, 3.2, 4.2 and 5.2 m; a metre to either side of 1.25 m: 0.25 to 2.25 m
    filed = await browser.post("/api/v1/complaints", json=SAID | {"from_m": 1.25})
    assert filed.status_code == 201
    detail = filed.json()
    assert detail["roll"]["roll_id"] == "roll-1"
    assert [round(one["y_mm"]) for one in detail["defects"]] == [200, 1200, 2200]  # its own kind first
    assert len(detail["pictures"]) == 3
    picture = await browser.get(f"/api/v1/pictures/{detail['pictures'][0]}")
    assert picture.headers["content-type"] == "image/png"
    again = await browser.get(f"/api/v1/complaints/{detail['complaint']['complaint_id']}")
    assert again.json() == detail


async def test_a_complaint_about_what_nobody_looked_at_says_so(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    detail = (await browser.post("/api/v1/complaints", json=SAID | {"from_m": 6.4, "to_m": 6.6})).json()
    assert detail["defects"] == []
    assert detail["uninspected"] == [
        {"from_mm": 5000.0, "to_mm": 5500.0, "reason": "camera_gone", "detail": ""}
    ]


async def test_without_a_place_the_whole_roll_is_shown(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    detail = (await browser.post("/api/v1/complaints", json=SAID)).json()
    assert len(detail["defects"]) == 6
    listed = (await browser.get("/api/v1/complaints?roll_id=roll-1")).json()
    assert [one["reference"] for one in listed] == ["K-12"]


async def test_a_complaint_is_told_to_the_mills_systems(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    await browser.post("/api/v1/complaints", json=SAID)
    (told,) = (await browser.get("/api/v1/feeds/messages?kind=complaint")).json()["items"]
    assert told["topic"] == "mill/north/demo/loom-1/maqta/v1/complaint"
    assert told["message"]["body"]["customer"] == "Ақжол"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"roll": "R-9"}, "unknown_roll"), ({"kind": "ugly"}, "unknown_kind"),
        ({"from_m": 5.0, "to_m": 4.0}, "bad_complaint"),
    ],
)  # fmt: skip
async def test_a_complaint_that_cant_be_is_refused(log_in: Login, change: Any, problem: str) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    answer = await browser.post("/api/v1/complaints", json=SAID | change)
    assert answer.json()["type"] == f"urn:maqta:problem:{problem}"
    assert 400 <= answer.status_code < 500
