import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from service.mill_terms import MessageKind
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import Disposed
from service.plant.ledger.terms import DispositionAction, Origin
from service.plant.outbox.backoff import Backoff
from service.plant.outbox.messages import (
    BODIES,
    CODEC,
    AlarmBody,
    Message,
    Place,
    PlantStatus,
    message_id,
    schema_of,
)
from service.plant.outbox.signing import is_signed, sign
from service.plant.outbox.topics import level_of, topic_of
from service.plant.plant import Plant

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SCHEMAS = Path(__file__).parents[4] / "docs" / "schemas"


def message(body: Any, **place: str) -> Message:
    where = Place(enterprise="mill", site="north", **place)
    return Message(message_id=message_id("test", 1), happened_utc=NOON, place=where, demo=False, body=body)


def test_the_same_fact_has_the_same_id_and_another_fact_another() -> None:
    assert message_id("event", "log-a", 7) == message_id("event", "log-a", 7)
    assert message_id("event", "log-a", 7) != message_id("event", "log-a", 8)
    assert message_id("event", "log-a", 7) != message_id("grade", "log-a", 7)


def test_every_kind_of_message_has_a_body_and_a_published_schema() -> None:
    assert set(BODIES) == set(MessageKind)
    for kind in MessageKind:
        published = json.loads((SCHEMAS / f"{kind.value}.json").read_text(encoding="utf-8"))
        assert published == schema_of(kind), f"docs/schemas/{kind.value}.json is old; see docs/integration.md"
        jsonschema.Draft202012Validator.check_schema(published)


def test_a_schema_refuses_another_kind_and_an_unknown_field() -> None:
    status = json.loads(CODEC.dump_json(message(PlantStatus(online=True, software="1"))))
    jsonschema.validate(status, schema_of(MessageKind.PLANT_STATUS))
    for wrong, schema in (
        (status, schema_of(MessageKind.ALARM)),
        (status | {"more": 1}, schema_of(MessageKind.PLANT_STATUS)),
        (status | {"message_id": "7"}, schema_of(MessageKind.PLANT_STATUS)),
        (status | {"version": 2}, schema_of(MessageKind.PLANT_STATUS)),
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(
    ("name", "level"),
    [("weaving", "weaving"), ("a/b", "a_b"), ("+", "_"), ("#", "_"), ("$SYS", "_SYS"), ("", "_"), (" ", "_"),
     ("тоқыма 1", "тоқыма 1"), ("a\x00b", "a_b"), ("x" * 300, "x" * 120)],
)  # fmt: skip
def test_a_name_becomes_one_topic_level_whatever_is_in_it(name: str, level: str) -> None:
    assert level_of(name) == level


def test_an_alarm_lies_under_its_code_and_its_line() -> None:
    alarm = message(AlarmBody(code="disk/full", active=True, detail=""), area="weaving", line="loom-1")
    assert topic_of(alarm) == "mill/north/weaving/loom-1/maqta/v1/alarm/disk_full"
    assert topic_of(alarm, "spinning") == "spinning/mill/north/weaving/loom-1/maqta/v1/alarm/disk_full"


def test_waits_double_up_to_their_limit_and_are_spread() -> None:
    backoff = Backoff(first_s=1.0, longest_s=60.0)
    assert [backoff.wait_s(n, lambda: 0.0) for n in (1, 2, 3, 7, 5000)] == [1.0, 2.0, 4.0, 60.0, 60.0]
    assert backoff.wait_s(7, lambda: 1.0) == 48.0  # a fifth less at most


def test_a_signature_holds_for_this_body_this_secret_and_five_minutes() -> None:
    header = sign("secret", b"{}", NOON)
    # printf '1772452800.{}' | openssl dgst -sha256 -hmac secret
    assert header == "t=1772452800,v1=ed27af7df6d2d5a33313fa417c47513d6fbcf29415e32e3ff14c87dd1f95aff7"
    assert is_signed("secret", b"{}", header, NOON + timedelta(minutes=5))
    assert not is_signed("secret", b"{}", header, NOON + timedelta(minutes=5, seconds=1))
    assert not is_signed("secret", b"{ }", header, NOON)
    assert not is_signed("secret", b"{}", header.replace("v1=", "v0="), NOON)
    assert not is_signed("secret", b"{}", "", NOON)


def test_a_rebuild_and_a_second_delivery_tell_nothing_twice(plant: Plant, new_log: Any) -> None:
    log = new_log()
    events = [log.started(), log.roll_started("r1"), log.span(0, 50_000.0), log.roll_ended("r1", 50_000.0)]
    plant.ingest("loom-1", events)
    told = plant.mill.messages(0, 100)
    assert [message.kind.value for message in told] == ["line_state", "roll", "roll", "roll_grade"]
    plant.ingest("loom-1", events)
    plant.rebuild()
    assert plant.mill.messages(0, 100) == told


def test_the_stream_is_read_from_where_one_left_off_by_kind_and_line(plant: Plant, new_log: Any) -> None:
    one, other = new_log(), new_log("loom-2", "log-b")
    plant.ingest("loom-1", [one.started(), one.roll_started("r1")])
    plant.ingest("loom-2", [other.started(), other.roll_started("r2")])
    ids = [message.id for message in plant.mill.messages(0, 100)]
    assert ids == sorted(ids)
    assert [message.id for message in plant.mill.messages(ids[1], 100)] == ids[2:]
    (only,) = plant.mill.messages(0, 100, [MessageKind.ROLL], "loom-2")
    assert json.loads(only.payload)["body"]["roll_id"] == "r2"


def test_the_figures_of_an_ended_shift_are_told_once(plant: Plant, new_log: Any, clock: Any) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started("r1"), log.span(0, 1000.0)])
    teller = plant.mill.herald._teller
    clock.pass_s(12 * 3600)  # from 11:00 to 23:00 in Almaty: shift A ended at 20:00
    assert teller.tell(clock()) > 0
    assert teller.tell(clock()) == 0
    told = [json.loads(found.payload) for found in plant.mill.messages(0, 1000, [MessageKind.SHIFT_KPI])]
    coverage = [one for one in told if one["body"]["slug"] == "coverage" and one["place"]["line"] == "loom-1"]
    assert [(one["body"]["value"], one["body"]["shift"]) for one in coverage] == [(100.0, "A")]
    assert coverage[0]["body"]["window_to"] == "2026-03-02T15:00:00Z"  # 20:00 in Almaty


def test_old_messages_that_nobody_waits_for_are_forgotten_and_numbers_are_not_given_again(
    plant: Plant, new_log: Any, clock: Any
) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started("r1")])
    last = plant.mill.messages(0, 100)[-1].id
    clock.pass_s(15 * 86400)
    plant.mill.herald._teller.forget(clock())
    assert plant.mill.messages(0, 100) == ()
    plant.ingest("loom-1", [log.roll_started("r2")])
    assert plant.mill.messages(0, 100)[0].id == last + 1


def test_rendered_input_is_told_as_demo(plant: Plant, new_log: Any) -> None:
    log = new_log()
    log.demo = True
    plant.ingest("loom-1", [log.started()])
    (told,) = plant.mill.messages(0, 10)
    assert json.loads(told.payload)["demo"] is True
    assert replace(CODEC.validate_json(told.payload), demo=False) != CODEC.validate_json(told.payload)


def test_a_hold_and_its_release_are_told_with_how_the_roll_stands(plant: Plant, new_log: Any) -> None:
    log = new_log()
    plant.ingest(
        "loom-1", [log.started(), log.roll_started("r1"), log.span(0, 50_000.0), log.roll_ended("r1")]
    )
    for action, why in ((DispositionAction.HOLD, "oil"), (DispositionAction.RELEASE, "washed")):
        body = Disposed(roll_id="r1", action=action)
        at_utc = plant.mill.now()
        draft = Draft(body=body, at_utc=at_utc, entered_by="aigul", origin=Origin.TYPED, why=why)
        plant.ledger.enter([draft])
    told = [json.loads(one.payload) for one in plant.mill.messages(0, 100, [MessageKind.ROLL_DISPOSITION])]
    assert [(one["body"]["action"], one["body"]["on_hold"], one["body"]["why"]) for one in told] == [
        ("hold", True, "oil"), ("release", False, "washed"),
    ]  # fmt: skip
    assert told[0]["place"]["line"] == "loom-1"
    for one in told:
        jsonschema.validate(one, schema_of(MessageKind.ROLL_DISPOSITION))
