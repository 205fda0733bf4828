import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mill_peers import MOSQUITTO, NO_MOSQUITTO, Cable, Mosquitto, Subscriber, wait_until

from service.mill_settings import MqttSettings
from service.mill_terms import MessageKind
from service.plant.outbox.backoff import Backoff
from service.plant.outbox.messages import Place, schema_of
from service.plant.outbox.mqtt import Broker, MqttCourier
from service.plant.plant import Plant
from service.settings import PlantSettings

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason=NO_MOSQUITTO)
LINE_ROOT = "mill/north/weaving/loom-1/maqta/v1"
QUICK = Backoff(first_s=0.05, longest_s=0.2)
PLACE = Place(enterprise="mill", site="north")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path / "broker")
    started.start()
    yield started
    started.stop()


@pytest.fixture
def open_plant(
    settings: PlantSettings, clock: Callable[[], Any], tmp_path: Path
) -> Iterator[Callable[..., Plant]]:
    opened: list[Plant] = []

    def with_mqtt(port: int, **more: Any) -> Plant:
        mqtt = MqttSettings(host="127.0.0.1", port=port, **more)
        plant = Plant.open(replace(settings, mqtt=mqtt), clock)
        opened.append(plant)
        return plant

    yield with_mqtt
    for plant in opened:
        plant.close()


def courier_of(plant: Plant) -> MqttCourier:
    mqtt = plant.settings.mqtt
    assert mqtt is not None
    reached = replace(Broker.of(mqtt, PLACE, "test"), connect_s=0.5)
    return MqttCourier(reached, plant.mill.database, plant.mill.now, QUICK)


def owed(plant: Plant) -> int:
    (view,) = plant.mill.destinations()
    return view.owed


def a_short_roll(log: Any) -> list[Any]:
    return [
        log.started(), log.state("running"), log.roll_started("r1"), log.defect("d1", 200.0),
        log.span(0, 50_000.0), log.alarm("camera_gone"), log.alarm("camera_gone", raised=False),
        log.roll_ended("r1", end_mm=50_000.0),
    ]  # fmt: skip


def test_a_roll_is_told_on_its_topics_and_every_payload_fits_its_schema(
    broker: Mosquitto, open_plant: Callable[..., Plant], new_log: Callable[..., Any]
) -> None:
    plant = open_plant(broker.port)
    reader = Subscriber(broker.port)
    plant.mill.couriers.start()
    plant.ingest("loom-1", a_short_roll(new_log()))
    wait_until(lambda: owed(plant) == 0 and len(reader.of("roll_grade")) == 1)
    topics = [topic for topic, _, _ in reader.seen]
    assert topics[0] == "mill/north/maqta/v1/plant/status"
    assert topics[1:] == [
        f"{LINE_ROOT}/{end}"
        for end in (
            "line/state", "line/state", "roll/event", "defect", "alarm/camera_gone", "alarm/camera_gone",
            "roll/event", "roll/grade",
        )
    ]  # fmt: skip
    for _, told, _ in reader.seen:
        jsonschema.Draft202012Validator(schema_of(MessageKind(told["body"]["kind"]))).validate(told)
    (defect,) = reader.of("defect")
    assert defect["place"] == {"enterprise": "mill", "site": "north", "area": "weaving", "line": "loom-1"}
    assert (defect["body"]["y_mm"], defect["body"]["height_mm"]) == (200.0, 10.0)
    (grade,) = reader.of("roll_grade")
    assert (grade["body"]["points"], grade["body"]["roll_id"]) == (1, "r1")  # 50 mm: one point
    reader.stop()


def test_who_subscribes_later_gets_the_state_the_alarms_and_the_last_grade(
    broker: Mosquitto, open_plant: Callable[..., Plant], new_log: Callable[..., Any]
) -> None:
    plant = open_plant(broker.port)
    plant.mill.couriers.start()
    plant.ingest("loom-1", a_short_roll(new_log()))
    wait_until(lambda: owed(plant) == 0)
    reader = Subscriber(broker.port)
    wait_until(lambda: len(reader.seen) == 4)
    state = {topic.removeprefix(f"{LINE_ROOT}/"): told["body"] for topic, told, _ in reader.seen}
    assert state["line/state"]["state"] == "running"
    assert state["alarm/camera_gone"]["active"] is False
    assert state["roll/grade"]["roll_id"] == "r1"
    assert state["mill/north/maqta/v1/plant/status"]["online"] is True
    assert all(retained for _, _, retained in reader.seen)
    reader.stop()


def test_a_state_that_arrives_late_does_not_replace_the_newer_one(
    broker: Mosquitto, open_plant: Callable[..., Plant], new_log: Callable[..., Any]
) -> None:
    plant = open_plant(broker.port)
    plant.mill.couriers.start()
    log = new_log()
    first, late, newest = log.started(), log.state("held", "camera"), log.state("running")
    plant.ingest("loom-1", [first, newest])
    plant.ingest("loom-1", [late])
    wait_until(lambda: owed(plant) == 0)
    reader = Subscriber(broker.port, f"{LINE_ROOT}/line/state")
    wait_until(lambda: len(reader.seen) == 1)
    assert reader.seen[0][1]["body"] == {
        "kind": "line_state", "state": "running", "cause": "", "current": True,
    }  # fmt: skip
    reader.stop()


def test_the_last_will_says_offline_when_the_plant_vanishes(
    broker: Mosquitto, open_plant: Callable[..., Plant]
) -> None:
    cable = Cable(broker.port)
    plant = open_plant(cable.port)
    reader = Subscriber(broker.port)
    courier = courier_of(plant)
    courier.start()
    wait_until(lambda: len(reader.of("plant_status")) == 1)
    cable.cut(plug=False)  # no goodbye
    wait_until(lambda: len(reader.of("plant_status")) == 2)
    assert [told["body"]["online"] for told in reader.of("plant_status")] == [True, False]
    cable.plug()
    wait_until(lambda: len(reader.of("plant_status")) == 3)
    assert reader.of("plant_status")[-1]["body"]["online"] is True
    courier.stop(5)
    wait_until(lambda: len(reader.of("plant_status")) == 4)  # a goodbye: told, not left to the will
    assert reader.of("plant_status")[-1]["body"]["online"] is False
    reader.stop()
    cable.close()


def test_nothing_is_lost_or_told_differently_when_the_cable_is_cut_while_it_sends(
    broker: Mosquitto, open_plant: Callable[..., Plant], new_log: Callable[..., Any]
) -> None:
    cable = Cable(broker.port)
    cable.cut(plug=False)  # the broker is away at first
    plant = open_plant(cable.port)
    reader = Subscriber(broker.port)
    courier = courier_of(plant)
    courier.start()
    log = new_log()
    plant.ingest("loom-1", [log.started()])
    for start in range(0, 2000, 500):
        plant.ingest("loom-1", [log.defect(f"d{n}", 100.0 * n) for n in range(start, start + 500)])
    assert owed(plant) == 2001
    cable.plug()
    for _ in range(5):
        before = len(reader.ids)
        wait_until(lambda before=before: len(reader.ids) > before or owed(plant) == 0)
        cable.cut()
    wait_until(lambda: owed(plant) == 0, within_s=30)
    wait_until(lambda: len({told["body"]["defect_id"] for told in reader.of("defect")}) == 2000)
    assert {told["body"]["defect_id"] for told in reader.of("defect")} == {f"d{n}" for n in range(2000)}
    assert reader.differing == []  # copies of a message are the same, byte for byte
    assert [name for name in reader.first_order if reader.bodies[name]]  # none was empty
    courier.stop(5)
    reader.stop()
    cable.close()


def test_a_plant_that_was_closed_with_messages_owed_tells_them_when_it_is_opened_again(
    broker: Mosquitto, open_plant: Callable[..., Plant], new_log: Callable[..., Any]
) -> None:
    broker.stop()
    plant = open_plant(broker.port)
    plant.mill.couriers.start()
    plant.ingest("loom-1", a_short_roll(new_log()))
    plant.close()
    broker.start()
    reader = Subscriber(broker.port)
    again = open_plant(broker.port)
    again.mill.couriers.start()
    wait_until(lambda: owed(again) == 0 and len(reader.of("roll_grade")) == 1)
    assert [told["body"]["phase"] for told in reader.of("roll")] == ["started", "ended"]
    reader.stop()


def test_a_broker_that_asks_for_name_and_password_gets_them(
    tmp_path: Path, open_plant: Callable[..., Plant], new_log: Callable[..., Any]
) -> None:
    # PBKDF2-SHA512 of "right-password", as `mosquitto_passwd` writes it
    import base64
    import hashlib

    salt = b"0123456789ab"
    key = hashlib.pbkdf2_hmac("sha512", b"right-password", salt, 101)
    line = f"plant:$7$101${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"
    (tmp_path / "passwords").write_text(line + "\n")
    broker = Mosquitto(
        tmp_path / "closed", "allow_anonymous false", f"password_file {tmp_path / 'passwords'}"
    )
    broker.start()
    try:
        (tmp_path / "password").write_text("wrong-password\n")
        plant = open_plant(
            broker.port, username="plant", password_file=tmp_path / "password", client_id="plant-1"
        )
        refused = courier_of(plant)
        refused.start()
        plant.ingest("loom-1", a_short_roll(new_log()))
        wait_until(lambda: refused.failures >= 2)
        assert owed(plant) > 0
        refused.stop(5)
        (tmp_path / "password").write_text("right-password\n")
        let_in = courier_of(plant)
        let_in.start()
        wait_until(lambda: owed(plant) == 0)
        let_in.stop(5)
    finally:
        broker.stop()


def test_payloads_are_the_stored_ones(
    broker: Mosquitto, open_plant: Callable[..., Plant], new_log: Callable[..., Any]
) -> None:
    plant = open_plant(broker.port, prefix="spinning")
    reader = Subscriber(broker.port, "spinning/#")
    plant.mill.couriers.start()
    plant.ingest("loom-1", a_short_roll(new_log()))
    wait_until(lambda: owed(plant) == 0 and len(reader.of("roll_grade")) == 1)
    stored = {message.message_id: json.loads(message.payload) for message in plant.mill.messages(0, 100)}
    told = {told["message_id"]: told for _, told, _ in reader.seen if told["body"]["kind"] != "plant_status"}
    assert told == stored
    reader.stop()
