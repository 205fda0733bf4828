"""The plant as the mill's own systems see it: messages to them, their writes, complaints, imports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.mill_terms import MessageKind
from service.plant.complaints import Complaints
from service.plant.drops import Drops
from service.plant.errors import PlantError
from service.plant.imports.importer import Importer
from service.plant.ledger.book import Ledger
from service.plant.outbox.couriers import Couriers
from service.plant.outbox.herald import Herald
from service.plant.readings import Readings
from service.plant.rolls import Rolls
from service.plant.store import mill_requests, outbox, people
from service.plant.store.database import Database
from service.plant.views.outbox import DestinationView, OutboxMessage
from service.plant.views.people import AuditView, Role, User
from service.plant.views.writes import KeptAnswer
from service.settings import PlantSettings

LARGEST_FEED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mill:
    """Everything that mill systems may ask of the plant. Each method that fails raises PlantError."""

    database: Database
    settings: PlantSettings
    couriers: Couriers
    herald: Herald
    importer: Importer
    drops: Drops
    complaints: Complaints
    now: Callable[[], datetime]

    @classmethod
    def of(
        cls, ledger: Ledger, settings: PlantSettings, couriers: Couriers, herald: Herald, rolls: Rolls
    ) -> "Mill":
        """Over the ledger's database and clock."""
        database, now = ledger.database, ledger.now
        importer = Importer(
            database=database,
            ledger=ledger,
            readings=Readings(database=database, owner=ledger.owner, now=now),
            owner=ledger.owner,
            zone=ZoneInfo(settings.time_zone),
            now=now,
        )
        return cls(
            database=database,
            settings=settings,
            couriers=couriers,
            herald=herald,
            importer=importer,
            drops=Drops(
                settings=tuple(settings.drops),
                importer=importer,
                data_dir=settings.data_dir,
                demo=settings.demo,
                now=now,
            ),
            complaints=Complaints(database=database, owner=ledger.owner, rolls=rolls, now=now),
            now=now,
        )

    def start(self) -> None:
        """Begin to tell."""
        self.couriers.start()
        self.herald.start()

    def stop(self) -> None:
        """End; what is owed stays in the store."""
        self.herald.stop()
        self.couriers.stop()

    def destinations(self) -> tuple[DestinationView, ...]:
        """Broker and webhooks, and how far each has been told."""
        with self.database.read() as tx:
            return outbox.views(tx)

    def retry(self, name: str, by: str) -> int:
        """Try at once to tell what waits for a receiver, set aside or not; returns how many wait.

        PlantError: unknown_destination.
        """
        self._known(name)
        with self.database.write() as tx:
            now = self.now()
            waiting = outbox.try_again(tx, name, now)
            detail = {"waiting": str(waiting)}
            entry = AuditView(utc=now, user=by, action="retry_receiver", subject=name, detail=detail)
            people.note(tx, self.importer.owner, entry)
        self.couriers.hurry(name)
        return waiting

    def messages(
        self, after: int, limit: int, kinds: Sequence[MessageKind] = (), line: str | None = None
    ) -> tuple[OutboxMessage, ...]:
        """Messages that follow the one with number `after`, oldest first. PlantError: bad_page."""
        if not 0 <= after < 2**31 or not 1 <= limit <= LARGEST_FEED:
            raise PlantError(
                "bad_page", f"after {after}, limit {limit}: give 0 to 2^31-1 and 1 to {LARGEST_FEED}"
            )
        with self.database.read() as tx:
            return outbox.after(tx, after, limit, kinds, line)

    def begin_write(
        self, scope_sha256: str, request_sha256: str, runs_at_most: timedelta
    ) -> KeptAnswer | None:
        """The first request with a key begins; what became of it, where there was one before."""
        now = self.now()
        with self.database.write() as tx:
            kept = mill_requests.find(tx, scope_sha256)
            if kept is not None and (kept.answered or now - kept.asked_utc < runs_at_most):
                return kept
            mill_requests.begin(tx, scope_sha256, request_sha256, now)
        return None

    def keep_write(self, scope_sha256: str, status: int, media_type: str, body: str) -> None:
        """Keep the answer to the first request with a key."""
        with self.database.write() as tx:
            mill_requests.answer(tx, scope_sha256, status, media_type, body)

    def forget_write(self, scope_sha256: str) -> None:
        """The request failed without a decision: its key is free again."""
        with self.database.write() as tx:
            mill_requests.forget(tx, scope_sha256)

    def client(self, name: str) -> User | None:
        """A machine client of the API, as whoever asks."""
        for access in self.settings.clients:
            if access.name == name:
                return User(
                    login=f"client:{name}",
                    role=Role(access.role),
                    must_change_password=False,
                    created_utc=datetime.fromisoformat("1970-01-01T00:00:00+00:00"),
                )
        return None

    def _known(self, name: str) -> None:
        if name not in {view.name for view in self.destinations()}:
            raise PlantError("unknown_destination", f"receiver {name} is not in this plant's settings")
