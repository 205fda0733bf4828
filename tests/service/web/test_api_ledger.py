"""The ledger over HTTP: who may enter what, sent twice kept once, balances, holds, profiles, the proof."""

from collections.abc import Callable
from typing import Any

import pytest

Login = Callable[[str], Any]
AT = "2026-03-02T10:30:00+05:00"  # half an hour before now


def flow(value: float, flow: str = "input", **more: Any) -> dict[str, Any]:
    body = {"kind": "flow", "place": "opener-1", "flow": flow, "step": "run", "unit_id": "lot-1"}
    return {"body": body | {"value": value, "unit": "kg"}, "at_utc": AT, **more}


async def test_a_technician_books_and_everybody_sees_the_balance(log_in: Login) -> None:
    browser = await log_in("technician")
    for value, way in ((1000, "input"), (960, "good"), (30, "waste")):
        answer = await browser.post("/api/v1/ledger/entries", json=flow(value, way))
        assert answer.status_code == 201, answer.text
        assert answer.json()["entered_by"] == "technician"
    (mass,) = [
        one
        for one in (await browser.get("/api/v1/ledger/balances")).json()
        if (one["place"], one["basis"]) == ("opener-1", "mass")
    ]
    assert (mass["input"], mass["good"], mass["waste"]) == (1000.0, 960.0, 30.0)
    # 0.5 kg were ejected by the demo line: 1000 - 960 - 30 - 0.5
    assert mass["unaccounted"] == pytest.approx(9.5)
    assert (mass["status"], mass["demo"]) == ("unaccounted", True)
    page = (await browser.get("/api/v1/ledger/entries?kind=flow&page_size=2")).json()
    assert (page["total"], len(page["items"])) == (3, 2)


async def test_sent_twice_is_kept_once_and_another_content_is_a_conflict(log_in: Login) -> None:
    browser = await log_in("technician")
    first = await browser.post("/api/v1/ledger/entries", json=flow(10, entry_id="w-1"))
    again = await browser.post("/api/v1/ledger/entries", json=flow(10, entry_id="w-1"))
    other = await browser.post("/api/v1/ledger/entries", json=flow(11, entry_id="w-1"))
    assert (first.json(), again.status_code, other.status_code) == (again.json(), 201, 409)
    assert (await browser.get("/api/v1/ledger/entries/w-1")).json()["body"]["value"] == 10.0


async def test_a_correction_needs_an_engineer_and_an_order_a_manager(log_in: Login) -> None:
    browser = await log_in("technician")
    await browser.post("/api/v1/ledger/entries", json=flow(10, entry_id="w-1"))
    change = flow(9, corrects="w-1", why="typed wrong")
    assert (await browser.post("/api/v1/ledger/entries", json=change)).status_code == 403
    order = {"body": {"kind": "order", "order_id": "O1", "article": "greige", "value": 10, "unit": "m"}}
    browser = await log_in("engineer")
    assert (await browser.post("/api/v1/ledger/entries", json=change)).status_code == 201
    assert (await browser.post("/api/v1/ledger/entries", json=order)).status_code == 403
    browser = await log_in("manager")
    assert (await browser.post("/api/v1/ledger/entries", json=order)).status_code == 201
    assert [one["order_id"] for one in (await browser.get("/api/v1/ledger/orders")).json()] == ["O1"]


async def test_a_roll_is_held_and_released(log_in: Login) -> None:
    browser = await log_in("engineer")

    async def act(action: str) -> int:
        body = {"kind": "disposition", "roll_id": "roll-1", "action": action}
        sent = {"body": body, "why": "shade"}
        return int((await browser.post("/api/v1/ledger/entries", json=sent)).status_code)

    assert await act("release") == 409
    assert await act("hold") == 201
    assert [one["roll_id"] for one in (await browser.get("/api/v1/ledger/holds")).json()] == ["roll-1"]
    assert await act("release") == 201
    told = (await browser.get("/api/v1/rolls/roll-1/dispositions")).json()
    assert [(one["action"], one["why"]) for one in told] == [("hold", "shade"), ("release", "shade")]


async def test_a_manager_changes_the_profile_that_grades(log_in: Login) -> None:
    browser = await log_in("manager")
    profiles = {one["id"] for one in (await browser.get("/api/v1/grading/profiles")).json()}
    assert {"four-point-metric", "ten-point-yard"} <= profiles
    sent = {"profile_id": "ten-point-yard", "version": 1, "from_utc": "2026-01-01T00:00:00Z", "why": "buyer"}
    done = await browser.post("/api/v1/grading/activations", json=sent)
    assert done.status_code == 201, done.text
    roll = (await browser.get("/api/v1/rolls/roll-1")).json()
    assert roll["grade"]["profile_id"] == "ten-point-yard"
    # five defects of 100 mm with 3 points (1 to 5 in) and a hole with 10
    assert roll["grade"]["points"] == 25


async def test_the_proof_is_given_to_managers(log_in: Login) -> None:
    browser = await log_in("manager")
    report = (await browser.get("/api/v1/audit/verification")).json()
    assert report["faults"] == []
    assert report["events"] > 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ledger/entries/none", 404),
        ("/ledger/units/none", 404),
        ("/ledger/lots/none/balances", 404),
        ("/ledger/balances?at_utc=2026-03-02T10:00:00", 422),
        ("/ledger/balances?at_utc=0001-01-01T00:00:00Z", 422),
        ("/ledger/entries?from_utc=9999-12-31T23:59:59Z", 422),
        ("/ledger/shifts/x/y/statements", 200),
    ],
)
async def test_what_is_not_there_or_cant_be_is_said_so(log_in: Login, path: str, status: int) -> None:
    browser = await log_in("viewer")
    assert (await browser.get(f"/api/v1{path}")).status_code == status
