"""What no event tells: the figures of a shift that has ended; forgets what nobody needs any more."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.events import Tenant
from service.plant.errors import PlantError
from service.plant.ledger.audit import remove_events
from service.plant.outbox.compose import kpi_message, place_of
from service.plant.outbox.messages import Message, Place
from service.plant.shifts import Calendar
from service.plant.store import live, mill_requests, outbox, touches
from service.plant.store.database import Database
from service.plant.views.kpis import Kpi, Window, WindowName
from service.settings import PlantSettings

log = logging.getLogger(__name__)

LATE = timedelta(minutes=5)  # after a shift's end: lines deliver their last events by then
KEPT = timedelta(days=14)  # of messages, for those who come and fetch
LOOK_S = 30.0
RETENTION = "retention"  # who removes raw events by the plant's settings
ENDS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells the figures of ended shifts; each shift once."""

    database: Database
    enterprise: str
    site: str
    lines: Sequence[str]
    last_shift: Callable[[datetime], Window]
    kpis: Callable[[Window, str | None], tuple[Kpi, ...]]
    raw_events_days: int

    def tell(self, now: datetime) -> int:
        """Tell the shift before the one at `now` minus the time lines need; returns how many are new."""
        window = self.last_shift(now - LATE)
        messages = [
            kpi_message(figure, window, self._place(line))
            for line in (None, *self.lines)
            for figure in self.kpis(window, line)
        ]
        return self._add(messages, now)

    def forget(self, now: datetime) -> None:
        """Drop old messages that nobody waits for, old idempotency keys, and raw events past their time."""
        with self.database.write() as tx:
            outbox.prune(tx, now, KEPT)
            mill_requests.prune(tx, now)
        before = now - timedelta(days=self.raw_events_days)
        why = f"raw_events_days = {self.raw_events_days}"
        for gone in remove_events(self.database, before, now=now, user=RETENTION, why=why):
            log.info("%d raw events of log %s were removed: %s", gone.events, gone.log_id, why)

    def forget_touches(self, now: datetime) -> None:
        """Drop notes of changes that every reader has seen."""
        with self.database.write() as tx:
            touches.prune(tx, now)

    def _add(self, messages: Sequence[Message], now: datetime) -> int:
        with self.database.write() as tx:
            return outbox.add(tx, messages, now)

    def _place(self, line: str | None) -> Place:
        if line is None:
            return Place(enterprise=self.enterprise, site=self.site)
        with self.database.read() as tx:
            area = live.tenant_area(tx, line)
        return place_of(Tenant(enterprise=self.enterprise, site=self.site, area=area, line=line))


class Herald:
    """Calls the teller, in a thread of its own."""

    def __init__(self, teller: Teller, now: Callable[[], datetime]) -> None:
        self._teller, self._now = teller, now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="herald", daemon=True)
        self._told: datetime | None = None

    @classmethod
    def of(
        cls,
        database: Database,
        settings: PlantSettings,
        calendar: Calendar,
        kpis: Callable[[Window, str | None], tuple[Kpi, ...]],
        now: Callable[[], datetime],
    ) -> "Herald":
        """For the lines and shifts of the settings."""
        teller = Teller(
            database=database,
            enterprise=settings.enterprise,
            site=settings.site,
            lines=sorted(access.line for access in settings.lines),
            last_shift=lambda moment: calendar.window(WindowName.LAST_SHIFT, moment),
            kpis=kpis,
            raw_events_days=settings.ledger.raw_events_days,
        )
        return cls(teller, now)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(ENDS_WITHIN_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            now = self._now()
            shift_end = self._teller.last_shift(now - LATE).to_utc
            try:
                self._teller.forget_touches(now)
                if shift_end != self._told:
                    self._teller.tell(now)
                    self._teller.forget(now)
                    self._told = shift_end
            except PlantError as error:  # the database is away; the next look tries again
                log.warning("the shift's figures can't be told yet: %s", error)
            except Exception:  # noqa: BLE001 - the thread's top: the mill must hear of the next shift
                log.exception("the shift's figures can't be told yet; tried again in %.0f s", LOOK_S)
            self._stop.wait(LOOK_S)
