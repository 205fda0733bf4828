"""Who is told, from the settings; starts and stops those who send."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from service.plant.outbox.messages import Place
from service.plant.outbox.mqtt import BROKER, Broker, MqttCourier
from service.plant.outbox.webhooks import Hook, HookCourier
from service.plant.secret_file import read_or_make
from service.plant.store import outbox
from service.plant.store.database import Database
from service.plant.store.outbox import Destination
from service.plant.views.outbox import DestinationKind
from service.settings import PlantSettings

ENDS_WITHIN_S = 12.0  # more than a broker may take to let us in or a webhook to answer


def enrol(database: Database, settings: PlantSettings, now: datetime) -> None:
    """From now on the broker and the webhooks of the settings are told."""
    wanted = [
        Destination(name=hook.name, kind=DestinationKind.WEBHOOK, kinds=tuple(hook.kinds))
        for hook in settings.webhooks
    ]
    if settings.mqtt is not None:
        wanted.append(Destination(name=BROKER, kind=DestinationKind.MQTT, kinds=()))
    with database.write() as tx:
        outbox.set_destinations(tx, settings.enterprise, settings.site, wanted, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Couriers:
    """Everyone who brings messages out of the plant."""

    broker: MqttCourier | None
    hooks: tuple[HookCourier, ...]

    @classmethod
    def of(cls, database: Database, settings: PlantSettings, now: Callable[[], datetime]) -> "Couriers":
        """Read secrets and certificates.

        Raises:
            PlantError: bad_settings, bad_token: a file can't be used.
        """
        place = Place(enterprise=settings.enterprise, site=settings.site)
        broker = None
        if settings.mqtt is not None:
            reached = Broker.of(settings.mqtt, place, _software(), demo=settings.demo)
            broker = MqttCourier(reached, database, now)
        hooks = [
            Hook(name=hook.name, url=hook.url, secret=read_or_make(hook.secret_file, f"webhook {hook.name}"))
            for hook in settings.webhooks
        ]
        return cls(broker=broker, hooks=tuple(HookCourier(hook, database, now) for hook in hooks))

    def start(self) -> None:
        """Begin to send."""
        for courier in self._all():
            courier.start()

    def stop(self) -> None:
        """End; what is owed stays in the outbox."""
        for courier in self._all():
            courier.stop(ENDS_WITHIN_S)

    def hurry(self, name: str) -> None:
        """Try a receiver again at once."""
        for courier in self._all():
            if courier.name == name:
                courier.hurry()

    @property
    def broker_connected(self) -> bool | None:
        """Whether the broker is there; None: there is none in the settings."""
        return self.broker.connected if self.broker is not None else None

    def _all(self) -> tuple[MqttCourier | HookCourier, ...]:
        return (*((self.broker,) if self.broker is not None else ()), *self.hooks)


def _software() -> str:
    try:
        return version("maqta")
    except PackageNotFoundError:
        return "unknown"
