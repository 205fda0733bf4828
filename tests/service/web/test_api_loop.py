"""The closed loop and the plan over HTTP."""

from collections.abc import Callable
from typing import Any

Login = Callable[[str], Any]
API = "/api/v1"
BOUNDS = {
    "line": "opener-1", "article": "lint", "kind": "pp_white", "low": 1.0, "high": 9.0, "step": 2.0,
    "start": 4.0, "miss_price": 0.5, "fibre_price_per_kg": 1.7, "why": "trial",
}  # fmt: skip


async def test_bounds_and_lock_are_set_shown_and_explain_why_nothing_moves(log_in: Login) -> None:
    browser = await log_in("engineer")
    made = await browser.post(f"{API}/loop/bounds", json=BOUNDS)
    assert made.status_code == 201
    assert (made.json()["set_by"], made.json()["cool_down_min"]) == ("engineer", 10.0)
    lock = {"line": "opener-1", "article": "lint", "locked": True, "why": "audit"}
    assert (await browser.post(f"{API}/loop/lock", json=lock)).status_code == 201
    (state,) = (await browser.get(f"{API}/loop/states")).json()
    assert (state["threshold"], state["locked"], state["lock_why"]) == (4.0, True, "engineer: audit")
    assert state["contamination"] is None  # nothing is known without a curve: not "usual"
    refused = await browser.post(f"{API}/loop/bounds", json=BOUNDS | {"start": 20.0})
    assert refused.status_code == 422
    assert "start 20 must lie within 1 to 9" in refused.json()["detail"]


async def test_checks_name_what_they_refuse(log_in: Login) -> None:
    browser = await log_in("technician")
    body = {"checks": [{"check_id": "c1", "command_id": "none", "verdict": "false"}]}
    answer = (await browser.post(f"{API}/loop/checks", json=body)).json()
    assert answer["refused"] == [
        {"check_id": "c1", "why": "shot none is not known; copy its id from the list"}
    ]
    csv = "check_id,verdict,command_id\nc1,false,none\n"
    told = await browser.post(f"{API}/loop/checks.csv", content=csv, headers={"Content-Type": "text/csv"})
    assert len(told.json()["refused"]) == 1


async def test_a_plan_is_made_kept_and_told_as_actions(log_in: Login) -> None:
    browser = await log_in("manager")
    body = {
        "orders": [
            {"order_id": "17", "needs_kg": 900.0, "trash_area_pct_max": 1.0, "second_loss_per_kg": 2.0}
        ],
        "lots": [
            {"lot_id": "a", "available_kg": 1000.0, "trash_area_pct": 0.8, "second_share": 0.05},
            {"lot_id": "b", "available_kg": 1000.0, "trash_area_pct": 1.6, "second_share": 0.01},
        ],
        "keep": True,
    }
    made = (await browser.post(f"{API}/plan", json=body)).json()
    assert made["feasible"]
    assert sum(part["kg"] for part in made["assigned"]) == 900.0
    actions = (await browser.get(f"{API}/loop/actions?kind=plan")).json()
    assert {action["subject"] for action in actions} == {"a", "b"}
    assert {action["status"] for action in actions} == {"told"}
    cards = (await browser.get(f"{API}/suppliers/scorecards")).json()
    assert all(card["demo"] in (True, False) for card in cards)
    assert (await browser.get(f"{API}/plan/groups")).json()[0]["why"] == "few_lots"
