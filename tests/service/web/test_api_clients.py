"""The API as an ERP system uses it: token, cursors, filters, keys, the stream of messages."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service.mill_settings import ClientAccess
from service.plant.plant import Plant
from service.settings import PlantSettings

HOLD = {"command": "hold", "arguments": {}}


@pytest.fixture
def settings(settings: PlantSettings) -> PlantSettings:
    folder = settings.data_dir.parent
    names = (("erp", "viewer"), ("mes", "technician"), ("chief", "manager"))
    clients = [
        ClientAccess(name=name, role=role, token_file=folder / f"{name}.token")  # type: ignore[arg-type]
        for name, role in names
    ]
    return replace(settings, clients=clients)


@pytest.fixture
def bearer(plant: Plant, settings: PlantSettings) -> Iterator[Any]:
    def of(name: str, **more: str) -> dict[str, str]:
        (access,) = [client for client in settings.clients if client.name == name]
        return {"Authorization": f"Bearer {access.token_file.read_text().strip()}", **more}

    return of


async def test_a_client_reads_with_its_token_and_writes_only_what_its_role_may(
    client: httpx.AsyncClient, bearer: Any
) -> None:
    assert (await client.get("/api/v1/rolls")).status_code == 401
    assert (await client.get("/api/v1/rolls", headers=bearer("erp"))).status_code == 200
    refused = await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=bearer("erp"))
    assert refused.status_code == 403
    assert "client:erp has viewer" in refused.json()["detail"]
    taken = await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=bearer("mes"))
    assert taken.json()["issued_by"] == "client:mes"


async def test_a_wrong_token_and_a_lines_token_are_no_clients(
    client: httpx.AsyncClient, bearer: Any, tokens: dict[str, str]
) -> None:
    for token in ("wrong", tokens["loom-1"]):
        answer = await client.get("/api/v1/rolls", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


async def test_a_feed_is_walked_by_cursor_without_a_gap_or_a_copy(
    client: httpx.AsyncClient, bearer: Any
) -> None:
    whole = (await client.get("/api/v1/feeds/defects", headers=bearer("erp"))).json()
    assert whole["next_cursor"] is None
    assert len(whole["items"]) == 7  # six of the roll, one of the lot
    walked: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        part = (await client.get("/api/v1/feeds/defects", params=asked, headers=bearer("erp"))).json()
        walked += [item["defect_id"] for item in part["items"]]
        cursor = part["next_cursor"]
        if cursor is None:
            break
    assert walked == [item["defect_id"] for item in whole["items"]]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/feeds/defects?kind=hole", 1), ("/feeds/defects?roll_id=roll-1", 6),
        ("/feeds/defects?lot_id=lot-1", 1), ("/feeds/defects?line=opener-1", 1),
        ("/feeds/defects?from_utc=2026-03-02T06:00:00Z", 0),
        ("/feeds/defects?to_utc=2026-03-02T11:00:00%2B05:00", 7), ("/feeds/rolls?article=plain%20weave", 1),
        ("/feeds/rolls?name=R-0001", 1), ("/feeds/rolls?grade=A", 0), ("/feeds/lots?supplier=nobody", 0),
        ("/feeds/lots?line=opener-1", 1),
    ],
)  # fmt: skip
async def test_filters_narrow_a_feed(client: httpx.AsyncClient, bearer: Any, path: str, found: int) -> None:
    answer = await client.get(f"/api/v1{path}", headers=bearer("erp"))
    assert len(answer.json()["items"]) == found


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/feeds/rolls?cursor=abc", 422, "bad_cursor"), ("/feeds/rolls?line=loom-9", 404, "unknown_line"),
        ("/feeds/rolls?from_utc=2026-03-02T06:00:00", 422, "bad_window"),
        ("/feeds/rolls?from_utc=0001-01-01T00:00:00%2B14:00", 422, "bad_window"),
        ("/feeds/rolls?limit=1001", 422, "unprocessable_entity"),
    ],
)  # fmt: skip
async def test_what_a_feed_cant_answer_is_named(
    client: httpx.AsyncClient, bearer: Any, path: str, status: int, problem: str
) -> None:
    answer = await client.get(f"/api/v1{path}", headers=bearer("erp"))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].startswith("urn:maqta:problem:")
    if problem != "unprocessable_entity":
        assert body["type"] == f"urn:maqta:problem:{problem}"
    assert {"title", "status", "detail", "instance"} <= body.keys()


async def test_the_stream_of_messages_goes_on_from_the_last_number(
    client: httpx.AsyncClient, bearer: Any
) -> None:
    first = (await client.get("/api/v1/feeds/messages?limit=3", headers=bearer("erp"))).json()
    assert len(first["items"]) == 3
    rest = (await client.get(f"/api/v1/feeds/messages?after={first['last']}", headers=bearer("erp"))).json()
    numbers = [item["number"] for item in first["items"] + rest["items"]]
    assert numbers == sorted(set(numbers))
    only = (await client.get("/api/v1/feeds/messages?kind=alarm&kind=lot", headers=bearer("erp"))).json()
    assert {item["message"]["body"]["kind"] for item in only["items"]} == {"alarm", "lot"}
    end = (await client.get(f"/api/v1/feeds/messages?after={rest['last']}", headers=bearer("erp"))).json()
    assert end == {"items": [], "last": rest["last"]}


async def test_a_write_sent_twice_with_one_key_happens_once(client: httpx.AsyncClient, bearer: Any) -> None:
    headers = bearer("mes", **{"Idempotency-Key": "order-77"})
    first = await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=headers)
    again = await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    commands = (await client.get("/api/v1/commands", headers=bearer("mes"))).json()
    assert [command["command"]["id"] for command in commands] == [first.json()["id"]]


async def test_a_key_with_another_request_is_refused(client: httpx.AsyncClient, bearer: Any) -> None:
    headers = bearer("mes", **{"Idempotency-Key": "order-77"})
    await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=headers)
    other = {"command": "resume", "arguments": {}}
    answer = await client.post("/api/v1/lines/loom-1/commands", json=other, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:maqta:problem:key_reused"


async def test_a_key_belongs_to_who_sent_it(client: httpx.AsyncClient, bearer: Any) -> None:
    for name in ("mes", "chief"):
        headers = bearer(name, **{"Idempotency-Key": "order-77"})
        answer = await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=headers)
        assert answer.json()["issued_by"] == f"client:{name}"


async def test_a_refused_write_is_refused_again_in_the_same_words(
    client: httpx.AsyncClient, bearer: Any
) -> None:
    headers = bearer("mes", **{"Idempotency-Key": "k"})
    answers = [
        await client.post("/api/v1/lines/loom-9/commands", json=HOLD, headers=headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["content-type"] == "application/problem+json"


async def test_a_key_that_is_none_is_refused(client: httpx.AsyncClient, bearer: Any) -> None:
    headers = bearer("mes", **{"Idempotency-Key": "two words"})
    answer = await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=headers)
    assert answer.json()["type"] == "urn:maqta:problem:bad_key"


async def test_a_first_request_that_still_runs_makes_the_second_wait(
    client: httpx.AsyncClient, bearer: Any, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(plant.mill), "keep_write", lambda *_: None)  # as if it had not ended yet
    headers = bearer("mes", **{"Idempotency-Key": "k"})
    await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=headers)
    answer = await client.post("/api/v1/lines/loom-1/commands", json=HOLD, headers=headers)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:maqta:problem:still_running"


async def test_schemas_of_messages_and_receivers_are_served(client: httpx.AsyncClient, bearer: Any) -> None:
    schema = (await client.get("/api/v1/message-schemas/defect", headers=bearer("erp"))).json()
    assert schema["$id"] == "urn:maqta:message:defect:1"
    assert (await client.get("/api/v1/destinations", headers=bearer("chief"))).json() == []
    assert (await client.get("/api/v1/destinations", headers=bearer("erp"))).status_code == 403
