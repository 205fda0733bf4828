"""What a line books of its shadow comes up as events and is read from the API."""

from collections.abc import Callable
from typing import Any

import httpx

from service import events as ev
from service.shadow_events import VerdictPair


async def test_a_lines_comparison_is_delivered_and_read(
    client: httpx.AsyncClient,
    log_in: Callable[[str], Any],
    tokens: dict[str, str],
    loom_batch: Callable[[], Any],
) -> None:
    line = loom_batch()
    line.add(
        ev.ShadowCompared(
            article="plain weave",
            active_bundle_id="b0",
            shadow_bundle_id="b7",
            frames=4,
            skipped=6,
            verdicts=(
                VerdictPair(active="clean", shadow="clean", frames=3),
                VerdictPair(active="clean", shadow="unsure", frames=1),
            ),
        )
    )
    body = ev.EVENTS_CODEC.dump_json(line.events[-1:])
    headers = {"Authorization": f"Bearer {tokens['loom-1']}"}
    answer = await client.post("/api/v1/ingest/events", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    browser: httpx.AsyncClient = await log_in("viewer")
    (found,) = (await browser.get("/api/v1/shadows", params={"line": "loom-1", "bundle_id": "b7"})).json()
    assert (found["active_bundle_id"], found["frames"], found["skipped"]) == ("b0", 4, 6)
    assert found["agreement"] == 0.75
    assert found["verdicts"][1] == {"active": "clean", "shadow": "unsure", "frames": 1}
    assert found["demo"] is True
    assert (await browser.get("/api/v1/shadows", params={"line": "opener-1"})).json() == []


async def test_a_shadow_that_the_plant_does_not_hold_is_not_asked_for(log_in: Callable[[str], Any]) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    url = "/api/v1/lines/loom-1/commands"
    wanted = {"command": "shadow_bundle", "arguments": {"bundle_id": "none"}}
    assert (await browser.post(url, json=wanted)).status_code == 404
    mistyped = {"command": "shadow_bundle", "arguments": {"bundle": "none"}}
    assert (await browser.post(url, json=mistyped)).status_code == 422
    assert (await browser.post(url, json={"command": "shadow_bundle"})).status_code == 202
