"""The plant process, an encrypted broker between, and a reader: hello, a line's roll, goodbye."""

import asyncio
import gc
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from mill_peers import MOSQUITTO, NO_MOSQUITTO, Mosquitto, Subscriber, wait_until

from service.mill_settings import MqttSettings
from service.plant.errors import PlantError
from service.plant.outbox.messages import Place
from service.plant.outbox.mqtt import Broker
from service.settings import PlantSettings
from service.web.main import run_plant

pytestmark = [
    pytest.mark.skipif(MOSQUITTO is None, reason=NO_MOSQUITTO),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate that vouches for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=broker -keyout key.pem -out cert.pem "
        "-addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def broker(certificate: Path, tmp_path: Path) -> Iterator[Mosquitto]:
    lines = (
        f"cafile {certificate / 'cert.pem'}", f"certfile {certificate / 'cert.pem'}",
        f"keyfile {certificate / 'key.pem'}", "allow_anonymous true",
    )  # fmt: skip
    started = Mosquitto(tmp_path / "broker", *lines)
    started.start()
    yield started
    started.stop()


def test_the_plant_process_says_hello_tells_a_roll_and_says_goodbye_over_tls(
    broker: Mosquitto,
    certificate: Path,
    settings: PlantSettings,
    loom_batch: Callable[[], Any],
    new_find: Any,
) -> None:
    mqtt = MqttSettings(host="127.0.0.1", port=broker.port, tls=True, ca_file=certificate / "cert.pem")
    reader = Subscriber(broker.port, tls=ssl.create_default_context(cafile=certificate / "cert.pem"))
    announced: list[str] = []
    stop = threading.Event()
    runs = threading.Thread(target=run_plant, args=(replace(settings, mqtt=mqtt), stop, announced.append))
    runs.start()
    try:
        wait_until(lambda: bool(announced) and bool(reader.of("plant_status")))
        url = announced[0].split()[-1].rstrip("/")
        token = next(one.token_file for one in settings.lines if one.line == "loom-1").read_text().strip()
        answer = httpx.post(
            f"{url}/api/v1/ingest/events",
            content=b"[" + _json(new_find) + b"]",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200
        wait_until(lambda: bool(reader.of("defect")))
    finally:
        stop.set()
        runs.join(30)
    wait_until(lambda: len(reader.of("plant_status")) == 2)
    assert [told["body"]["online"] for told in reader.of("plant_status")] == [True, False]
    assert reader.of("defect")[0]["body"]["defect_kind"] == "hole"
    reader.stop()


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")  # of a failed handshake
def test_a_broker_whose_certificate_nobody_vouches_for_is_not_told_anything(
    broker: Mosquitto, settings: PlantSettings
) -> None:
    mqtt = MqttSettings(host="127.0.0.1", port=broker.port, tls=True)  # the system's authorities
    reached = Broker.of(mqtt, Place(enterprise="mill", site="north"), "test")

    async def connect() -> None:
        async with reached.client():
            pass

    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        asyncio.run(connect())
    gc.collect()  # here, and not in a later test


def test_a_certificate_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    mqtt = MqttSettings(host="127.0.0.1", port=1, tls=True, ca_file=tmp_path / "ca.pem")
    with pytest.raises(
        PlantError, match=r"ca_file, certificate_file or key_file can't be used .* give PEM files"
    ):
        Broker.of(mqtt, Place(enterprise="mill", site="north"), "test")


def _json(event: Any) -> bytes:
    from service.events import EVENT_CODEC

    return EVENT_CODEC.dump_json(event)
