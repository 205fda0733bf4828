"""To the mill's MQTT broker, QoS 1, in order; the only user of aiomqtt.

A message leaves the outbox when the broker has acknowledged it. A connection that breaks before leaves it
owed, so it is sent again under the same message id.
"""

import asyncio
import logging
import random
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from aiomqtt import Client, MqttError, Will

from service.mill_settings import MqttSettings
from service.plant.errors import PlantError
from service.plant.outbox.backoff import Backoff
from service.plant.outbox.messages import CODEC, Message, Place, PlantStatus, message_id
from service.plant.outbox.topics import topic_of
from service.plant.store import outbox
from service.plant.store.database import Database
from service.plant.views.outbox import OutboxMessage

log = logging.getLogger(__name__)

BROKER = "broker"  # its name among the destinations; a webhook can't have it
AT_ONCE = 200  # messages in one go; each is acknowledged by itself
LOOK_S = 0.2  # how often the outbox is looked into
ANSWER_S = 10.0  # a broker that takes longer to acknowledge is as good as gone
USUAL_BACKOFF = Backoff(first_s=1.0, longest_s=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """How the broker is reached, read from the settings once."""

    settings: MqttSettings
    place: Place  # of the plant
    software: str
    password: str | None
    tls: ssl.SSLContext | None
    demo: bool = False
    connect_s: float = 5.0  # a broker that takes longer to let us in is away

    @classmethod
    def of(cls, settings: MqttSettings, place: Place, software: str, *, demo: bool = False) -> "Broker":
        """Read password and certificates.

        Raises:
            PlantError: bad_settings: a file can't be read or holds no certificate.
        """
        password = _read(settings.password_file) if settings.password_file else None
        tls = _tls(settings)
        return cls(settings=settings, place=place, software=software, password=password, tls=tls, demo=demo)

    def client(self) -> Client:
        """A client for one connection; its last will says that the plant is offline."""
        given = self.settings
        will = self.status(online=False)
        client = Client(
            given.host,
            given.port,
            username=given.username or None,
            password=self.password,
            identifier=given.client_id or f"maqta-{self.place.enterprise}-{self.place.site}",
            will=Will(self.topic(will), CODEC.dump_json(will), qos=1, retain=True),
            clean_session=True,  # the outbox remembers what is owed, not the broker
            keepalive=given.keepalive_s,
            timeout=self.connect_s,
            tls_context=self.tls,
        )
        client.pending_calls_threshold = AT_ONCE
        return client

    def status(self, *, online: bool, at: datetime | None = None) -> Message:
        """The plant's own state; without a moment it is the last will, written before it happens."""
        origin = "online" if online else "offline"
        moment = at or datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        return Message(
            message_id=message_id("status", self.place.enterprise, self.place.site, origin, moment),
            happened_utc=moment,
            place=self.place,
            demo=self.demo,
            body=PlantStatus(online=online, software=self.software),
        )

    def topic(self, message: Message) -> str:
        """Where a message lies."""
        return topic_of(message, self.settings.prefix)


class MqttCourier:
    """Brings the outbox to the broker, in a thread of its own, through every outage."""

    name = BROKER

    def __init__(
        self,
        broker: Broker,
        database: Database,
        now: Callable[[], datetime],
        backoff: Backoff = USUAL_BACKOFF,
    ) -> None:
        self._broker, self._database, self._now, self._backoff = broker, database, now, backoff
        self._stop, self._hurry = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self.failures = 0
        self.connected = False

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def hurry(self) -> None:
        """Don't wait any longer."""
        self._hurry.set()

    def stop(self, timeout_s: float) -> None:
        """Tell the broker goodbye and end; what is owed stays in the outbox."""
        self._stop.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("the MQTT thread did not end within %.0f s", timeout_s)

    def _run(self) -> None:
        with asyncio.Runner() as runner:  # selector loop: aiomqtt needs its readers and writers
            runner.run(self._keep_connected())

    async def _keep_connected(self) -> None:
        asyncio.get_running_loop().set_exception_handler(_note_broken_callback)
        while not self._stop.is_set():
            try:
                await self._session()
            except (MqttError, OSError, PlantError, TimeoutError) as error:
                self.failures += 1
                wait_s = self._backoff.wait_s(self.failures, random.random)
                level = logging.WARNING if self.failures in (1, 10, 100) else logging.DEBUG
                log.log(level, "%s: %s; again in %.1f s", self._where(), error, wait_s)
                await self._sleep(wait_s)
            finally:
                self.connected = False

    async def _session(self) -> None:
        async with self._broker.client() as client:
            self.connected = True
            await self._tell_status(client, online=True)
            log.info("%s: connected", self._where())
            self.failures = 0
            watch = asyncio.ensure_future(_until_disconnected(client))
            try:
                await self._deliver(client, watch)
                await self._tell_status(client, online=False)
            finally:
                watch.cancel()

    async def _deliver(self, client: Client, watch: "asyncio.Future[NoReturn]") -> None:
        while not self._stop.is_set():
            if watch.done():
                watch.result()
            batch = await asyncio.to_thread(self._due)
            if not batch:
                await self._sleep(LOOK_S)
                continue
            await self._publish(client, batch, watch)

    async def _publish(
        self, client: Client, batch: Sequence[OutboxMessage], watch: "asyncio.Future[NoReturn]"
    ) -> None:
        """Send a batch; what was acknowledged is settled even where the connection breaks half-way."""
        sent = [asyncio.create_task(self._send(client, message)) for message in batch]
        await _either(sent, watch)
        arrived = [
            message.id
            for message, task in zip(batch, sent, strict=True)
            if not task.cancelled() and task.exception() is None
        ]
        await asyncio.to_thread(self._settle, arrived)
        if watch.done():
            watch.result()
        for task in sent:
            task.result()

    async def _send(self, client: Client, message: OutboxMessage) -> None:
        prefix = self._broker.settings.prefix
        topic = f"{prefix}/{message.topic}" if prefix else message.topic
        payload = message.payload.encode()
        await client.publish(topic, payload, qos=1, retain=message.retained, timeout=ANSWER_S)

    async def _tell_status(self, client: Client, *, online: bool) -> None:
        status = self._broker.status(online=online, at=self._now())
        await client.publish(self._broker.topic(status), CODEC.dump_json(status), qos=1, retain=True)

    def _due(self) -> tuple[OutboxMessage, ...]:
        with self._database.read() as tx:
            return outbox.due(tx, BROKER, AT_ONCE)

    def _settle(self, ids: Sequence[int]) -> None:
        if ids:
            with self._database.write() as tx:
                outbox.delivered(tx, BROKER, ids)

    async def _sleep(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        self._hurry.clear()
        while not self._stop.is_set() and not self._hurry.is_set():
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await asyncio.sleep(min(LOOK_S, left))

    def _where(self) -> str:
        return f"MQTT broker {self._broker.settings.host}:{self._broker.settings.port}"


async def _either(sent: Sequence["asyncio.Task[None]"], watch: "asyncio.Future[NoReturn]") -> None:
    """Wait for all that was sent, or until the connection is gone: then nobody answers the rest."""
    answered = asyncio.ensure_future(asyncio.wait(sent))
    either: set[asyncio.Future[Any]] = {answered, watch}  # Any: of two kinds
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    for task in sent:
        task.cancel()
    await answered


def _note_broken_callback(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The library may still register a socket that broke a moment ago; the session notices by itself."""
    log.debug("MQTT: %s (%s)", context.get("message"), context.get("exception"))


async def _until_disconnected(client: Client) -> NoReturn:
    """Never returns: the iterator raises MqttError when the connection is gone."""
    async for _ in client.messages:
        pass
    raise MqttError("the connection ended")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PlantError(
            "bad_settings", f"table [mqtt]: file {path}: {error}; check path and rights"
        ) from error


def _tls(settings: MqttSettings) -> ssl.SSLContext | None:
    if not settings.tls:
        if settings.password_file is not None and settings.host not in ("127.0.0.1", "localhost", "::1"):
            log.warning("MQTT: the password goes to %s unencrypted; set tls = true", settings.host)
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        raise PlantError(
            "bad_settings",
            f"table [mqtt]: ca_file, certificate_file or key_file can't be used ({error}); give PEM files",
        ) from error
    return context
